"""Keys that change while a stream lasts, and roll-overs (RFC 3711 §3.3.1, §8.1, §9.1)."""

from __future__ import annotations

import pytest

from media.errors import MisuseError
from media.security.srtp import (
    LONGEST_OVERLAP_PACKETS,
    OVERLAP_PACKETS,
    OWN_OVERLAP_PACKETS,
    SrtpContext,
    SrtpSuite,
)
from tests.media.security.srtp_ends import CM80, fresh, numbered, opened, pair, protected

GCM = SrtpSuite.AEAD_AES_128_GCM
REPORT = bytes.fromhex("80c9000100000005")


def sent_through(context: SrtpContext, peer: SrtpContext, last: int, step: int = 0x7000) -> None:
    """Let so many packets pass that the roll-over counter has counted; most of them are lost."""
    for number in (*range(0, last, step), last):
        assert peer.open(protected(context, number)) is not None


def test_packets_of_the_old_key_that_are_under_way_are_not_lost() -> None:
    one, other = pair()
    late = [protected(one, number) for number in range(10)]
    one.update(fresh(50, 60))
    other.update(fresh(60, 50))
    new = [protected(SrtpContext(fresh(50, 60)), number) for number in range(10, 13)]
    assert other.open(new[0]) == numbered(10)
    assert opened(other, late) == 10
    assert opened(other, late) == 0  # copies


def test_the_old_key_is_good_until_the_peer_has_used_the_new_one_for_a_while() -> None:
    one, other = pair()
    late = protected(one, 1)
    other.update(fresh(60, 50))
    successor = SrtpContext(fresh(50, 60))
    assert opened(other, [protected(successor, 2 + n) for n in range(OVERLAP_PACKETS)]) > 0
    assert other.open(late) is None


def test_the_old_key_is_not_good_for_ever_even_if_the_peer_never_uses_the_new_one() -> None:
    one, other = pair()
    other.update(fresh(60, 50))
    packets = [protected(one, number) for number in range(LONGEST_OVERLAP_PACKETS + 50)]
    assert opened(other, packets) == LONGEST_OVERLAP_PACKETS


def test_nothing_is_lost_in_either_direction_while_our_answer_is_on_its_way() -> None:
    """The peer reads what it knows: our new key only after our answer has come."""
    one, other = pair()
    one.update(fresh(50, 60))  # this end answers; the other learns of it later
    before = [protected(one, number) for number in range(5)]
    assert opened(other, before) == 5
    other.update(fresh(60, 50))
    successor = SrtpContext(fresh(60, 50))
    assert one.open(protected(successor, 2)) is not None
    assert opened(other, [protected(one, number) for number in range(5, 10)]) == 5
    assert opened(SrtpContext(fresh(60, 50)), [protected(one, 10)]) == 1  # by the new key


def test_a_peer_that_says_nothing_gets_our_new_key_all_the_same() -> None:
    one, _ = pair()
    one.update(fresh(50, 60))
    reader = SrtpContext(fresh(60, 50))
    packets = [protected(one, number) for number in range(OWN_OVERLAP_PACKETS + 3)]
    assert opened(reader, packets) == 3


def test_reports_are_read_by_either_key_while_keys_change() -> None:
    one, other = pair()
    old = one.protect_control(REPORT)
    other.update(fresh(60, 50))
    assert other.open_control(SrtpContext(fresh(50, 60)).protect_control(REPORT)) == REPORT
    assert other.open_control(old) == REPORT


def test_a_report_under_the_new_key_brings_ours_too() -> None:
    """During a hold no sound does."""
    one, _ = pair()
    one.update(fresh(50, 60))
    peer = SrtpContext(fresh(60, 50))
    assert peer.open_control(one.protect_control(REPORT)) is None
    assert one.open_control(peer.protect_control(REPORT)) == REPORT
    assert peer.open_control(one.protect_control(REPORT)) == REPORT


def test_a_key_that_stays_never_protects_two_packets_alike() -> None:
    """RFC 3711 §9.1: a key stream used twice gives both sounds away."""
    one, _ = pair()
    for number in range(0, 70_000, 0x7000):
        protected(one, number)
    first = protected(SrtpContext(fresh(1, 101)), 70_000)
    one.update(fresh(1, 33))
    assert protected(one, 70_000) != first


@pytest.mark.parametrize("suite", [CM80, GCM])
def test_a_key_that_comes_back_goes_on_where_it_was(suite: SrtpSuite) -> None:
    """Whoever makes us change suites to and fro gets no key stream twice, of reports neither."""
    one = SrtpContext(fresh(1, 101, suite))
    protected(one, 1)
    first_report = one.protect_control(REPORT)
    one.update(fresh(2, 102, SrtpSuite.AES_256_CM_HMAC_SHA1_80))
    one.update(fresh(1, 101, suite))
    for number in range(2, 2 + OWN_OVERLAP_PACKETS):
        one.protect(numbered(number))
    with pytest.raises(MisuseError):
        one.protect(numbered(1))
    assert one.protect_control(REPORT) != first_report


@pytest.mark.parametrize("lost", [3_000, 30_000])
@pytest.mark.parametrize("start", [0, 40_000, 64_000])
def test_the_roll_over_counter_survives_the_loss_of_thousands(lost: int, start: int) -> None:
    """Up to half the numbers (§3.3.1): 30,000 packets are ten minutes."""
    one, other = pair()
    sent_through(one, other, start, step=500)
    assert other.open(protected(one, start + lost)) == numbered(start + lost)


def test_the_same_keys_in_a_later_description_leave_the_counter_as_it_is() -> None:
    one, other = pair()
    sent_through(one, other, 200_000)
    one.update(fresh(1, 101))
    other.update(fresh(101, 1))
    assert other.open(protected(one, 200_001)) == numbered(200_001)


@pytest.mark.parametrize("suite", [CM80, GCM, SrtpSuite.AES_256_CM_HMAC_SHA1_32])
@pytest.mark.parametrize("passed", [1_000, 70_000, 200_000, 4_000_000])
@pytest.mark.parametrize("keeps_its_counter", [True, False], ids=["goes on", "from zero"])
def test_a_peer_with_a_new_key_may_go_on_counting_or_begin_again(
    suite: SrtpSuite, passed: int, keeps_its_counter: bool
) -> None:
    """RFC 3711 §3.3.1 wants the first; phones that make their SRTP anew do the other."""
    one, other = pair(suite)
    sent_through(one, other, passed)
    successor = SrtpContext(fresh(50, 60, suite))
    if keeps_its_counter:
        sent_through(successor, SrtpContext(fresh(60, 50, suite)), passed)
    other.update(fresh(60, 50, suite))
    packets = [protected(successor, passed + number) for number in range(1, 200)]
    assert opened(other, packets) == 199
    assert opened(other, packets) == 0
    other.update(fresh(60, 70, suite))
    third = SrtpContext(fresh(70, 60, suite))
    assert opened(other, [protected(third, passed + 200)]) == 1


def test_a_counter_beyond_all_measure_costs_no_time() -> None:
    one, other = pair()
    sent_through(one, other, 70 << 16)
    other.update(fresh(60, 50))
    assert other.open(protected(SrtpContext(fresh(50, 60)), 1)) == numbered(1)


def test_a_new_source_begins_with_a_counter_of_its_own() -> None:
    one, other = pair()
    sent_through(one, other, 200_000)
    stranger = bytearray(numbered(5))
    stranger[11] = 6
    made = SrtpContext(fresh(1, 101)).protect(bytes(stranger))
    assert other.open(made) == bytes(stranger)


def test_a_late_packet_is_no_roll_over() -> None:
    one, other = pair()
    sent_through(one, other, 70_000)
    in_order = [protected(one, 70_001), protected(one, 70_002)]
    assert opened(other, in_order[::-1]) == 2
    successor = SrtpContext(fresh(50, 60))
    sent_through(successor, SrtpContext(fresh(60, 50)), 70_002)
    other.update(fresh(60, 50))
    assert other.open(protected(successor, 70_003)) == numbered(70_003)


def test_a_peer_that_began_again_with_one_key_may_go_on_counting_with_the_next() -> None:
    one, other = pair()
    sent_through(one, other, 70_000)
    other.update(fresh(60, 50))
    sent_through(SrtpContext(fresh(50, 60)), other, 70_000)
    third = SrtpContext(fresh(70, 60))
    sent_through(third, SrtpContext(fresh(60, 70)), 70_000)
    other.update(fresh(60, 70))
    assert other.open(protected(third, 70_001)) == numbered(70_001)
