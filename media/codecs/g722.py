"""G.722 at 64 kbit/s: 16 kHz sound, whose RTP clock runs at 8000 Hz by an old mistake.

RFC 3551 §4.5.2: the clock rate was wrongly assigned, and stays so for compatibility.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from G722 import G722 as Library  # noqa: N811  (a class, for all its name)

from media.codecs import Codec
from media.codecs.concealed import ConcealedDecoder
from media.codecs.pcm16 import from_pcm16, to_pcm16
from media.frame import FloatArray

RATE_HZ: Final = 16000
CLOCK_RATE_HZ: Final = 8000
BIT_RATE: Final = 64000
DELAY_S: Final = 22 / RATE_HZ
"""Of the filters that part the two bands and join them."""
LONGEST_PAYLOAD: Final = 200 * CLOCK_RATE_HZ // 1000
"""Octets, one for two samples; 200 ms (RFC 3551 §4.2)."""


class G722Encoder:
    """Keeps the predictors of both bands."""

    def __init__(self) -> None:
        self._library = Library(RATE_HZ, BIT_RATE)

    def encode(self, samples: FloatArray) -> bytes:
        """One octet for two samples."""
        return bytes(self._library.encode(to_pcm16(samples)))


class _Bands:
    """The memory of both bands, which the packets change one after the other."""

    def __init__(self) -> None:
        self._library = Library(RATE_HZ, BIT_RATE)

    def to_sound(self, payload: bytes) -> FloatArray:
        return from_pcm16(np.frombuffer(self._library.decode(payload), dtype=np.int16))

    def after_gap(self, lately: FloatArray) -> None:
        """Remember what was heard, for want of the packets that would have said it.

        A memory that stood still at the gap's start would meet packets of another sound, and
        click. A new one that has heard all this again is nearer to the sender's.
        """
        even = lately[lately.size % 2 :]
        self._library = Library(RATE_HZ, BIT_RATE)
        self._library.decode(Library(RATE_HZ, BIT_RATE).encode(to_pcm16(even)))


def _decoder() -> ConcealedDecoder:
    bands = _Bands()
    return ConcealedDecoder(bands.to_sound, RATE_HZ, after_gap=bands.after_gap)


def _duration(payload: bytes) -> int:
    return len(payload) if len(payload) <= LONGEST_PAYLOAD else 0


G722: Final = Codec(
    name="G722",
    title="G722",
    clock_rate_hz=CLOCK_RATE_HZ,
    rate_hz=RATE_HZ,
    static_payload_type=9,
    delay_s=DELAY_S,
    encoder=lambda _: G722Encoder(),
    decoder=_decoder,
    duration=_duration,
)
