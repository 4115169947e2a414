"""Codecs: what each can do, one file per family. `media.codecs.registry` finds them by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from media.frame import FloatArray


class Encoder(Protocol):
    """One direction of one call; may keep state between packets."""

    def encode(self, samples: FloatArray) -> bytes:
        """One packet's payload from samples at `rate_hz`; what is louder than ±1.0 is clipped."""


class Decoder(Protocol):
    """One direction of one call; keeps what it needs to conceal losses."""

    def decode(self, payload: bytes) -> FloatArray:
        """The samples of one payload at `rate_hz`, joined smoothly to a concealed gap."""

    def conceal(self, count: int) -> FloatArray:
        """`count` samples in place of missing sound, fading to silence as the gap grows."""

    @property
    def silent(self) -> bool:
        """Whether concealment has faded to nothing, or nothing was decoded yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Codec:
    """What negotiation and the stream need to know of one codec."""

    name: str
    """As in `a=rtpmap`, upper case."""
    clock_rate_hz: int
    """Units per second of the RTP timestamp."""
    rate_hz: int
    """Samples per second in and out of encoder and decoder."""
    static_payload_type: int | None
    """From RFC 3551, table 4; None for a dynamic one."""
    encoder: Callable[[], Encoder] = field(repr=False, compare=False)
    decoder: Callable[[], Decoder] = field(repr=False, compare=False)
    duration: Callable[[bytes], int] = field(repr=False, compare=False)
    """RTP clock units that a payload lasts; 0 for a payload that the codec cannot hold."""
