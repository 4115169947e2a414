"""The form sound has everywhere inside: mono, 48 kHz, float32, ten milliseconds at a time."""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

RATE_HZ: Final = 48_000
FRAME_SAMPLES: Final = 480
TICK_S: Final = FRAME_SAMPLES / RATE_HZ
PAIR_SAMPLES: Final = 2 * FRAME_SAMPLES
"""Two frames as one: what the microphone is worked on at a time."""

FloatArray: TypeAlias = npt.NDArray[np.float32]
"""One-dimensional samples, full scale at ±1.0; a frame holds `FRAME_SAMPLES` of them."""


def silence(samples: int = FRAME_SAMPLES) -> FloatArray:
    """A fresh array of `samples` zeros."""
    return np.zeros(samples, dtype=np.float32)


def linear(gain_db: float) -> float:
    """The factor that `gain_db` stands for."""
    return float(10.0 ** (gain_db / 20.0))
