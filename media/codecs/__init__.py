"""Codecs: what each can do, one file per family. `media.codecs.registry` finds them by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol

from media.codecs.system_library import SystemLibrary
from media.frame import FloatArray


class Encoder(Protocol):
    """One direction of one call; may keep state between packets."""

    def encode(self, samples: FloatArray) -> bytes:
        """One packet's payload from samples at `rate_hz`; what is louder than ±1.0 is clipped.

        `b""`: nothing needs to be sent for this time (silence suppression).
        """


class Decoder(Protocol):
    """One direction of one call; keeps what it needs to conceal losses. Takes any payload."""

    def decode(self, payload: bytes) -> FloatArray:
        """The samples of one payload at `rate_hz`, joined smoothly to a concealed gap."""

    def conceal(self, count: int) -> FloatArray:
        """`count` samples in place of missing sound, fading to silence as the gap grows."""

    def recover(self, following: bytes, count: int) -> FloatArray | None:
        """The `count` samples before `following`, from what that payload tells of them.

        It is decoded next. None: it tells nothing, and the gap is to be concealed.
        """

    @property
    def silent(self) -> bool:
        """Whether concealment has faded to nothing, or nothing was decoded yet."""


EVERY_PTIME_MS: Final = (10, 20, 30, 40, 50, 60)
"""Packets are filled by whole frames of the engine, and longer ones lose too much at once."""

WHOLE_20_MS: Final = (20, 40, 60)
"""For codecs whose own frames last 20 ms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Codec:
    """What negotiation and the stream need to know of one codec."""

    name: str
    """As in `a=rtpmap`; compared without regard to case."""
    title: str
    """What settings and people call it: the name, and the rate where there are several."""
    clock_rate_hz: int
    """Units per second of the RTP timestamp."""
    rate_hz: int
    """Samples per second in and out of encoder and decoder."""
    static_payload_type: int | None
    """From RFC 3551, table 4; None for a dynamic one."""
    channels: int = 1
    """As in `a=rtpmap`; the sound is mono whatever it says."""
    parameters: str = ""
    """What our own `a=fmtp` says of it; empty: there is none."""
    ptimes_ms: tuple[int, ...] = EVERY_PTIME_MS
    """Lengths of the packets that it can fill, which must fit an Ethernet frame; ascending."""
    repeats: bool = False
    """Whether a packet can repeat the sound before it, so that a loss is found again in it."""
    memoryless: bool = False
    """Whether each packet is decoded by itself: the first one's sound is there from its start."""
    delay_s: float = 0.0
    """By how much what is decoded is behind what was encoded."""
    library: SystemLibrary | None = None
    """What the system must have for encoder and decoder to work, if anything."""
    headroom_s: float = 0.0
    """How much later than others it is played: what repeats a lost packet has to be here."""
    encoder: Callable[[str], Encoder] = field(repr=False, compare=False)
    """Takes the parameters that the peer's `a=fmtp` gives for it, or an empty string."""
    decoder: Callable[[], Decoder] = field(repr=False, compare=False)
    duration: Callable[[bytes], int] = field(repr=False, compare=False)
    """RTP clock units that a payload lasts; 0 for a payload that the codec cannot hold."""
