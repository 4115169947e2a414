from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.errors import MalformedPacket
from media.rtp.rtcp import (
    Goodbye,
    ReceiverReport,
    ReportBlock,
    SenderReport,
    SourceDescription,
    compound,
    middle_32,
    ntp_timestamp,
    parse_compound,
)

BLOCK = ReportBlock(
    ssrc=0x1111_2222,
    fraction_lost=64,
    packets_lost=-2,
    highest_sequence=0x0001_FFFF,
    jitter=160,
    last_sr=0x1234_5678,
    delay_since_last_sr=65536,
)
SENDER = SenderReport(
    ssrc=7, ntp=0x0102_0304_0506_0708, rtp_timestamp=9, packets=10, octets=1600, reports=(BLOCK,)
)
RECEIVER = ReceiverReport(ssrc=7, reports=(BLOCK, BLOCK))
NAMES = SourceDescription.with_cname(7, "speaker@example.org")
BYE = Goodbye(ssrcs=(7, 8), reason="done")

CAPTURED = bytes.fromhex(
    "81c8000c 00000007 0102030405060708 00000009 0000000a 00000640"
    "11112222 40fffffe 0001ffff 000000a0 12345678 00010000"
    "81ca0007 00000007 0113737065616b6572406578616d706c652e6f7267 000000"
    "82cb0004 00000007 00000008 04646f6e65 000000"
)


def test_each_field_is_read_and_written() -> None:
    """RFC 3550 §6.4.1, §6.5, §6.6."""
    assert parse_compound(CAPTURED) == (SENDER, NAMES, BYE)
    assert compound((SENDER, NAMES, BYE)) == CAPTURED


@pytest.mark.parametrize(
    "packets",
    [
        (RECEIVER,),
        (ReceiverReport(ssrc=1), SourceDescription(chunks=()), Goodbye(ssrcs=())),
        (SENDER, RECEIVER, SourceDescription(chunks=((1, ((1, "a"), (2, "bcd"))), (2, ())))),
    ],
)
def test_reading_is_the_inverse_of_writing(packets: tuple[ReceiverReport, ...]) -> None:
    assert parse_compound(compound(packets)) == packets


def test_every_packet_is_a_multiple_of_four_octets() -> None:
    """RFC 3550 §6.4, whatever the length of the text."""
    for length in range(9):
        assert len(bytes(SourceDescription.with_cname(1, "x" * length))) % 4 == 0
        assert len(bytes(Goodbye(ssrcs=(1,), reason="x" * length))) % 4 == 0


def test_packets_of_other_types_are_passed_over() -> None:
    """RFC 3550 §6.1: APP, feedback and extended reports."""
    app = bytes.fromhex("80cc0002 00000007 41424344")
    assert parse_compound(bytes(RECEIVER) + app + bytes(BYE)) == (RECEIVER, BYE)


def test_padding_stands_in_the_last_packet_only() -> None:
    """RFC 3550 §6.4.1."""
    padded = bytes.fromhex("a1cb0002 00000007 00000004")
    assert parse_compound(bytes(RECEIVER) + padded) == (RECEIVER, Goodbye(ssrcs=(7,)))
    with pytest.raises(MalformedPacket, match="padding"):
        parse_compound(bytes(RECEIVER) + padded + bytes(BYE))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x80",
        bytes(NAMES),  # does not start with a report
        bytes(BYE),
        b"\x00" + CAPTURED[1:],
        CAPTURED + b"\x80\xc9",
        bytes.fromhex("80c9ffff 00000007"),
        bytes.fromhex("81c90001 00000007"),  # a block announced, none there
        bytes.fromhex("9fc80006") + bytes(24),
        bytes(RECEIVER) + bytes.fromhex("81ca0001 00000007"),
        bytes(RECEIVER) + bytes.fromhex("81ca0002 00000007 01ff0000"),
        bytes(RECEIVER) + bytes.fromhex("81ca0002 00000007 01024142"),  # no end of items
        bytes(RECEIVER) + bytes.fromhex("82cb0001 00000007"),
        bytes(RECEIVER) + bytes.fromhex("81cb0002 00000007 ff000000"),
        bytes(RECEIVER) + bytes.fromhex("a1cb0001 00000000"),
    ],
)
def test_lengths_that_contradict_are_refused(data: bytes) -> None:
    """RFC 3550 A.2."""
    with pytest.raises(MalformedPacket):
        parse_compound(data)


def test_ntp_time_counts_from_1900() -> None:
    """RFC 3550 §4: the Unix epoch is NTP second 2 208 988 800."""
    assert ntp_timestamp(0.5) == (2_208_988_800 << 32) + (1 << 31)
    assert middle_32(0x0102_0304_0506_0708) == 0x0304_0506


@settings(deadline=None)
@given(
    st.binary(max_size=120)
    | st.tuples(st.integers(0, len(CAPTURED) - 1), st.binary(min_size=1, max_size=4)).map(
        lambda damage: CAPTURED[: damage[0]] + damage[1] + CAPTURED[damage[0] + len(damage[1]) :]
    )
)
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(MalformedPacket):
        parse_compound(data)
