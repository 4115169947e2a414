from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.errors import MalformedPacket
from media.rtp.packet import RtpPacket, looks_like_rtcp, plain_packet

HEADER = bytes.fromhex("8000000100000002 00000003")
FULL = bytes.fromhex(
    "b2 e5 ff fe fffffffd deadbeef"  # padding, extension, two sources; marker, type 101
    "00000011 00000022"
    "bede 0001 01020304"
    "61626364"
    "000003"
)


def test_each_field_is_read() -> None:
    """RFC 3550 §5.1, §5.3.1."""
    packet = RtpPacket(
        payload_type=101,
        sequence=0xFFFE,
        timestamp=0xFFFF_FFFD,
        ssrc=0xDEAD_BEEF,
        payload=b"abcd",
        marker=True,
        csrcs=(0x11, 0x22),
        extension=(0xBEDE, bytes((1, 2, 3, 4))),
        padding=3,
    )
    assert RtpPacket.parse(FULL) == packet
    assert bytes(packet) == FULL


def test_a_plain_packet_is_the_same_whichever_way_it_is_written() -> None:
    written = plain_packet(8, 1, 2, 3, b"sound", marker=True)
    read = RtpPacket.parse(written)
    assert read == RtpPacket(
        payload_type=8, sequence=1, timestamp=2, ssrc=3, payload=b"sound", marker=True
    )
    assert bytes(read) == written


def test_a_header_alone_is_a_packet_without_payload() -> None:
    assert RtpPacket.parse(HEADER).payload == b""


@pytest.mark.parametrize(
    ("data", "offence"),
    [
        (HEADER[:11], "11 octets"),
        (b"", "0 octets"),
        (b"\x40" + HEADER[1:], "version 1"),
        (b"\x8f" + HEADER[1:], "15 contributing"),
        (b"\x90" + HEADER[1:], "extension"),
        (b"\x90" + HEADER[1:] + b"\0\0\xff\xff", "65535 words"),
        (b"\xa0" + HEADER[1:] + b"\0", "no payload"),
        (b"\xa0" + HEADER[1:] + b"ab\x04", "no payload"),
        (b"\xa0" + HEADER[1:], "no payload"),
    ],
)
def test_lengths_that_contradict_are_refused(data: bytes, offence: str) -> None:
    """RFC 3550 A.1."""
    with pytest.raises(MalformedPacket, match=offence):
        RtpPacket.parse(data)


@pytest.mark.parametrize("length", range(24))
def test_a_packet_cut_short_of_its_parts_is_refused(length: int) -> None:
    with pytest.raises(MalformedPacket):
        RtpPacket.parse(FULL[:length])


@settings(deadline=None)
@given(st.binary(max_size=80).map(lambda tail: b"\x80" + tail) | st.binary(max_size=80))
def test_what_is_read_is_written_the_same_but_for_the_contents_of_padding(data: bytes) -> None:
    with contextlib.suppress(MalformedPacket):
        packet = RtpPacket.parse(data)
        written = bytes(packet)
        end = len(data) - packet.padding
        assert written[:end] == data[:end]
        assert len(written) == len(data)


def test_rtcp_on_the_rtp_port_is_told_apart() -> None:
    """RFC 5761 §4."""
    assert looks_like_rtcp(bytes((0x80, 200)))
    assert not looks_like_rtcp(bytes((0x80, 0x80 | 0)))
    assert not looks_like_rtcp(b"\x80")
