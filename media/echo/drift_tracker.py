"""How fast the microphone's clock and the loudspeaker's come apart, heard from the echo itself.

An echo that comes a little later than predicted leaves an error that looks like the prediction's
slope. Their product, over the slope's power, is the delay in samples; its mean, held at zero by a
control loop, is the drift. The filter learns the delay as well, but more slowly than the loop.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from media.echo.spectrum import BLOCK
from media.frame import FloatArray

MOST_PPM: Final = 500.0

_MOST: Final = MOST_PPM * 1e-6 * BLOCK
_SMOOTHING: Final = 0.81
_INTEGRAL: Final = 3e-3
_INTEGRAL_SETTLED: Final = 8e-4
_SETTLED_AFTER: Final = 100
_PROPORTIONAL: Final = 0.06
_FARTHEST: Final = 1.0
"""Samples: what looks like more is a prediction that is not yet good."""
_QUIETEST: Final = 2e-6


class DriftTracker:
    """A control loop that is fed each block's prediction and error."""

    def __init__(self) -> None:
        self._rate = 0.0
        self._late = 0.0
        self._likeness = 0.0
        self._slope_power = 0.0
        self._heard = 0
        self._slope = np.zeros(BLOCK - 2, dtype=np.float32)

    @property
    def ppm(self) -> float:
        """How much faster the microphone's clock is, in parts per million."""
        return self._rate / BLOCK * 1e6

    @property
    def samples_per_block(self) -> float:
        """What the reference has to be moved by in the next block, towards later."""
        return self._rate + _PROPORTIONAL * self._late

    def note(self, prediction: FloatArray, error: FloatArray) -> None:
        """Take one block of the predicted echo, and of what the microphone heard beyond it."""
        np.subtract(prediction[2:], prediction[:-2], out=self._slope)
        slope_power = 0.25 * float(np.dot(self._slope, self._slope))
        likeness = -0.5 * float(np.dot(self._slope, error[1:-1]))
        self._slope_power += (1.0 - _SMOOTHING) * (slope_power - self._slope_power)
        self._likeness += (1.0 - _SMOOTHING) * (likeness - self._likeness)
        if self._slope_power < _QUIETEST:
            self._late = 0.0
            return
        self._late = min(max(self._likeness / self._slope_power, -_FARTHEST), _FARTHEST)
        self._heard += 1
        integral = _INTEGRAL if self._heard < _SETTLED_AFTER else _INTEGRAL_SETTLED
        self._rate = min(max(self._rate + integral * self._late, -_MOST), _MOST)
