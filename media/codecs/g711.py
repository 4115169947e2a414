"""G.711 µ-law and A-law by tables, made from the decision and quantised values of the standard.

The recommendation defines the code by decision values of the *magnitude* (tables 1a to 2b): the
negative half mirrors the positive one. Encoders that shift a negative two's complement number
right round its magnitude up instead and so miss the code for µ-law inputs just below each of the
127 decision values, three 16-bit inputs for each (381 in all). These tables compare magnitudes.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from media.codecs import Codec
from media.codecs.concealed import ConcealedDecoder
from media.frame import FloatArray

RATE_HZ: Final = 8000
LONGEST_PAYLOAD: Final = 200 * RATE_HZ // 1000
"""Octets; 200 ms, the longest that RFC 3551 §4.2 asks receivers to take."""

_POSITIVE: Final = 0x80  # the sign bit of both laws, before A-law's and µ-law's bit inversions

_Magnitudes = npt.NDArray[np.int32]


def ulaw_decision_values() -> _Magnitudes:
    """Lower bounds of the 128 magnitude intervals on the 16-bit scale (G.711 table 2a, times 4).

    Eight segments of 16 intervals, each twice as wide as in the segment below; the first interval
    of all is half of one, because the zero lies in its middle.
    """
    widths = np.repeat(2 << np.arange(8), 16).astype(np.int32)
    widths[0] = 1
    return np.asarray(4 * (np.cumsum(widths) - widths), dtype=np.int32)


def alaw_decision_values() -> _Magnitudes:
    """Lower bounds of the 128 magnitude intervals on the 16-bit scale (G.711 table 1a, times 8)."""
    widths = np.repeat(2 << np.maximum(np.arange(8) - 1, 0), 16).astype(np.int32)
    return np.asarray(8 * (np.cumsum(widths) - widths), dtype=np.int32)


_ULAW_VIRTUAL_END: Final = 4 * 8159
_ALAW_VIRTUAL_END: Final = 8 * 4096
"""The decision values above the last interval, which exist to place its quantised value only."""


def _quantised(decisions: _Magnitudes, virtual_end: int) -> _Magnitudes:
    """The middle of each interval: what the code of it decodes to."""
    return np.asarray((decisions + np.append(decisions[1:], virtual_end)) // 2, dtype=np.int32)


def _encode_table(decisions: _Magnitudes, inversion: int) -> npt.NDArray[np.uint8]:
    """The code of each 16-bit sample, the lowest one's first."""
    samples = np.arange(-32768, 32768, dtype=np.int32)
    interval = np.searchsorted(decisions, np.abs(samples), side="right") - 1
    sign = np.where(samples >= 0, _POSITIVE, 0)
    return np.asarray((sign | interval) ^ inversion, dtype=np.uint8)


def _decode_table(quantised: _Magnitudes, inversion: int) -> FloatArray:
    codes = np.arange(256) ^ inversion
    magnitudes = (quantised[codes & 0x7F] / 32768.0).astype(np.float32)
    return np.asarray(np.where(codes & _POSITIVE, magnitudes, -magnitudes), dtype=np.float32)


# µ-law sends all bits but the sign inverted, A-law every other bit (G.711 notes to tables 1a, 2a).
_ULAW_INVERSION: Final = 0x7F
_ALAW_INVERSION: Final = 0x55

ULAW_CODES: Final = _encode_table(ulaw_decision_values(), _ULAW_INVERSION)
ALAW_CODES: Final = _encode_table(alaw_decision_values(), _ALAW_INVERSION)

_ulaw_quantised = _quantised(ulaw_decision_values(), _ULAW_VIRTUAL_END)
_ulaw_quantised[0] = 0  # the two half intervals about zero decode to zero, not to their middles
ULAW_SAMPLES: Final = _decode_table(_ulaw_quantised, _ULAW_INVERSION)
ALAW_SAMPLES: Final = _decode_table(
    _quantised(alaw_decision_values(), _ALAW_VIRTUAL_END), _ALAW_INVERSION
)


_SCALE: Final = np.float32(32768.0)


class G711Encoder:
    """Float samples to codes by one table look-up each."""

    def __init__(self, codes: npt.NDArray[np.uint8]) -> None:
        self._codes = codes

    def encode(self, samples: FloatArray) -> bytes:
        """One octet per sample; louder than ±1.0 is clipped."""
        # Truncation is exact here: all decision values are whole numbers of the 16-bit scale.
        places = (samples * _SCALE).astype(np.intp)
        places += 32768
        return self._codes.take(places, mode="clip").tobytes()


def _decoder(samples: FloatArray) -> ConcealedDecoder:
    """Codes to float samples by one table look-up each."""
    return ConcealedDecoder(
        lambda payload: samples.take(np.frombuffer(payload, dtype=np.uint8)),
        RATE_HZ,
        memoryless=True,
    )


def _duration(payload: bytes) -> int:
    return len(payload) if len(payload) <= LONGEST_PAYLOAD else 0


PCMU: Final = Codec(
    name="PCMU",
    title="PCMU",
    clock_rate_hz=RATE_HZ,
    rate_hz=RATE_HZ,
    static_payload_type=0,
    memoryless=True,
    encoder=lambda _: G711Encoder(ULAW_CODES),
    decoder=lambda: _decoder(ULAW_SAMPLES),
    duration=_duration,
)
PCMA: Final = Codec(
    name="PCMA",
    title="PCMA",
    clock_rate_hz=RATE_HZ,
    rate_hz=RATE_HZ,
    static_payload_type=8,
    memoryless=True,
    encoder=lambda _: G711Encoder(ALAW_CODES),
    decoder=lambda: _decoder(ALAW_SAMPLES),
    duration=_duration,
)
