from __future__ import annotations

import pytest

from media.rtp.packet import RtpPacket
from media.rtp.source import Place, RtpSource


def numbered(sequence: int, timestamp: int = 0) -> RtpPacket:
    return RtpPacket(payload_type=0, sequence=sequence, timestamp=timestamp, ssrc=5, payload=b"x")


def source_after(*sequences: int) -> RtpSource:
    """A source that got these, each at its place."""
    source = RtpSource(numbered(sequences[0]), 8000)
    for sequence in sequences:
        place = source.place(numbered(sequence))
        assert place is not None
        source.count(place)
    return source


def test_numbers_go_on_over_their_wrap() -> None:
    """RFC 3550 A.1."""
    source = RtpSource(numbered(0xFFFF, 0xFFFF_FFB0), 8000)
    first = source.place(numbered(0xFFFF, 0xFFFF_FFB0))
    assert first is not None
    source.count(first)
    assert source.place(numbered(0, 0x50)) == Place(first.sequence + 1, first.timestamp + 160)


def test_a_packet_from_before_has_a_lower_place() -> None:
    source = source_after(5, 7)
    late, newest = source.place(numbered(6)), source.place(numbered(7))
    assert late is not None
    assert newest is not None
    assert late.sequence == newest.sequence - 1


@pytest.mark.parametrize(("sequence", "believed"), [
    (10 + 3000, True), (10 + 3001, False), (10 - 100 + 65536, True), (10 - 101 + 65536, False),
])  # fmt: skip
def test_a_step_out_of_reach_is_not_believed(sequence: int, believed: bool) -> None:
    """RFC 3550 A.1: MAX_DROPOUT 3000, MAX_MISORDER 100."""
    assert (source_after(10).place(numbered(sequence % 65536)) is not None) is believed


@pytest.mark.parametrize(
    ("sequences", "lost"),
    [((1, 2, 3), 0), ((1, 3), 1), ((65534, 1), 2), ((1, 3, 2), 0), ((1, 2, 2, 4), 0), ((1, 1), -1)],
)
def test_loss_is_expected_less_received(sequences: tuple[int, ...], lost: int) -> None:
    """RFC 3550 A.3: doubles count against it."""
    assert source_after(*sequences).lost == lost


def test_the_fraction_lost_is_of_the_time_since_the_last_report() -> None:
    """RFC 3550 A.3."""
    source = source_after(1, 3)
    assert source.report(0, 0).fraction_lost == 256 // 3
    for sequence in (4, 5, 8):
        place = source.place(numbered(sequence))
        assert place is not None
        source.count(place)
    report = source.report(0, 0)
    assert (report.fraction_lost, report.packets_lost) == (256 * 2 // 5, 3)
    assert source.report(0, 0).fraction_lost == 0


def test_the_report_counts_the_turns_of_the_sequence_number() -> None:
    """RFC 3550 §6.4.1."""
    assert source_after(0xFFFF, 0).report(0, 0).highest_sequence == 0x0001_0000


def test_jitter_moves_by_a_sixteenth_of_each_step_of_the_transit_time() -> None:
    """RFC 3550 A.8."""
    source = source_after(1)
    source.time(Place(1, 0), 10.000)
    source.time(Place(2, 160), 10.036)  # 16 ms later than the first one's transit
    assert source.jitter_s == pytest.approx(0.001)
    source.time(Place(3, 320), 10.056)
    assert source.jitter_s == pytest.approx(0.001 * 15 / 16)


def test_a_jump_of_the_senders_clock_is_no_jitter() -> None:
    source = source_after(1)
    source.time(Place(1, 0), 10.0)
    source.time(Place(2, 8_000_000), 10.02)
    assert source.jitter_s == 0.0
