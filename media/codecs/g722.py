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
LONGEST_PAYLOAD: Final = 200 * CLOCK_RATE_HZ // 1000
"""Octets, one for two samples; 200 ms (RFC 3551 §4.2)."""


class G722Encoder:
    """Keeps the predictors of both bands."""

    def __init__(self) -> None:
        self._library = Library(RATE_HZ, BIT_RATE)

    def encode(self, samples: FloatArray) -> bytes:
        """One octet for two samples."""
        return bytes(self._library.encode(to_pcm16(samples)))


def _decoder() -> ConcealedDecoder:
    decoder = Library(RATE_HZ, BIT_RATE)

    def to_sound(payload: bytes) -> FloatArray:
        return from_pcm16(np.frombuffer(decoder.decode(payload), dtype=np.int16))

    return ConcealedDecoder(to_sound, RATE_HZ)


def _duration(payload: bytes) -> int:
    return len(payload) if len(payload) <= LONGEST_PAYLOAD else 0


G722: Final = Codec(
    name="G722",
    title="G722",
    clock_rate_hz=CLOCK_RATE_HZ,
    rate_hz=RATE_HZ,
    static_payload_type=9,
    encoder=lambda _: G722Encoder(),
    decoder=_decoder,
    duration=_duration,
)
