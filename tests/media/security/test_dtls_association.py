"""DTLS-SRTP between two ends in memory (RFC 5764); interop tests have phones for judges."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.security.dtls_association import (
    LIMIT_S,
    LONGEST_DATAGRAM,
    LONGEST_QUEUE,
    MOST_ATTEMPTS,
    MOST_STRANGERS,
    DtlsAssociation,
)
from media.security.dtls_handshake import LARGEST_HANDSHAKE, DtlsHandshake, Progress, in_datagrams
from media.security.dtls_identity import LONGEST_DATAGRAM as LONGEST_OWN
from media.security.dtls_identity import PROFILES, DtlsIdentity
from media.security.dtls_setup import Setup
from media.security.fingerprint import Fingerprint
from media.security.srtp import SrtpContext
from media.security.srtp_suite import SrtpSuite
from tests.media.security.dtls_peers import (
    CLIENT,
    CLIENT_IDENTITY,
    SERVER,
    SERVER_IDENTITY,
    STRANGER_IDENTITY,
    Wire,
    client,
    server,
    terms,
)
from tests.media.security.srtp_ends import numbered, protected

ALERT = bytes.fromhex("15fefd0000000000000000" + "0002" + "0228")
"""Fatal, and of no key: anybody can write it."""
STRANGER = ("198.51.100.66", 6000)


def hello() -> bytes:
    """The first datagram of a new client."""
    (datagram,) = DtlsHandshake(CLIENT_IDENTITY, terms(Setup.ACTIVE)).take_outgoing()
    return datagram


def test_both_ends_have_the_same_keys_crosswise_and_read_one_another() -> None:
    one, other = client(), server()
    wire = Wire(one, other)
    wire.run(0.1)
    assert one.keys is not None
    assert other.keys is not None
    assert one.keys.suite is SrtpSuite.AEAD_AES_256_GCM
    assert (one.keys.local, one.keys.remote) == (other.keys.remote, other.keys.local)
    assert one.keys.local != one.keys.remote
    assert SrtpContext(other.keys).open(protected(SrtpContext(one.keys), 1)) == numbered(1)
    assert (one.peer, other.peer) == (SERVER, CLIENT)


def test_every_association_has_other_keys() -> None:
    keys = set()
    for _ in range(3):
        one = client()
        Wire(one, server()).run(0.1)
        assert one.keys is not None
        keys.add(one.keys.local)
    assert len(keys) == 3


def test_no_datagram_is_longer_than_any_path_takes() -> None:
    wire = Wire(client(), server())
    wire.run(0.1)
    assert max(map(len, wire.carried)) <= LONGEST_OWN
    assert all(20 <= datagram[0] <= 63 for datagram in wire.carried)


@pytest.mark.parametrize("ends", ["server's", "client's"])
def test_a_certificate_with_another_fingerprint_leads_to_no_keys(ends: str) -> None:
    """RFC 5763 §5: without a match the peer is somebody else."""
    if ends == "server's":
        one, other = client(), server(STRANGER_IDENTITY)
        judge = one
    else:
        one, other = client(STRANGER_IDENTITY), server()
        judge = other
    Wire(one, other).run(0.2)
    assert judge.keys is None
    assert "not the one that the description names" in judge.failure


def test_one_changed_bit_of_the_fingerprint_leads_to_no_keys() -> None:
    digest = bytearray(SERVER_IDENTITY.fingerprint.digest)
    digest[-1] ^= 1
    almost = frozenset([Fingerprint("sha-256", bytes(digest))])
    one = DtlsAssociation(CLIENT_IDENTITY, type(terms(Setup.ACTIVE))(Setup.ACTIVE, almost), SERVER)
    Wire(one, server()).run(0.2)
    assert one.keys is None
    assert one.failure


def test_any_of_several_fingerprints_will_do() -> None:
    one = DtlsAssociation(
        CLIENT_IDENTITY, terms(Setup.ACTIVE, STRANGER_IDENTITY, SERVER_IDENTITY), SERVER
    )
    Wire(one, server()).run(0.1)
    assert one.keys is not None


def test_a_server_that_nobody_calls_gives_up_in_time_and_says_so() -> None:
    other = server()
    wire = Wire(DtlsAssociation(CLIENT_IDENTITY, terms(Setup.PASSIVE), SERVER), other)
    wire.run(LIMIT_S - 0.1)
    assert not other.failure
    wire.run(0.2)
    assert "in time" in other.failure


def test_a_client_waits_while_the_peer_is_nowhere() -> None:
    one = DtlsAssociation(CLIENT_IDENTITY, terms(Setup.ACTIVE, SERVER_IDENTITY), ("0.0.0.0", 5000))
    assert not one.is_due(1.0)
    assert not one.is_due(1000.0)


def test_a_client_hears_nobody_while_the_peer_is_nowhere() -> None:
    """Its hello went to 0.0.0.0, which is this machine, when a stranger answered one never said."""
    nowhere = DtlsAssociation(CLIENT_IDENTITY, terms(Setup.ACTIVE, SERVER_IDENTITY), ("0.0.0.0", 9))
    nowhere.take(b"\x16\xfe\xfd" + bytes(10) + b"\x02", STRANGER)
    assert not nowhere.is_due(1.0)


def test_strangers_who_come_first_do_not_keep_the_peer_out() -> None:
    """Nor do those who are where they say, of whom so many are met and no more."""
    other = server()
    for number in range(2 * MOST_STRANGERS):
        place = STRANGER[0], 6000 + number
        hears = Wire(client(STRANGER_IDENTITY), other, one_at=place, now=100.0 + number)
        hears.run(0.02)  # the hello that proves its address
    assert other.refused > 0
    one = client()
    Wire(one, other, now=110.0).run(0.1)
    assert one.keys is not None
    assert other.keys is not None
    assert other.peer == CLIENT


def test_a_stranger_with_another_certificate_does_not_end_the_call() -> None:
    other = server()
    Wire(client(STRANGER_IDENTITY), other, one_at=STRANGER).run(0.2)
    assert not other.is_settled
    Wire(client(), other, now=101.0).run(0.2)
    assert other.keys is not None


def test_a_peer_behind_a_router_is_known_by_its_fingerprint() -> None:
    other = server()
    Wire(client(), other, one_at=STRANGER).run(0.2)
    assert other.keys is not None
    assert other.peer == STRANGER


def test_a_client_is_not_disturbed_by_whoever_does_not_answer_it() -> None:
    one = client()
    one.advance(1.0)
    for junk in (hello(), ALERT, b"\x16" * 60):
        one.take(junk, STRANGER)
    assert one.refused == 3


def test_a_server_may_answer_from_another_address_than_its_description_names() -> None:
    """As Linphone does on a machine with several."""
    one = client()
    Wire(one, server(), other_at=STRANGER).run(0.1)
    assert one.keys is not None
    assert one.peer == STRANGER


def test_strangers_who_break_handshakes_do_not_use_up_the_attempts_of_the_peer() -> None:
    """A few datagrams of anybody who found the port ended the call before it had begun."""
    one, other = client(), server()
    one.advance(100.0)
    broken = b"\x16\xfe\xfd" + bytes(8) + (100).to_bytes(2) + b"\x02" + bytes(99)
    for number in range(2 * MOST_ATTEMPTS):
        for port in range(MOST_STRANGERS + 1):
            one.take(broken, (STRANGER[0], port))
        one.advance(100.0 + number / 100)
    assert not one.failure
    Wire(one, other).run(1.0)
    assert one.keys is not None


def test_the_number_of_those_who_may_answer_is_bounded() -> None:
    one = client()
    one.advance(1.0)
    for number in range(10):
        one.take(b"\x16\xfe\xfd" + bytes(10) + b"\x02" + bytes(50), (STRANGER[0], number + 1))
    assert one.refused == 10 - MOST_STRANGERS


def test_a_handshake_that_breaks_is_begun_again_and_not_for_ever() -> None:
    one = client()
    one.advance(1.0)
    for _ in range(MOST_ATTEMPTS - 1):
        one.take(ALERT, SERVER)
        one.advance(1.01)
    assert not one.failure
    assert len(one.take_outgoing()) == MOST_ATTEMPTS  # hellos
    other = server()
    wire = Wire(one, other, now=2.0)
    one.take(ALERT, SERVER)
    wire.run(0.1)
    assert "no keys were agreed on" in one.failure
    assert one.keys is None


def test_records_are_put_together_and_never_cut() -> None:
    records = [
        b"\x16\xfe\xfd" + bytes(8) + length.to_bytes(2) + bytes(length)
        for length in (100, 500, 700, 1187, 10, 10)
    ]
    datagrams = in_datagrams(b"".join(records))
    assert b"".join(datagrams) == b"".join(records)
    assert [len(each) for each in datagrams] == [113 + 513, 713, 1200, 46]
    assert in_datagrams(b"") == []


def test_as_server_only_a_hello_begins_anything() -> None:
    other = server()
    for junk in (ALERT, b"\x16" * 60, b"\x14" * 60):
        other.take(junk, STRANGER)
    assert other.refused == 3


def test_a_queue_and_a_datagram_have_their_bounds() -> None:
    other = server()
    other.take(hello() + bytes(LONGEST_DATAGRAM), CLIENT)
    assert other.refused == 1
    for _ in range(LONGEST_QUEUE + 5):
        other.take(hello(), CLIENT)
    assert other.refused == 6


def test_a_handshake_does_not_grow_without_end() -> None:
    handshake = DtlsHandshake(SERVER_IDENTITY, terms(Setup.PASSIVE))
    for _ in range(LARGEST_HANDSHAKE // 1000 + 1):
        handshake.take(bytes([22]) + bytes(999))
    assert handshake.progress is Progress.FAILED
    assert str(LARGEST_HANDSHAKE) in handshake.why


@pytest.mark.parametrize(
    "garbage",
    [b"", b"\x16", b"\x16\xfe\xfd" + bytes(8) + b"\xff\xff", bytes([22]) * 500, b"\x17" * 60],
)
def test_garbage_before_and_between_does_no_harm(garbage: bytes) -> None:
    def with_garbage(datagram: bytes) -> list[bytes]:
        return [garbage, datagram, garbage]

    one, other = client(), server()
    Wire(one, other, passes=with_garbage).run(0.2)
    assert one.keys is not None
    assert other.keys is not None


def doubled(datagram: bytes) -> list[bytes]:
    return [datagram, datagram]


def cut(datagram: bytes) -> list[bytes]:
    return [datagram[: len(datagram) // 2], datagram]


@pytest.mark.parametrize("passes", [doubled, cut])
def test_doubled_and_cut_datagrams_do_no_harm(passes: Callable[[bytes], list[bytes]]) -> None:
    one, other = client(), server()
    Wire(one, other, passes=passes).run(0.2)
    assert one.keys is not None
    assert other.keys is not None


def test_a_hello_that_comes_too_early_is_repeated_at_once() -> None:
    """It goes out with our SIP answer; a peer that has not read that does not listen yet."""
    one, other = client(), server()
    Wire(one, other, passes=lambda _: []).run(0.1)
    wire = Wire(one, other, now=100.1)
    wire.run(0.1)
    assert one.keys is not None


def test_a_hello_is_repeated_with_doubling_gaps_until_it_is_answered() -> None:
    one = client()
    sent = []
    for tick in range(200):
        now = 100.0 + tick / 100
        if one.is_due(now):
            one.advance(now)
            sent += [round(now - 100.0, 2)] * len(one.take_outgoing())
    assert sent == [0.0, 0.04, 0.12, 0.28, 0.6]
    answered, other = client(), server()
    wire = Wire(answered, other)
    wire.run(0.5)
    assert len(wire.carried) == 6  # flights, with the one that asks for the cookie


@pytest.mark.parametrize("suite", sorted(PROFILES.values(), key=str))
def test_a_peer_that_knows_one_cipher_gets_that_one(suite: SrtpSuite) -> None:
    identity = DtlsIdentity([suite])
    one = DtlsAssociation(CLIENT_IDENTITY, terms(Setup.ACTIVE, identity), SERVER)
    other = server(identity)
    Wire(one, other).run(0.1)
    assert one.keys is not None
    assert other.keys is not None
    assert one.keys.suite is suite
    assert SrtpContext(other.keys).open(protected(SrtpContext(one.keys), 1)) == numbered(1)


def test_a_peer_without_a_cipher_for_sound_gets_no_keys() -> None:
    """RFC 5764 §4.1.1: `use_srtp` is not answered by whoever knows none."""
    mute = DtlsIdentity([])
    one = DtlsAssociation(CLIENT_IDENTITY, terms(Setup.ACTIVE, mute), SERVER)
    Wire(one, server(mute)).run(0.5)
    assert one.keys is None
    assert "use_srtp" in one.failure


@settings(deadline=None, max_examples=60)
@given(
    flight=st.integers(0, 3),
    place=st.integers(0, 2000),
    change=st.integers(1, 255),
    cut=st.integers(0, 40),
)
def test_whatever_is_changed_on_the_way_nothing_raises_and_keys_are_equal_or_none(
    flight: int, place: int, change: int, cut: int
) -> None:
    carried = 0

    def spoiled(datagram: bytes) -> list[bytes]:
        nonlocal carried
        carried += 1
        if carried != flight + 1:
            return [datagram]
        changed = bytearray(datagram)
        changed[place % len(changed)] ^= change
        return [bytes(changed[: len(changed) - cut])]

    one, other = client(), server()
    Wire(one, other, passes=spoiled).run(0.3)
    if one.keys is not None and other.keys is not None:
        assert one.keys.local == other.keys.remote
        assert one.keys.remote == other.keys.local


@settings(deadline=None, max_examples=100)
@given(st.lists(st.binary(min_size=1, max_size=200), max_size=8))
def test_no_datagram_raises(datagrams: list[bytes]) -> None:
    for end, place in ((client(), SERVER), (server(), CLIENT)):
        end.advance(1.0)
        for datagram in datagrams:
            end.take(hello()[:13] + datagram, place)
            end.take(b"\x16" + datagram, place)
            end.advance(1.1)
        assert end.keys is None
