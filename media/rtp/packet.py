"""RTP packets (RFC 3550 §5.1)."""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

from media.errors import MalformedPacket

VERSION: Final = 2
_HEADER: Final = struct.Struct("!BBHII")
_EXTENSION_HEADER: Final = struct.Struct("!HH")


class RtpPacket(NamedTuple):
    """One packet; what the header's flags and counts say is in the fields that they are about."""

    payload_type: int
    sequence: int
    """16 bits."""
    timestamp: int
    """32 bits, in units of the payload type's clock rate."""
    ssrc: int
    payload: bytes
    marker: bool = False
    csrcs: tuple[int, ...] = ()
    extension: tuple[int, bytes] | None = None
    """Profile number and contents, a multiple of four octets; not interpreted."""
    padding: int = 0
    """Octets of padding, their count included; 0 for none."""

    @classmethod
    def parse(cls, data: bytes) -> RtpPacket:
        """Read one datagram.

        Raises:
            MalformedPacket: wrong version, or lengths that contradict the datagram's.
        """
        if len(data) < _HEADER.size:
            raise MalformedPacket(f"{len(data)} octets are shorter than an RTP header")
        flags, kind, sequence, timestamp, ssrc = _HEADER.unpack_from(data)
        if flags >> 6 != VERSION:
            raise MalformedPacket(f"version {flags >> 6} is not {VERSION}")
        start, end = _HEADER.size, len(data)
        csrcs: tuple[int, ...] = ()
        extension = None
        padding = 0
        if flags & 0x3F:
            csrcs, extension, start = _parts_before_payload(data, flags)
            if flags & 0x20:
                padding = data[-1]
                end -= padding
        if start > end or (flags & 0x20 and not padding):
            raise MalformedPacket(f"{len(data)} octets hold no payload after {start} of header")
        return cls(
            payload_type=kind & 0x7F,
            sequence=sequence,
            timestamp=timestamp,
            ssrc=ssrc,
            payload=data[start:end],
            marker=kind >= 0x80,
            csrcs=csrcs,
            extension=extension,
            padding=padding,
        )

    def __bytes__(self) -> bytes:
        flags = VERSION << 6 | len(self.csrcs)
        parts = [b"", self.payload]
        if self.csrcs:
            parts.insert(1, struct.pack(f"!{len(self.csrcs)}I", *self.csrcs))
        if self.extension is not None:
            flags |= 0x10
            profile, contents = self.extension
            parts.insert(-1, _EXTENSION_HEADER.pack(profile, len(contents) // 4) + contents)
        if self.padding:
            flags |= 0x20
            parts.append(bytes(self.padding - 1) + bytes((self.padding,)))
        kind = self.marker << 7 | self.payload_type
        parts[0] = _HEADER.pack(flags, kind, self.sequence, self.timestamp, self.ssrc)
        return b"".join(parts)


def plain_packet(
    payload_type: int, sequence: int, timestamp: int, ssrc: int, payload: bytes, *, marker: bool
) -> bytes:
    """A packet without any extra, written directly: the one that a call sends 50 of a second."""
    kind = marker << 7 | payload_type
    return _HEADER.pack(VERSION << 6, kind, sequence, timestamp, ssrc) + payload


def _parts_before_payload(
    data: bytes, flags: int
) -> tuple[tuple[int, ...], tuple[int, bytes] | None, int]:
    """Contributing sources, extension, and where the payload starts."""
    count = flags & 0x0F
    start = _HEADER.size + 4 * count
    if len(data) < start:
        raise MalformedPacket(f"{count} contributing sources do not fit {len(data)} octets")
    csrcs = struct.unpack_from(f"!{count}I", data, _HEADER.size)
    if not flags & 0x10:
        return csrcs, None, start
    if len(data) < start + _EXTENSION_HEADER.size:
        raise MalformedPacket(f"the extension does not fit {len(data)} octets")
    profile, words = _EXTENSION_HEADER.unpack_from(data, start)
    start += _EXTENSION_HEADER.size
    if len(data) < start + 4 * words:
        raise MalformedPacket(f"an extension of {words} words does not fit {len(data)} octets")
    return csrcs, (profile, data[start : start + 4 * words]), start + 4 * words


def looks_like_rtcp(data: bytes) -> bool:
    """Whether a datagram on the RTP port is RTCP sent there all the same (RFC 5761 §4)."""
    return len(data) >= 2 and 192 <= data[1] <= 223
