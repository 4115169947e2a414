"""What the filter got wrong, as the spectra that its learning and the suppression need.

Three windows are transformed in one call, which costs little more than one of them.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from media.echo.spectrum import BLOCK, LENGTH, WINDOW, ComplexArray, transform
from media.frame import FloatArray

_HANN: Final = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)
SHAPE: Final[FloatArray] = np.sqrt(_HANN).astype(np.float32)
"""Of a window of sound: what was multiplied by it twice adds up to itself where windows overlap."""
FADING: Final[FloatArray] = _HANN[BLOCK:].astype(np.float32)
"""What such a window has in its second block, twice multiplied."""

_LOUD_SHAPE: Final[FloatArray] = SHAPE * LENGTH


class Analysis:
    """Remembers one block of the prediction and of the error."""

    def __init__(self) -> None:
        self._sound = np.zeros((2, WINDOW), dtype=np.float32)
        self._prediction, self._error = self._sound
        self._windows = np.zeros((3, WINDOW), dtype=np.float32)
        self._block, self._shaped = self._windows[0, BLOCK:], self._windows[1:]

    def take(self, prediction: FloatArray, error: FloatArray) -> ComplexArray:
        """Three rows: the error's block behind silence; the last two blocks of the prediction, and
        of the error, shaped.
        """
        sound = self._sound
        sound[:, :BLOCK] = sound[:, BLOCK:]
        self._prediction[BLOCK:], self._error[BLOCK:] = prediction, error
        np.multiply(sound, _LOUD_SHAPE, self._shaped)
        np.multiply(error, LENGTH, self._block)
        return transform(self._windows)

    def pass_by(self, error: FloatArray) -> FloatArray:
        """Take a block for which nothing was predicted, and give the one before it."""
        before = self._error[BLOCK:].copy()
        self._error[:BLOCK] = before
        self._error[BLOCK:] = error
        self._prediction[:BLOCK] = self._prediction[BLOCK:]
        self._prediction[BLOCK:] = 0.0
        return before
