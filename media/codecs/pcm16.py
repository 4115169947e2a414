"""Sound as whole numbers of 16 bits, as the libraries of codecs and L16 want it."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from media.frame import FloatArray

_FULL_SCALE: Final = np.float32(32768.0)


def to_pcm16(samples: FloatArray) -> npt.NDArray[np.int16]:
    """Rounded; louder than ±1.0 is clipped."""
    scaled = np.rint(samples * _FULL_SCALE)
    np.maximum(scaled, np.float32(-32768.0), out=scaled)
    np.minimum(scaled, np.float32(32767.0), out=scaled)
    return np.asarray(scaled, dtype=np.int16)


def from_pcm16(numbers: npt.NDArray[np.int16]) -> FloatArray:
    """Full scale is ±1.0."""
    samples: FloatArray = numbers.astype(np.float32)
    samples /= _FULL_SCALE
    return samples
