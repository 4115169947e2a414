"""Round trips, with clocks that jump (RFC 3550 §6.4.1, RFC 3611 §4.4, §4.5), and quality told."""

from __future__ import annotations

import pytest

from media.frame import silence
from media.rtp.extended_report import (
    ExtendedReport,
    ReceiverReferenceTime,
    ReferenceDelay,
    ReferenceDelays,
    VoipMetrics,
)
from media.rtp.rtcp import (
    ControlPacket,
    ReceiverReport,
    ReportBlock,
    SenderReport,
    compound,
    middle_32,
    ntp_timestamp,
    parse_compound,
)
from media.rtp.rtcp_clock import SentTimes
from media.sdp.agreement import WantedReports
from media.sdp.direction import Direction
from media.stream.rtp_stream import RtpStream
from tests.media.streams import PEER, PEER_CONTROL, SSRC, agreed, packet

OURS = 1
WALL = 1.8e9
EVERYTHING = WantedReports(voip_metrics=True, receiver_time=True)
HOUR_S = 3600.0


def stream(**changes: object) -> RtpStream:
    return RtpStream(agreed(**changes), ssrc=OURS, first_sequence=0, first_timestamp=0, cname="x")


def next_report(
    ours: RtpStream, start: float, *, wall: float = WALL, sending: bool = True
) -> tuple[float, tuple[ControlPacket, ...]]:
    """When our next report goes out, and its parts. `wall` is the clock at second 0."""
    for tick in range(round(start * 100), round(start * 100) + 1000):
        now = tick / 100
        if sending:
            ours.capture(silence(), now)
        for data, _ in ours.control(now, wall + now):
            return now, parse_compound(data)
    raise AssertionError("no report within 10 s")


def answer(report: ControlPacket, delay_s: float) -> bytes:
    """The peer's report that answers ours `delay_s` later by its own clock."""
    assert isinstance(report, SenderReport)
    block = ReportBlock(
        ssrc=OURS,
        fraction_lost=0,
        packets_lost=0,
        highest_sequence=0,
        jitter=0,
        last_sr=middle_32(report.ntp),
        delay_since_last_sr=round(delay_s * 65536),
    )
    return compound((ReceiverReport(ssrc=SSRC, reports=(block,)),))


@pytest.mark.parametrize("jump_s", [0.0, HOUR_S, -HOUR_S, 0.3, -0.3])
def test_our_wall_clock_may_be_set_between_report_and_answer(jump_s: float) -> None:
    ours = stream()
    at, (report, *_) = next_report(ours, 0.0)
    ours.control(at + 0.5, WALL + at + 0.5 + jump_s)
    ours.receive_control(answer(report, 1.0), PEER_CONTROL, at + 1.08)
    assert ours.statistics.round_trip_ms == pytest.approx(80, abs=0.1)


@pytest.mark.parametrize(
    ("answered_after_s", "delay_s", "round_trip_ms"),
    [
        (1.0, 0.0, 1000.0),
        (1.0, 1.0, 0.0),
        (1.0, 1.04, 0.0),  # clocks are coarse
        (1.0, 1.5, None),  # the peer's clock was set in between, or it lies
        (30.0, 0.0, None),
        (30.0, 29.9, 100.0),
        (1.0, 65535.0, None),
    ],
)
def test_a_round_trip_that_cannot_be_tells_nothing(
    answered_after_s: float, delay_s: float, round_trip_ms: float | None
) -> None:
    ours = stream()
    at, (report, *_) = next_report(ours, 0.0)
    ours.receive_control(answer(report, delay_s), PEER_CONTROL, at + answered_after_s)
    found = ours.statistics.round_trip_ms
    assert found == (None if round_trip_ms is None else pytest.approx(round_trip_ms, abs=0.1))


def test_of_two_reports_with_one_time_the_later_counts() -> None:
    """A wall clock that was set back between them."""
    sent = SentTimes()
    sent.add(7, 100.0)
    sent.add(7, 105.0)
    assert sent.round_trip_s(7, 0, 105.1) == pytest.approx(0.1)


def test_the_last_eight_times_are_remembered() -> None:
    sent = SentTimes()
    for number in range(9):
        sent.add(number, float(number))
    assert sent.round_trip_s(0, 0, 8.5) is None
    assert sent.round_trip_s(1, 0, 8.5) == 7.5


def test_who_only_listens_sends_its_clock_and_finds_the_round_trip_from_the_answer() -> None:
    """RFC 3611 §4.4, §4.5."""
    ours = stream(direction=Direction.RECVONLY, extended_reports=EVERYTHING)
    at, parts = next_report(ours, 0.0)
    (extended,) = (part for part in parts if isinstance(part, ExtendedReport))
    (reference,) = extended.blocks
    assert reference == ReceiverReferenceTime(ntp_timestamp(WALL + at))
    delays = ReferenceDelays(
        (ReferenceDelay(99, 1, 1), ReferenceDelay(OURS, middle_32(reference.ntp), 65536))
    )
    theirs = ExtendedReport(ssrc=SSRC, blocks=(delays,))
    ours.receive_control(compound((ReceiverReport(ssrc=SSRC), theirs)), PEER_CONTROL, at + 1.05)
    assert ours.statistics.round_trip_ms == pytest.approx(50, abs=0.1)


def test_who_sends_sound_needs_no_clock_of_that_kind() -> None:
    ours = stream(extended_reports=WantedReports(receiver_time=True))
    _, parts = next_report(ours, 0.0)
    assert not [part for part in parts if isinstance(part, ExtendedReport)]


def test_the_clock_of_a_peer_that_only_listens_is_answered_once() -> None:
    ours = stream()
    clock = ExtendedReport(ssrc=SSRC, blocks=(ReceiverReferenceTime(0x1122_3344_5566_7788),))
    ours.receive_control(compound((ReceiverReport(ssrc=SSRC), clock)), PEER_CONTROL, 0.0)
    at, parts = next_report(ours, 0.0)
    (extended,) = (part for part in parts if isinstance(part, ExtendedReport))
    (delays,) = extended.blocks
    assert isinstance(delays, ReferenceDelays)
    (delay,) = delays.delays
    assert (delay.ssrc, delay.last_reference) == (SSRC, 0x3344_5566)
    assert delay.delay / 65536 == pytest.approx(at, abs=1e-3)
    _, parts = next_report(ours, at + 0.01)
    assert not [part for part in parts if isinstance(part, ExtendedReport)]


@pytest.mark.parametrize("asked", [True, False])
def test_how_the_peer_sounds_is_told_if_it_wants_to_know(asked: bool) -> None:
    ours = stream(extended_reports=EVERYTHING if asked else WantedReports())
    for number in range(400):
        if number % 20 not in (5, 6):
            ours.receive(packet(number), PEER, number / 50)
        ours.play(number / 50)
        ours.play(number / 50 + 0.01)
    _, parts = next_report(ours, 0.0)
    told = [block for part in parts if isinstance(part, ExtendedReport) for block in part.blocks]
    if not asked:
        assert told == []
        return
    (metrics,) = told
    assert isinstance(metrics, VoipMetrics)
    assert metrics.ssrc == SSRC
    assert metrics.loss_rate == pytest.approx(25.6, abs=1.5)
    assert metrics.discard_rate == 0
    assert metrics.burst_density == 255
    assert metrics.burst_ms == 40
    assert metrics.gap_density == 0
    assert metrics.gmin == 16
    assert 40 <= metrics.r_factor <= 65
    assert 25 <= metrics.mos_listening <= 35


def test_how_we_sound_there_is_remembered_and_garbage_counted() -> None:
    ours = stream()
    told = dict.fromkeys(VoipMetrics.__slots__, 0)
    told |= {"ssrc": OURS, "r_factor": 81, "mos_listening": 41, "discard_rate": 64}
    for ssrc in (OURS, 99):
        report = ExtendedReport(ssrc=SSRC, blocks=(VoipMetrics(**told | {"ssrc": ssrc}),))
        ours.receive_control(compound((ReceiverReport(ssrc=SSRC), report)), PEER_CONTROL, 0.0)
        told["r_factor"] = 3
    garbage = bytes.fromhex("80cf0002 00000007 04000000")
    ours.receive_control(bytes(ReceiverReport(ssrc=SSRC)) + garbage, PEER_CONTROL, 0.1)
    figures = ours.statistics
    assert figures.remote_r_factor == 81
    assert figures.remote_mos == pytest.approx(4.1)
    assert figures.remote_discarded == 0.25
    assert figures.packets_extended_malformed == 1
    assert figures.packets_malformed == 0


def test_before_the_peer_is_heard_nothing_is_said_of_its_sound() -> None:
    ours = stream(extended_reports=WantedReports(voip_metrics=True))
    _, parts = next_report(ours, 0.0)
    assert not [part for part in parts if isinstance(part, ExtendedReport)]
    assert ours.statistics.r_factor is None
    assert ours.statistics.mos is None


def test_a_clean_call_pleases_and_a_lossy_and_slow_one_does_not() -> None:
    clean, bad = stream(), stream()
    for number in range(300):
        clean.receive(packet(number), PEER, number / 50)
        if number % 10:
            bad.receive(packet(number), PEER, number / 50)
        for ours in (clean, bad):
            ours.play(number / 50)
            ours.play(number / 50 + 0.01)
    at, (report, *_) = next_report(bad, 6.0)
    bad.receive_control(answer(report, 0.0), PEER_CONTROL, at + 0.8)
    good, poor = clean.statistics, bad.statistics
    assert good.r_factor is not None
    assert poor.r_factor is not None
    assert 90 < good.r_factor <= 93.2
    assert good.mos is not None
    assert good.mos > 4.3
    assert poor.r_factor < 50


@pytest.mark.parametrize(("lost", "pleases"), [((), True), (tuple(range(0, 400, 10)), False)])
def test_another_ssrc_is_no_loss_and_its_losses_count(lost: tuple[int, ...], pleases: bool) -> None:
    ours = stream()
    for number in range(600):
        before = number < 200
        data = (
            packet(number, first_sequence=60_000)
            if before
            else packet(number - 200, ssrc=77, first_sequence=9000)
        )
        if before or number - 200 not in lost:
            ours.receive(data, PEER, number / 50)
        ours.play(number / 50)
        ours.play(number / 50 + 0.01)
    assert ours.statistics.source_changes == 1
    assert ours.statistics.r_factor is not None
    assert (ours.statistics.r_factor > 88) == pleases
