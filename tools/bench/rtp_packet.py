"""RTP packets of the simple kind that phones send (RFC 3550 §5.1)."""

from __future__ import annotations

import struct
from typing import NamedTuple

PCMU = 0
TELEPHONE_EVENT = 101
"""By our own offer (RFC 4733)."""
PACKET_S = 0.02
PACKET_SAMPLES = 160

_HEADER = struct.Struct("!BBHII")


class RtpPacket(NamedTuple):
    """The parts of a packet that the bench looks at."""

    payload_type: int
    sequence: int
    timestamp: int
    payload: bytes


def write_rtp(
    sequence: int,
    timestamp: int,
    ssrc: int,
    payload: bytes,
    *,
    marker: bool,
    payload_type: int = PCMU,
) -> bytes:
    """One packet; `sequence` and `timestamp` wrap as the wire wants it."""
    second = payload_type | (0x80 if marker else 0)
    return _HEADER.pack(0x80, second, sequence & 0xFFFF, timestamp & 0xFFFFFFFF, ssrc) + payload


def read_rtp(data: bytes) -> RtpPacket | None:
    """Read a packet that has no padding, extension or sources in its header; None for others."""
    if len(data) < _HEADER.size:
        return None
    first, second, sequence, timestamp, _ = _HEADER.unpack_from(data)
    if first != 0x80:
        return None
    return RtpPacket(second & 0x7F, sequence, timestamp, data[_HEADER.size :])
