"""Our SSRC, heard from elsewhere (RFC 3550 §8.2)."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from media.frame import FRAME_SAMPLES, FloatArray, silence
from media.rtp.packet import RtpPacket
from media.rtp.rtcp import (
    ControlPacket,
    Goodbye,
    ReceiverReport,
    SenderReport,
    SourceDescription,
    compound,
    parse_compound,
)
from media.rtp.ssrc_conflict import MOST_COLLISIONS
from media.security.srtp import SrtpContext, SrtpKeys, SrtpSuite
from media.stream.rtp_stream import RtpStream
from tests.media.streams import PEER, PEER_CONTROL, Listener, agreed, packet, payloads_of, stream
from tests.media.synthetic_voice import voice

OURS = 0xAAAA_5555
SUITE = SrtpSuite.AEAD_AES_128_GCM


def captured(core: RtpStream, ticks: int, *, start: int = 0) -> list[RtpPacket]:
    """What is sent of a tone that goes on from tick to tick."""
    sent = [core.capture(tone(tick), tick / 100) for tick in range(start, start + ticks)]
    return [RtpPacket.parse(data) for out in sent for data, _ in out]


def tone(tick: int) -> FloatArray:
    time = (np.arange(FRAME_SAMPLES) + tick * FRAME_SAMPLES) / 48_000
    return (0.3 * np.sin(2 * np.pi * 440 * time)).astype(np.float32)


def control(core: RtpStream, now: float) -> tuple[ControlPacket, ...]:
    ((data, _),) = core.control(now, 1e9)
    return parse_compound(data)


def test_a_peer_with_our_ssrc_is_heard_and_we_go_on_as_another_without_a_gap() -> None:
    ours = stream()
    before = captured(ours, 20)
    ours.receive(packet(0, ssrc=OURS), PEER, 0.2)
    after = captured(ours, 20, start=20)
    assert {p.ssrc for p in before} == {OURS}
    (renamed,) = {p.ssrc for p in after}
    assert renamed != OURS
    stamps = [p.timestamp for p in before + after]
    assert {(b - a) % 2**32 for a, b in itertools.pairwise(stamps)} == {160}
    assert after[0].marker
    figures = ours.statistics
    assert figures.ssrc_collisions == 1
    assert figures.packets_received == 1
    assert figures.packets_sent == 20


def test_goodbye_is_said_for_the_ssrc_that_we_gave_up_and_no_other() -> None:
    ours = stream()
    captured(ours, 2)
    ours.receive(packet(0, ssrc=OURS), PEER, 0.2)
    report, names, bye = control(ours, 0.25)
    assert report == ReceiverReport(ssrc=OURS)
    assert names == SourceDescription.with_cname(OURS, "speaker@example.org")
    assert bye == Goodbye(ssrcs=(OURS,))
    assert ours.control(0.3, 1e9) == []
    (renamed,) = {p.ssrc for p in captured(ours, 2)}
    (data, _), *_ = (out for t in range(4, 90) for out in ours.control(t / 10, 1e9))
    report, names = parse_compound(data)
    assert isinstance(report, SenderReport)
    assert (report.ssrc, report.packets) == (renamed, 1)
    assert names == SourceDescription.with_cname(renamed, "speaker@example.org")


def test_the_sound_of_both_goes_on_without_a_click() -> None:
    """The peer's ears: a tone by another SSRC from the middle on."""
    theirs = Listener(
        RtpStream(agreed(), ssrc=2, first_sequence=0, first_timestamp=0, cname="x"), now=0.0
    )
    ours = stream()
    arrivals = []
    for tick in range(120):
        if tick == 60:
            ours.receive(packet(0, ssrc=OURS), PEER, 0.6)
        arrivals += [(tick / 100, data) for data, _ in ours.capture(tone(tick), tick / 100)]
    theirs.listen(arrivals, 118)
    assert theirs.core.statistics.concealed_ms <= 40
    steps = np.abs(np.diff(theirs.sound))
    assert steps.max() < 1.6 * 2 * np.pi * 440 / 48_000 * 0.3


def test_our_own_packets_that_come_back_are_dropped_and_change_nothing() -> None:
    """A reflector, such as the rtp_echo of SIPp."""
    ours = stream()
    for tick in range(100):
        for data, _ in ours.capture(tone(tick), tick / 100):
            ours.receive(data, PEER, tick / 100 + 0.05)
        assert ours.play(tick / 100) is None
    ((data, _),) = (out for t in range(100, 400) for out in ours.control(t / 100, 1e9))
    ours.receive_control(data, PEER_CONTROL, 4.1)
    figures = ours.statistics
    assert figures.packets_looped == 51
    assert figures.ssrc_collisions == figures.packets_received == 0
    assert not ours.peer_said_goodbye


def test_whoever_takes_our_next_ssrc_too_is_a_loop() -> None:
    ours = stream()
    ours.receive(packet(0, ssrc=OURS), PEER, 0.2)
    (renamed,) = {p.ssrc for p in captured(ours, 2)}
    ours.receive(packet(0, ssrc=renamed), PEER, 0.3)
    assert {p.ssrc for p in captured(ours, 2)} == {renamed}
    assert ours.statistics.packets_looped == 1


def test_nobody_makes_us_change_for_ever() -> None:
    ours = stream()
    for number in range(50):
        (ssrc,) = {p.ssrc for p in captured(ours, 2)}
        ours.receive(packet(0, ssrc=ssrc), ("192.0.2.7", 5000 + number), 10.0 * number)
    assert ours.statistics.ssrc_collisions == MOST_COLLISIONS


def test_a_foreign_source_does_not_make_us_change() -> None:
    ours = stream()
    ours.receive(packet(0), PEER, 0.0)
    ours.receive(packet(0, ssrc=OURS), ("198.51.100.66", 5), 0.1)
    assert ours.statistics.ssrc_collisions == 0


@pytest.mark.parametrize(
    ("cname", "collisions", "looped"), [("peer@example.org", 1, 0), ("speaker@example.org", 0, 1)]
)
def test_reports_by_our_ssrc_are_told_apart_by_the_name(
    cname: str, collisions: int, looped: int
) -> None:
    ours = stream()
    parts = (ReceiverReport(ssrc=OURS), SourceDescription.with_cname(OURS, cname))
    ours.receive_control(compound(parts), PEER_CONTROL, 0.1)
    figures = ours.statistics
    assert (figures.ssrc_collisions, figures.packets_looped) == (collisions, looped)


def test_two_of_us_with_one_ssrc_part_for_good() -> None:
    one, two = (
        RtpStream(agreed(), ssrc=5, first_sequence=0, first_timestamp=0, cname=name)
        for name in ("one", "two")
    )
    for tick in range(40):
        for a, b in ((one, two), (two, one)):
            for data, _ in a.capture(silence(), tick / 100):
                b.receive(data, PEER, tick / 100)
    (first,), (second,) = ({p.ssrc for p in captured(each, 2)} for each in (one, two))
    assert first != second
    assert one.statistics.ssrc_collisions + two.statistics.ssrc_collisions <= 2
    assert one.statistics.packets_received >= 18
    assert two.statistics.packets_received >= 18


def test_encrypted_the_new_ssrc_is_proved_by_the_same_key() -> None:
    ours_key, theirs_key = bytes(28), bytes(range(28))
    keys = SrtpKeys(SUITE, ours_key, theirs_key)
    ours = RtpStream(
        agreed(srtp=keys), ssrc=OURS, first_sequence=65530, first_timestamp=0, cname="x"
    )
    peer = SrtpContext(SrtpKeys(SUITE, theirs_key, ours_key))
    opened = []
    for tick in range(80):
        if tick == 40:
            ours.receive(peer.protect(packet(0, ssrc=OURS)), PEER, 0.4)
        opened += [peer.open(data) for data, _ in ours.capture(silence(), tick / 100)]
    assert len(opened) == 40
    assert all(opened)
    assert len({RtpPacket.parse(data).ssrc for data in opened if data}) == 2
    ours.receive(packet(1, ssrc=1), PEER, 0.5)  # without the key: nothing
    assert ours.statistics.ssrc_collisions == 1


def test_the_peers_ssrc_from_another_source_is_not_heard() -> None:
    """A third party's collision with the peer: the one that was there first is kept."""
    listener = Listener(stream())
    payloads = payloads_of(voice(8000, 0.4, pauses=False))
    for number, payload in enumerate(payloads):
        now = listener.now
        listener.listen([(0.0, packet(number, payload))], 2)
        listener.core.receive(packet(number, bytes(160)), ("198.51.100.66", 5), now + 0.001)
    assert listener.core.statistics.packets_doubled == 0
    assert listener.core.statistics.packets_foreign == len(payloads)
