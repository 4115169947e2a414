"""SRTP between two ends in memory; interop tests have baresip and PJSIP for judges."""

from __future__ import annotations

import pytest

from media.errors import MisuseError
from media.rtp.packet import RtpPacket
from media.security.srtp import SrtpContext, SrtpKeys, SrtpSuite
from tests.media.security.srtp_ends import key, numbered, pair, protected
from tests.media.streams import LOUD, SILENCE, Listener, agreed, packet, steady, stream

SUITES = list(SrtpSuite)


@pytest.mark.parametrize("suite", SUITES)
def test_what_one_end_protects_the_other_opens_and_nobody_else_reads(suite: SrtpSuite) -> None:
    one, other = pair(suite)
    secured = protected(one, 1)
    assert b"sound" not in secured
    assert other.open(secured) == numbered(1)
    report = bytes.fromhex("80c9000100000005")
    protected_report = one.protect_control(report)
    assert other.open_control(protected_report) == report


@pytest.mark.parametrize("suite", SUITES)
def test_one_changed_bit_anywhere_is_noticed(suite: SrtpSuite) -> None:
    one, other = pair(suite)
    secured = protected(one, 1)
    for place in range(len(secured)):
        changed = bytearray(secured)
        changed[place] ^= 1
        assert other.open(bytes(changed)) is None
    assert other.open(secured) is not None


@pytest.mark.parametrize("suite", SUITES)
def test_a_copy_is_refused(suite: SrtpSuite) -> None:
    """RFC 3711 §3.3.2."""
    one, other = pair(suite)
    packets = [protected(one, number) for number in range(20)]
    assert all(other.open(each) is not None for each in packets)
    assert [other.open(each) for each in packets] == [None] * 20


def test_the_roll_over_counter_survives_a_loss_at_the_roll_over() -> None:
    """RFC 3711 §3.3.1."""
    one, other = pair()
    opened = []
    for number in range(65_500, 65_600):
        secured = protected(one, number)
        if not 65_530 <= number < 65_545:
            opened.append(other.open(secured))
    assert None not in opened


def test_a_late_packet_within_the_window_is_opened() -> None:
    one, other = pair()
    packets = [protected(one, number) for number in range(600)]
    for secured in packets[:1] + packets[2:]:
        assert other.open(secured) is not None
    assert other.open(packets[1]) == numbered(1)


def test_the_key_of_another_call_opens_nothing() -> None:
    one, _ = pair()
    suite = SrtpSuite.AES_CM_128_HMAC_SHA1_80
    stranger = SrtpContext(SrtpKeys(suite, key(suite, 7), key(suite, 8)))
    assert stranger.open(protected(one, 1)) is None


@pytest.mark.parametrize("data", [b"", b"\x80", bytes(12), bytes(3000), b"\xff" * 100])
def test_garbage_is_refused_and_never_raises(data: bytes) -> None:
    _, other = pair()
    assert other.open(data) is None
    assert other.open_control(data) is None


def test_a_key_of_another_length_is_a_mistake_of_ours() -> None:
    with pytest.raises(MisuseError, match="29 octets, not 30"):
        SrtpContext(SrtpKeys(SrtpSuite.AES_CM_128_HMAC_SHA1_80, bytes(29), bytes(30)))


def test_keys_are_never_shown() -> None:
    shown = repr(SrtpKeys(SrtpSuite.AEAD_AES_128_GCM, b"secret-one", b"secret-two"))
    assert "secret" not in shown


KEYS = SrtpKeys(SrtpSuite.AES_CM_128_HMAC_SHA1_80, bytes(30), b"\x01" * 30)
THEIR_KEYS = SrtpKeys(SrtpSuite.AES_CM_128_HMAC_SHA1_80, b"\x01" * 30, bytes(30))


def test_a_stream_with_keys_plays_what_is_protected_and_nothing_that_is_plain() -> None:
    peer = SrtpContext(THEIR_KEYS)
    plain = steady([LOUD] * 20)
    secured = [(at, peer.protect(data)) for at, data in plain]
    listener, deaf = Listener(stream(srtp=KEYS)), Listener(stream(srtp=KEYS))
    listener.listen(secured, 40)
    deaf.listen(plain, 40)
    assert listener.core.statistics.packets_received == 20
    assert deaf.heard == [None] * 40
    assert deaf.core.statistics.packets_unauthentic == 20


def test_a_stranger_s_packets_do_not_take_the_place_of_the_peer() -> None:
    core = stream(srtp=KEYS)
    core.receive(packet(0), ("198.51.100.66", 6000), 0.0)
    assert core.statistics.packets_unauthentic == 1
    sent = [to for tick in range(4) for _, to in core.capture(SILENCE, tick / 100)]
    assert set(sent) == {agreed().remote}


def test_what_a_stream_with_keys_sends_only_the_peer_can_read() -> None:
    core, peer = stream(srtp=KEYS), SrtpContext(THEIR_KEYS)
    silence = SILENCE
    sent = [data for tick in range(4) for data, _ in core.capture(silence, tick / 100)]
    opened = [peer.open(data) for data in sent]
    assert [RtpPacket.parse(data or b"").payload_type for data in opened] == [0, 0]
    reports = [data for tick in range(2000) for data, _ in core.control(tick / 100, 1e9 + tick)]
    reports += [data for data, _ in core.goodbye(20.0, 1e9)]
    assert reports
    assert None not in [peer.open_control(data) for data in reports]


def test_keys_that_come_with_a_later_description_are_used_from_then_on() -> None:
    core, peer = stream(), SrtpContext(THEIR_KEYS)
    silence = SILENCE
    core.update(agreed(srtp=KEYS), 0.0)
    sent = [data for tick in range(2) for data, _ in core.capture(silence, tick / 100)]
    assert [peer.open(data) is not None for data in sent] == [True]
