"""Following a clock that is nearly ours, for sound of which only the lower third matters.

Between two samples runs the polynomial through the ten around it (Lagrange's interpolation). Over
20 ms the place between them moves by so little that its filter moves along a line: two short
convolutions make a block, at a fraction of what `VariableResampler` costs. The filters and their
slopes are in a table, and a place between two of its rows is reached along the slope as well.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from media.frame import PAIR_SAMPLES, FloatArray, silence

_TAPS: Final = 10
"""What they leave of a delay is 70 dB down at 8 kHz and 120 dB at 4 kHz. numpy convolves with up
to eleven without a detour."""
_BEFORE: Final = 4
_AFTER: Final = 5
"""Samples beyond the one at or before the place."""
_LAG: Final = 256
"""Samples that wait at first: clocks come apart by 5 ms before a block is left out, or by 15 ms
before one is added."""
_LINE: Final = 3 * PAIR_SAMPLES
_MIDDLE: Final = (PAIR_SAMPLES - 1) / 2
_PLACES: Final = 256
"""Rows of the table for each sample; halfway between two, the slope is 110 dB right at 8 kHz."""
_ALONG: Final[FloatArray] = np.linspace(-0.5, 0.5, PAIR_SAMPLES, dtype=np.float32)


def _filters() -> FloatArray:
    """For each place, 0 to 1 from its sample on: the taps, and how they change with the place."""
    powers = np.arange(_TAPS)
    samples = np.arange(-_BEFORE, _AFTER + 1, dtype=np.float64)
    polynomials = np.linalg.inv(samples[:, np.newaxis] ** powers)  # a row for each power
    places: npt.NDArray[np.float64] = np.arange(_PLACES + 1)[:, np.newaxis] / _PLACES
    taps = (places**powers) @ polynomials
    slopes = (powers[1:] * places ** powers[:-1]) @ polynomials[1:]
    return np.stack((taps, slopes), axis=1).astype(np.float32)


_FILTERS: Final = _filters()


class LagrangeResampler:
    """Blocks of 960 samples in, and out by another clock; 256 samples late when it begins."""

    def __init__(self) -> None:
        self._line = silence(_LINE)
        self._place = float(_LINE - _LAG)  # of the next sample to go out, in the line

    def put(self, block: FloatArray) -> None:
        """Take the next block. What was not taken within two blocks is lost."""
        line = self._line
        line[:-PAIR_SAMPLES] = line[PAIR_SAMPLES:]
        line[-PAIR_SAMPLES:] = block
        self._place -= PAIR_SAMPLES

    def take(self, drift: float) -> FloatArray | None:
        """A block in a fresh array, None while too little waits for it.

        `drift` is by how many samples the clock of what goes out gets ahead meanwhile: a few
        tenths at most.
        """
        if self._place + PAIR_SAMPLES - drift + _AFTER > _LINE:
            return None
        amid = self._place - drift * (_MIDDLE / PAIR_SAMPLES)
        sample = int(amid)
        row = round((amid - sample) * _PLACES)
        taps, slopes = _FILTERS[row]
        taps = taps + slopes * np.float32(amid - sample - row / _PLACES)
        around = self._line[sample - _BEFORE : sample + PAIR_SAMPLES + _AFTER]
        block = np.correlate(around, slopes * np.float32(-drift))
        block *= _ALONG
        block += np.correlate(around, taps)
        self._place += PAIR_SAMPLES - drift
        return block
