"""L16: linear samples of 16 bits in network byte order (RFC 3551 §4.5.11)."""

from __future__ import annotations

from typing import Final

import numpy as np

from media.codecs import EVERY_PTIME_MS, Codec
from media.codecs.concealed import ConcealedDecoder
from media.codecs.pcm16 import from_pcm16, to_pcm16
from media.frame import FloatArray

RATES_HZ: Final = (8000, 16000, 44100, 48000)

_STATIC_PAYLOAD_TYPES: Final = {44100: 11}
"""RFC 3551, table 4. Its 10 is the same in stereo, of which no 10 ms fit an Ethernet frame."""

LONGEST_PAYLOAD: Final = 1400
"""Octets: beside the headers, also those of a tunnel, what an Ethernet frame has room for."""

_LONGEST_S: Final = 0.2
"""Of a received packet (RFC 3551 §4.2)."""


class L16Encoder:
    """Keeps no state."""

    def encode(self, samples: FloatArray) -> bytes:
        """Two octets per sample."""
        return to_pcm16(samples).astype(">i2").tobytes()


def _to_sound(payload: bytes) -> FloatArray:
    return from_pcm16(np.frombuffer(payload, dtype=">i2").astype(np.int16))


def _codec(rate_hz: int) -> Codec:
    def duration(payload: bytes) -> int:
        count, rest = divmod(len(payload), 2)
        return 0 if rest or count > _LONGEST_S * rate_hz else count

    return Codec(
        name="L16",
        title=f"L16/{rate_hz}",
        clock_rate_hz=rate_hz,
        rate_hz=rate_hz,
        static_payload_type=_STATIC_PAYLOAD_TYPES.get(rate_hz),
        memoryless=True,
        ptimes_ms=tuple(ms for ms in EVERY_PTIME_MS if ms * rate_hz // 500 <= LONGEST_PAYLOAD),
        encoder=lambda _: L16Encoder(),
        decoder=lambda: ConcealedDecoder(_to_sound, rate_hz, memoryless=True),
        duration=duration,
    )


ALL: Final = tuple(_codec(rate_hz) for rate_hz in RATES_HZ)
