"""RTCP compound packets (RFC 3550 §6.4 to §6.6): SR, RR, SDES, BYE, and XR (RFC 3611).

Others are passed over.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from media.errors import MalformedPacket
from media.rtp.extended_report import EXTENDED_REPORT, ExtendedReport, read_extended_report
from media.rtp.packet import VERSION

_SENDER_REPORT: Final = 200
_RECEIVER_REPORT: Final = 201
_SOURCE_DESCRIPTION: Final = 202
_GOODBYE: Final = 203

MOST_PACKETS: Final = 16
"""Of one datagram; what follows them is not read."""
MOST_ITEMS: Final = 64
"""Of one source description."""

CNAME: Final = 1
_SDES_END: Final = 0

_HEADER: Final = struct.Struct("!BBH")
_SENDER_INFO: Final = struct.Struct("!IQIII")
_REPORT_BLOCK: Final = struct.Struct("!IIIIII")
_WORD: Final = struct.Struct("!I")

_UNIX_EPOCH_IN_NTP_S: Final = 2_208_988_800


def ntp_timestamp(wall: float) -> int:
    """The 64-bit NTP time of `wall`, seconds since 1970 (RFC 3550 §4)."""
    return int((wall + _UNIX_EPOCH_IN_NTP_S) * (1 << 32)) & 0xFFFF_FFFF_FFFF_FFFF


def middle_32(ntp: int) -> int:
    """The middle 32 bits of an NTP time, in units of 1/65536 s: what LSR holds."""
    return ntp >> 16 & 0xFFFF_FFFF


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportBlock:
    """How one source is received (RFC 3550 §6.4.1)."""

    ssrc: int
    fraction_lost: int
    """In 256ths, since the last report."""
    packets_lost: int
    """24 bits with sign: doubles count as negative loss."""
    highest_sequence: int
    """32 bits: the cycles of the sequence number in the upper half."""
    jitter: int
    """RTP clock units."""
    last_sr: int = 0
    """`middle_32` of the last sender report's NTP time; 0 before one came."""
    delay_since_last_sr: int = 0
    """1/65536 s from its arrival to this report."""

    def __bytes__(self) -> bytes:
        loss = self.fraction_lost << 24 | (self.packets_lost & 0xFF_FFFF)
        return _REPORT_BLOCK.pack(
            self.ssrc,
            loss,
            self.highest_sequence,
            self.jitter,
            self.last_sr,
            self.delay_since_last_sr,
        )

    @classmethod
    def read(cls, data: bytes, at: int) -> ReportBlock:
        """Read the 24 octets at `at`, which must be there."""
        ssrc, loss, highest, jitter, last_sr, delay = _REPORT_BLOCK.unpack_from(data, at)
        lost = loss & 0xFF_FFFF
        return cls(
            ssrc=ssrc,
            fraction_lost=loss >> 24,
            packets_lost=lost - (1 << 24) if lost >> 23 else lost,
            highest_sequence=highest,
            jitter=jitter,
            last_sr=last_sr,
            delay_since_last_sr=delay,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderReport:
    """What a source sent so far, and how it receives."""

    ssrc: int
    ntp: int
    """64 bits: the wall clock's time of this report."""
    rtp_timestamp: int
    """The same moment on the RTP clock."""
    packets: int
    octets: int
    """Payload octets, without headers and padding."""
    reports: tuple[ReportBlock, ...] = ()

    def __bytes__(self) -> bytes:
        info = _SENDER_INFO.pack(
            self.ssrc,
            self.ntp,
            self.rtp_timestamp,
            self.packets & 0xFFFF_FFFF,
            self.octets & 0xFFFF_FFFF,
        )
        return _packet(_SENDER_REPORT, len(self.reports), info + b"".join(map(bytes, self.reports)))


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiverReport:
    """How somebody who sends nothing receives."""

    ssrc: int
    reports: tuple[ReportBlock, ...] = ()

    def __bytes__(self) -> bytes:
        body = _WORD.pack(self.ssrc) + b"".join(map(bytes, self.reports))
        return _packet(_RECEIVER_REPORT, len(self.reports), body)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceDescription:
    """Who the sources are: for each SSRC its items as (type, text)."""

    chunks: tuple[tuple[int, tuple[tuple[int, str], ...]], ...]

    @classmethod
    def with_cname(cls, ssrc: int, cname: str) -> SourceDescription:
        """The one description that every compound packet must hold (RFC 3550 §6.1)."""
        return cls(chunks=((ssrc, ((CNAME, cname),)),))

    def __bytes__(self) -> bytes:
        return _packet(
            _SOURCE_DESCRIPTION,
            len(self.chunks),
            b"".join(_chunk(ssrc, items) for ssrc, items in self.chunks),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Goodbye:
    """These sources end."""

    ssrcs: tuple[int, ...]
    reason: str = ""

    def __bytes__(self) -> bytes:
        body = struct.pack(f"!{len(self.ssrcs)}I", *self.ssrcs)
        if self.reason:
            text = self.reason.encode()[:255]
            body += bytes((len(text),)) + text
        return _packet(_GOODBYE, len(self.ssrcs), _padded(body))


ControlPacket: TypeAlias = (
    SenderReport | ReceiverReport | SourceDescription | Goodbye | ExtendedReport
)


def parse_compound(data: bytes) -> tuple[ControlPacket, ...]:
    """Read one datagram, as far as `MOST_PACKETS`; packets of unknown types are left out.

    Raises:
        MalformedPacket: it does not start with SR or RR, or lengths contradict (RFC 3550 A.2), or
            it describes a source by more than MOST_ITEMS.
    """
    return tuple(_packets(data))


def compound(packets: Iterable[ControlPacket]) -> bytes:
    """The datagram that holds them, in order."""
    return b"".join(map(bytes, packets))


def _packets(data: bytes) -> Iterator[ControlPacket]:
    if len(data) < 2 or data[1] not in (_SENDER_REPORT, _RECEIVER_REPORT):
        raise MalformedPacket("the compound packet does not start with SR or RR")
    at = 0
    for _ in range(MOST_PACKETS):
        if at == len(data):
            return
        if len(data) - at < _HEADER.size:
            raise MalformedPacket(f"{len(data) - at} octets are left over after {at}")
        flags, kind, words = _HEADER.unpack_from(data, at)
        if flags >> 6 != VERSION:
            raise MalformedPacket(f"version {flags >> 6} is not {VERSION}")
        end = at + 4 + 4 * words
        if end > len(data):
            raise MalformedPacket(f"a packet of {words} words does not fit {len(data)} octets")
        body = data[at + _HEADER.size : end]
        if flags & 0x20:
            if end != len(data) or not body or not 0 < body[-1] <= len(body):
                raise MalformedPacket("padding in another packet than the last, or of wrong length")
            body = body[: -body[-1]]
        if kind in _READERS:
            yield _READERS[kind](body, flags & 0x1F)
        at = end


def _read_sender_report(body: bytes, count: int) -> SenderReport:
    _check_length("SR", body, _SENDER_INFO.size + count * _REPORT_BLOCK.size)
    ssrc, ntp, rtp_timestamp, packets, octets = _SENDER_INFO.unpack_from(body)
    return SenderReport(
        ssrc=ssrc,
        ntp=ntp,
        rtp_timestamp=rtp_timestamp,
        packets=packets,
        octets=octets,
        reports=_read_blocks(body, _SENDER_INFO.size, count),
    )


def _read_receiver_report(body: bytes, count: int) -> ReceiverReport:
    _check_length("RR", body, _WORD.size + count * _REPORT_BLOCK.size)
    (ssrc,) = _WORD.unpack_from(body)
    return ReceiverReport(ssrc=ssrc, reports=_read_blocks(body, _WORD.size, count))


def _read_source_description(body: bytes, count: int) -> SourceDescription:
    chunks = []
    at = 0
    for _ in range(count):
        _check_length("SDES", body, at + _WORD.size)
        (ssrc,) = _WORD.unpack_from(body, at)
        items, at = _read_items(body, at + _WORD.size)
        chunks.append((ssrc, items))
    return SourceDescription(chunks=tuple(chunks))


def _read_goodbye(body: bytes, count: int) -> Goodbye:
    _check_length("BYE", body, 4 * count)
    ssrcs = struct.unpack_from(f"!{count}I", body)
    rest = body[4 * count :]
    reason = ""
    if rest:
        _check_length("reason of BYE", rest, 1 + rest[0])
        reason = rest[1 : 1 + rest[0]].decode("utf-8", errors="replace")
    return Goodbye(ssrcs=ssrcs, reason=reason)


_READERS: Final[Mapping[int, Callable[[bytes, int], ControlPacket]]] = {
    _SENDER_REPORT: _read_sender_report,
    _RECEIVER_REPORT: _read_receiver_report,
    _SOURCE_DESCRIPTION: _read_source_description,
    _GOODBYE: _read_goodbye,
    EXTENDED_REPORT: read_extended_report,
}


def _read_blocks(body: bytes, at: int, count: int) -> tuple[ReportBlock, ...]:
    return tuple(ReportBlock.read(body, at + i * _REPORT_BLOCK.size) for i in range(count))


def _read_items(body: bytes, at: int) -> tuple[tuple[tuple[int, str], ...], int]:
    """The items of one chunk, and where the next chunk starts: on a multiple of four octets."""
    items: list[tuple[int, str]] = []
    while len(items) <= MOST_ITEMS:
        _check_length("SDES chunk", body, at + 1)
        if body[at] == _SDES_END:
            return tuple(items), at + 4 - at % 4
        _check_length("SDES item", body, at + 2)
        end = at + 2 + body[at + 1]
        _check_length("SDES item", body, end)
        items.append((body[at], body[at + 2 : end].decode("utf-8", errors="replace")))
        at = end
    raise MalformedPacket(f"SDES with more than {MOST_ITEMS} items")


def _check_length(what: str, body: bytes, needed: int) -> None:
    if len(body) < needed:
        raise MalformedPacket(f"{what} needs {needed} octets and has {len(body)}")


def _chunk(ssrc: int, items: Iterable[tuple[int, str]]) -> bytes:
    chunk = _WORD.pack(ssrc)
    for kind, text in items:
        octets = text.encode()[:255]
        chunk += bytes((kind, len(octets))) + octets
    return _padded(chunk + bytes((_SDES_END,)))


def _padded(body: bytes) -> bytes:
    return body + bytes(-len(body) % 4)


def _packet(kind: int, count: int, body: bytes) -> bytes:
    return _HEADER.pack(VERSION << 6 | count, kind, len(body) // 4) + body
