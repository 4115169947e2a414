"""What the loudspeaker played, on the microphone's clock, as spectra of the last half second."""

from __future__ import annotations

from typing import Final

import numpy as np

from media.echo.spectrum import (
    BINS,
    BLOCK,
    CANCELLED_BINS,
    LENGTH,
    WINDOW,
    ComplexArray,
    constant,
    power,
    transform,
)
from media.frame import FloatArray, silence
from media.resampling.lagrange import LagrangeResampler

HISTORY: Final = 30
"""Blocks that are remembered: 400 ms of delay, and the longest response after them."""

UPPER_BANDS: Final = 8
"""Bands above the cancelled bins, of 2 kHz each."""

_UPPER_WIDTH: Final = (BINS - CANCELLED_BINS) // UPPER_BANDS
_SHARE: Final = constant(1.0 / _UPPER_WIDTH)

_OF_SPECTRUM: Final = slice(2 * CANCELLED_BINS)
_OF_POWERS: Final = slice(2 * CANCELLED_BINS, 3 * CANCELLED_BINS)
_OF_UPPER: Final = slice(3 * CANCELLED_BINS, 3 * CANCELLED_BINS + UPPER_BANDS)
_OF_PEAK: Final = 3 * CANCELLED_BINS + UPPER_BANDS
_ROW: Final = (_OF_PEAK + 2) // 2 * 2
"""Numbers in a row; a whole number of complex ones, as the spectrum is seen as such."""


class Reference:
    """A ring of rows, each about two blocks that overlap by one; the newest comes first.

    Every row is written twice, one ring length apart, so that any stretch is one slice.
    """

    def __init__(self) -> None:
        self._clock = LagrangeResampler()
        self._window = silence(WINDOW)
        self._row = silence(_ROW)
        self._row_spectrum: ComplexArray = self._row[_OF_SPECTRUM].view(np.complex64)
        rows = np.zeros((2 * HISTORY, _ROW), dtype=np.float32)
        self._twice = rows.reshape(2, HISTORY, _ROW)
        self._spectra: ComplexArray = rows[:, _OF_SPECTRUM].view(np.complex64)
        self._powers = rows[:, _OF_POWERS]
        self._upper = rows[:, _OF_UPPER]
        self._peaks = rows[:, _OF_PEAK]
        self._newest = HISTORY
        self._silent_for = HISTORY
        self._silence = silence(BLOCK)

    @property
    def is_silent(self) -> bool:
        """Whether all that is remembered is silence."""
        return self._silent_for >= HISTORY

    def push(self, loudspeaker: FloatArray | None, drift: float) -> int:
        """Take 20 ms. `drift` is by how many samples the microphone's clock gets ahead meanwhile.

        Returns by how many blocks all that was remembered became older: one, mostly; none or two
        when the clocks have come apart by a block.
        """
        self._clock.put(self._silence if loudspeaker is None else loudspeaker)
        blocks = 0
        while blocks < 2 and (block := self._clock.take(drift)) is not None:
            self._append(block)
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
        """The largest magnitude in the two blocks that are heard most."""
        first = self._newest + delay
        return max(self._peaks.item(first), self._peaks.item(first + 1))

    def _append(self, block: FloatArray) -> None:
        self._window[:BLOCK] = self._window[BLOCK:]
        np.multiply(block, LENGTH, self._window[BLOCK:])
        peak = max(block.item(block.argmax()), -block.item(block.argmin()))
        self._silent_for = 0 if peak or self._row.item(_OF_PEAK) else self._silent_for + 1
        if self._silent_for > HISTORY:
            return
        self._newest = (self._newest - 1) % HISTORY
        spectrum = transform(self._window)
        powers = power(spectrum)
        row = self._row
        self._row_spectrum[:] = spectrum[:CANCELLED_BINS]
        row[_OF_POWERS] = powers[:CANCELLED_BINS]
        upper = powers[CANCELLED_BINS:].reshape(UPPER_BANDS, _UPPER_WIDTH)
        np.add.reduce(upper, axis=1, out=row[_OF_UPPER])
        row[_OF_UPPER] *= _SHARE
        row[_OF_PEAK] = peak
        self._twice[:, self._newest] = row
