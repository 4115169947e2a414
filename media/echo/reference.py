"""What the loudspeaker played, on the microphone's clock, as spectra of the last half second."""

from __future__ import annotations

from typing import Final

import numpy as np

from media.echo.spectrum import BLOCK, CANCELLED_BINS, WINDOW, ComplexArray, power, transform
from media.frame import FloatArray, silence
from media.resampling.variable import VariableResampler

HISTORY: Final = 60
"""Blocks that are remembered: 400 ms of delay, and the longest response after them."""

UPPER_BANDS: Final = 8
"""Bands above the cancelled bins, of 2 kHz each."""

_SLACK: Final = BLOCK // 2
"""Samples that wait, so that clocks may drift either way until a block is left out or added."""


class Reference:
    """A ring of spectra, each of two blocks that overlap by one; the newest comes first.

    Every row is written twice, one ring length apart, so that any stretch is one slice.
    """

    def __init__(self) -> None:
        self._clock = VariableResampler()
        self._clock.put(silence(_SLACK))
        self._window = silence(WINDOW)
        self._spectra: ComplexArray = np.zeros((2 * HISTORY, CANCELLED_BINS), dtype=np.complex64)
        self._powers = np.zeros((2 * HISTORY, CANCELLED_BINS), dtype=np.float32)
        self._upper = np.zeros((2 * HISTORY, UPPER_BANDS), dtype=np.float32)
        self._peaks = np.zeros(2 * HISTORY, dtype=np.float32)
        self._newest = HISTORY
        self._silent_for = HISTORY
        self._silence = silence()

    @property
    def is_silent(self) -> bool:
        """Whether all that is remembered is silence."""
        return self._silent_for >= HISTORY

    def push(self, loudspeaker: FloatArray | None, drift: float) -> int:
        """Take 10 ms. `drift` is by how many samples the microphone's clock gets ahead meanwhile.

        Returns by how many blocks all that was remembered became older: one, mostly; none or two
        when the clocks have come apart by a block.
        """
        ratio = 1.0 - drift / BLOCK
        self._clock.put(self._silence if loudspeaker is None else loudspeaker)
        blocks = 0
        while blocks < 2 and not self._clock.lacking(BLOCK, ratio):
            self._append(self._clock.take(BLOCK, ratio))
            blocks += 1
        return blocks

    def spectra(self, delay: int, count: int) -> ComplexArray:
        """`count` rows, from the one that is `delay` blocks old on."""
        return self._spectra[self._newest + delay : self._newest + delay + count]

    def powers(self, delay: int, count: int) -> FloatArray:
        """The squared magnitudes of `spectra`."""
        return self._powers[self._newest + delay : self._newest + delay + count]

    def upper_power(self, delay: int) -> FloatArray:
        """Mean squared magnitude in the upper bands, the larger of two blocks."""
        rows = self._upper[self._newest + delay : self._newest + delay + 2]
        louder: FloatArray = np.maximum(rows[0], rows[1])
        return louder

    def peak(self, delay: int) -> float:
        """The largest magnitude in the three blocks that are heard most."""
        return float(self._peaks[self._newest + delay : self._newest + delay + 3].max())

    def _append(self, block: FloatArray) -> None:
        self._window[:BLOCK] = self._window[BLOCK:]
        self._window[BLOCK:] = block
        self._silent_for = 0 if np.any(self._window) else self._silent_for + 1
        if self._silent_for > HISTORY:
            return
        self._newest = (self._newest - 1) % HISTORY
        spectrum = transform(self._window)
        powers = power(spectrum)
        upper = powers[CANCELLED_BINS:].reshape(UPPER_BANDS, -1).mean(axis=1)
        peak = max(float(block.max()), -float(block.min()))
        for row in (self._newest, self._newest + HISTORY):
            self._peaks[row] = peak
            self._spectra[row] = spectrum[:CANCELLED_BINS]
            self._powers[row] = powers[:CANCELLED_BINS]
            self._upper[row] = upper
