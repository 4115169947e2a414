"""RTCP XR on the wire (RFC 3611)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.errors import MalformedPacket
from media.rtp.extended_report import (
    MOST_BLOCKS,
    UNAVAILABLE,
    ExtendedReport,
    ReceiverReferenceTime,
    ReferenceDelay,
    ReferenceDelays,
    VoipMetrics,
    read_extended_report,
)
from media.rtp.rtcp import ReceiverReport, compound, parse_compound

METRICS = VoipMetrics(
    ssrc=0x1111_2222,
    loss_rate=12,
    discard_rate=3,
    burst_density=128,
    gap_density=2,
    burst_ms=240,
    gap_ms=5000,
    round_trip_ms=80,
    end_system_ms=60,
    signal_dbm=-20,
    noise_dbm=-65,
    gmin=16,
    r_factor=88,
    mos_listening=42,
    mos_conversation=40,
    receiver=0xF0,
    buffer_nominal_ms=20,
    buffer_maximum_ms=200,
    buffer_limit_ms=200,
)
TIME = ReceiverReferenceTime(0x0102_0304_0506_0708)
DELAYS = ReferenceDelays((ReferenceDelay(7, 0x0304_0506, 65536), ReferenceDelay(8, 1, 2)))
CAPTURED = bytes.fromhex(
    "80cf0014 00000007"
    "04000002 0102030405060708"
    "05000006 00000007 03040506 00010000 00000008 00000001 00000002"
    "07000008 11112222 0c038002 00f01388 0050003c ecbf7f10 587f2a28 f0000014 00c800c8"
)


def test_each_field_is_read_and_written() -> None:
    """§3, §4.4, §4.5, §4.7."""
    report = ExtendedReport(ssrc=7, blocks=(TIME, DELAYS, METRICS))
    assert bytes(report) == CAPTURED
    assert read_extended_report(CAPTURED[4:], 0) == report
    first = ReceiverReport(ssrc=7)
    assert parse_compound(compound((first, report))) == (first, report)


def test_blocks_of_other_kinds_are_passed_over() -> None:
    body = bytes.fromhex("00000007 01000001 00000001 04000002 0102030405060708")
    assert read_extended_report(body, 0) == ExtendedReport(ssrc=7, blocks=(TIME,))


@pytest.mark.parametrize(
    ("blocks", "good", "malformed"),
    [
        ("", 0, 0),
        ("0400", 0, 1),
        ("04000003 0102030405060708", 0, 1),  # longer than the packet
        ("0400ffff", 0, 1),
        ("04000001 01020304 04000002 0102030405060708", 1, 1),  # of a wrong length, and a good one
        ("04000000 05000001 00000007 07000001 00000007", 0, 3),
        ("05000000", 1, 0),  # an answer to nobody
    ],
)
def test_what_cannot_be_read_is_counted_and_the_rest_counts(
    blocks: str, good: int, malformed: int
) -> None:
    report = read_extended_report(bytes.fromhex("00000007" + blocks), 0)
    assert (len(report.blocks), report.malformed) == (good, malformed)


def test_a_packet_without_a_sender_is_malformed() -> None:
    with pytest.raises(MalformedPacket):
        read_extended_report(b"\0\0\0", 0)


def test_so_many_blocks_are_read_and_no_more() -> None:
    report = read_extended_report(bytes(4) + bytes.fromhex("05000000") * 500, 0)
    assert len(report.blocks) == MOST_BLOCKS


@pytest.mark.parametrize(("told", "r"), [(0, 0), (100, 100), (101, None), (UNAVAILABLE, None)])
def test_an_r_out_of_range_is_none(told: int, r: int | None) -> None:
    """§4.7.5."""
    assert VoipMetrics(**fields(r_factor=told)).told_r_factor == r


@pytest.mark.parametrize(("told", "score"), [(9, None), (10, 1.0), (44, 4.4), (51, None)])
def test_a_score_out_of_range_is_none(told: int, score: float | None) -> None:
    assert VoipMetrics(**fields(mos_listening=told)).told_mos == score


def fields(**changes: int) -> dict[str, int]:
    names = (name for name in VoipMetrics.__slots__)
    return {name: getattr(METRICS, name) for name in names} | changes


@given(st.binary(max_size=200))
def test_no_octets_ever_raise_anything_else(octets: bytes) -> None:
    report = read_extended_report(bytes(4) + octets, 0)
    assert len(report.blocks) + report.malformed <= MOST_BLOCKS
