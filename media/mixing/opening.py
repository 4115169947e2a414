"""Sound that begins anywhere in a wave, and does not click for it."""

from __future__ import annotations

from typing import Final

import numpy as np

from media.frame import FRAME_SAMPLES, FloatArray

_SAMPLES: Final = 240
"""5 ms, in which the height of the first sample is worked off. That takes nothing from a word that
begins with it, as a fade would."""

_OPENING: Final = np.maximum(1 - np.arange(FRAME_SAMPLES) / _SAMPLES, 0).astype(np.float32)


def opened(frame: FloatArray) -> FloatArray:
    """A fresh frame that rises from zero, to be heard after silence."""
    rising: FloatArray = frame - frame[0] * _OPENING
    return rising
