"""RTCP extended reports (RFC 3611): clocks of who only listens, and how a call sounds."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Final, TypeAlias

from media.errors import MalformedPacket

EXTENDED_REPORT: Final = 207
"""RTCP packet type."""
MOST_BLOCKS: Final = 32
"""Of one packet; what follows them is not read."""

UNAVAILABLE: Final = 127
"""In place of a level or score that is not known."""

_HIGHEST_R: Final = 100
_SCORES: Final = range(10, 51)

_RECEIVER_TIME: Final = 4
_DELAY: Final = 5
_VOIP_METRICS: Final = 7

_WORD: Final = struct.Struct("!I")
_BLOCK_HEADER: Final = struct.Struct("!BBH")
_TIME: Final = struct.Struct("!Q")
_DELAY_OF_ONE: Final = struct.Struct("!III")
_METRICS: Final = struct.Struct("!I4B4HbbBB4BBBHHH")
_RESERVED: Final = 18  # the place among its values of the octet that means nothing


@dataclass(frozen=True, slots=True)
class ReceiverReferenceTime:
    """The wall clock of somebody who sends no sender reports (§4.4): 64 bits of NTP time."""

    ntp: int

    def __bytes__(self) -> bytes:
        return _block(_RECEIVER_TIME, _TIME.pack(self.ntp))


@dataclass(frozen=True, slots=True)
class ReferenceDelay:
    """When one such clock was heard (§4.5)."""

    ssrc: int
    """Whose clock it was."""
    last_reference: int
    """The middle 32 bits of its NTP time."""
    delay: int
    """1/65536 s from its arrival to this report."""


@dataclass(frozen=True, slots=True)
class ReferenceDelays:
    """The answer to receiver reference times (§4.5)."""

    delays: tuple[ReferenceDelay, ...]

    def __bytes__(self) -> bytes:
        body = (
            _DELAY_OF_ONE.pack(each.ssrc, each.last_reference, each.delay) for each in self.delays
        )
        return _block(_DELAY, b"".join(body))


@dataclass(frozen=True, slots=True, kw_only=True)
class VoipMetrics:
    """How a call sounds (§4.7). Rates and densities are in 256ths, times in milliseconds."""

    ssrc: int
    """Who is heard."""
    loss_rate: int
    discard_rate: int
    burst_density: int
    gap_density: int
    burst_ms: int
    gap_ms: int
    round_trip_ms: int
    """0: not known."""
    end_system_ms: int
    signal_dbm: int = UNAVAILABLE
    noise_dbm: int = UNAVAILABLE
    echo_return_loss_db: int = UNAVAILABLE
    gmin: int
    r_factor: int = UNAVAILABLE
    """0 to 100."""
    external_r_factor: int = UNAVAILABLE
    mos_listening: int = UNAVAILABLE
    """Tenths, 10 to 50."""
    mos_conversation: int = UNAVAILABLE
    receiver: int = 0
    """Concealment, kind of the jitter buffer and its speed (§4.7.6)."""
    buffer_nominal_ms: int = 0
    buffer_maximum_ms: int = 0
    buffer_limit_ms: int = 0

    @property
    def told_r_factor(self) -> int | None:
        """R if it is told; what is out of its range counts as untold (§4.7.5)."""
        return self.r_factor if self.r_factor <= _HIGHEST_R else None

    @property
    def told_mos(self) -> float | None:
        """The score of listening, 1 to 5, if it is told."""
        return self.mos_listening / 10 if self.mos_listening in _SCORES else None

    def __bytes__(self) -> bytes:
        body = _METRICS.pack(
            self.ssrc,
            self.loss_rate,
            self.discard_rate,
            self.burst_density,
            self.gap_density,
            self.burst_ms,
            self.gap_ms,
            self.round_trip_ms,
            self.end_system_ms,
            self.signal_dbm,
            self.noise_dbm,
            self.echo_return_loss_db,
            self.gmin,
            self.r_factor,
            self.external_r_factor,
            self.mos_listening,
            self.mos_conversation,
            self.receiver,
            0,
            self.buffer_nominal_ms,
            self.buffer_maximum_ms,
            self.buffer_limit_ms,
        )
        return _block(_VOIP_METRICS, body)


ExtendedBlock: TypeAlias = ReceiverReferenceTime | ReferenceDelays | VoipMetrics


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendedReport:
    """One XR packet; blocks of other kinds are left out."""

    ssrc: int
    """Who reports."""
    blocks: tuple[ExtendedBlock, ...]
    malformed: int = 0
    """Blocks that could not be read."""

    def __bytes__(self) -> bytes:
        body = _WORD.pack(self.ssrc) + b"".join(map(bytes, self.blocks))
        return _BLOCK_HEADER.pack(2 << 6, EXTENDED_REPORT, len(body) // 4) + body


def read_extended_report(body: bytes, _count: int) -> ExtendedReport:
    """Read what follows the header of an XR packet.

    A block that cannot be read is counted; one whose length leads out of the packet ends it.

    Raises:
        MalformedPacket: there is no SSRC.
    """
    if len(body) < _WORD.size:
        raise MalformedPacket(f"XR needs {_WORD.size} octets and has {len(body)}")
    (ssrc,) = _WORD.unpack_from(body)
    read = list(_blocks(body))
    return ExtendedReport(
        ssrc=ssrc,
        blocks=tuple(block for block in read if block is not None),
        malformed=read.count(None),
    )


def _blocks(body: bytes) -> Iterator[ExtendedBlock | None]:
    """The blocks of kinds that we know; None for each that is malformed."""
    at = _WORD.size
    for _ in range(MOST_BLOCKS):
        if at == len(body):
            return
        start = at + _BLOCK_HEADER.size
        if start > len(body):
            yield None
            return
        kind, _, words = _BLOCK_HEADER.unpack_from(body, at)
        at = start + 4 * words
        if at > len(body):
            yield None
            return
        contents = body[start:at]
        if kind == _RECEIVER_TIME:
            is_whole = len(contents) == _TIME.size
            yield ReceiverReferenceTime(*_TIME.unpack(contents)) if is_whole else None
        elif kind == _DELAY:
            yield _read_delays(contents)
        elif kind == _VOIP_METRICS:
            yield _read_metrics(contents)


def _read_delays(contents: bytes) -> ReferenceDelays | None:
    if len(contents) % _DELAY_OF_ONE.size:
        return None
    return ReferenceDelays(
        tuple(ReferenceDelay(*each) for each in _DELAY_OF_ONE.iter_unpack(contents))
    )


def _read_metrics(contents: bytes) -> VoipMetrics | None:
    if len(contents) != _METRICS.size:
        return None
    values = _METRICS.unpack(contents)
    without_reserved = (*values[:_RESERVED], *values[_RESERVED + 1 :])
    names = (field.name for field in fields(VoipMetrics))
    return VoipMetrics(**dict(zip(names, without_reserved, strict=True)))


def _block(kind: int, contents: bytes) -> bytes:
    return _BLOCK_HEADER.pack(kind, 0, len(contents) // 4) + contents
