"""Takes down what the filter left of the echo, bin by bin, and as little else as it can.

How much of the echo is left is the sum of what the filter knows not to know, of what was never
seen to be less in a band (the loudspeaker's distortion, the late room), and of what still looks
like the prediction (the path has just changed). The gain of each bin follows from its share; it is
gentle while somebody speaks near the microphone and thorough while nobody does. What is taken
away is filled up to the noise of the room, so that the line never sounds dead.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from media.echo.analysis import FADING, SHAPE
from media.echo.reference import UPPER_BANDS
from media.echo.spectrum import (
    BINS,
    BLOCK,
    CANCELLED_BINS,
    ComplexArray,
    constant,
    inverse,
)
from media.frame import FloatArray, silence

_BANDS: Final = 20
_SPEECH: Final = (12, 220)  # bins: 300 Hz to 5.5 kHz

_ROOM_FALLS: Final = constant(0.42)
"""Of a band's echo from block to block, at most: the late room."""
_UNKNOWN_COUNTS: Final = 1.9
_UNKNOWN_COUNTS_AT_FIRST: Final = 5.0
_CONFIDENCE_GROWS: Final = 0.012
"""Of the way from the one to the other, for each block with an echo: in two seconds or so."""
_LEFT_COUNTS: Final = constant(2.0)
_LEFT_FALLS: Final = 0.5
_LEFT_AT_FIRST: Final = 0.01
_LEAST: Final = constant(1e-4)
_LOUDNESSES: Final = 4
"""Halves of the diaphragm's way that are told apart: the louder, the more it distorts."""
_COUNTS: Final = 0.02
"""Power of an echo in a bin from which on what is left of it can be told from noise."""
_MEANS_MOVE: Final = np.array([[0.08], [0.08], [0.19], [0.19]], dtype=np.float32)
"""For each block: what error and prediction have in common, prediction, error, echo."""
_UNLIKE: Final = constant(0.45)
"""Likeness below which error and prediction have nothing in common."""

_NOISE_MOVES: Final = constant(0.3)
_NOISE_RISES: Final = constant(1.016)
"""For every second block; 1.7 dB a second."""
_NOISE_KEPT: Final = constant(0.7)
_LOWEST_GAIN: Final = constant(0.01)

_NOBODY: Final = 0.2
_SOMEBODY: Final = 0.45
"""Mean of the bands' decades above what is explained by echo and noise."""
_MOST_ABOVE: Final = 100.0
_PRESENCE_FALLS: Final = 0.94
_THOROUGH: Final = 28.0
_GENTLE: Final = 0.2
"""Near end, against what is left of the echo, of which half passes: nobody speaks, or somebody."""
_MEMORY: Final = 0.86

_SILENCE: Final = constant(2e-6)
"""Added to powers, so that none is divided by nothing."""
_SMALL: Final = constant(4e-3)
_NOTHING: Final = constant(0.0)
_ONE: Final = constant(1.0)
_THRICE: Final = constant(3.0)
_KEPT: Final = constant(1.0 - _LEFT_FALLS)
_TAKEN: Final = constant(_LEFT_FALLS)
_REMEMBERED: Final = constant(_MEMORY)
_ADDED: Final = constant(1.0 - _MEMORY)


class ResidualSuppressor:
    """Works on windows of 40 ms that overlap by half: 20 ms late."""

    def __init__(self) -> None:
        self._tail = silence(BLOCK)
        edges = np.unique(np.round(np.geomspace(4, BINS, _BANDS + 1)).astype(int))
        edges[0] = 0
        self._starts = edges[:-1]
        self._widths = np.diff(edges)
        self._speech = slice(*np.searchsorted(self._starts, _SPEECH))
        bands = self._starts.size
        # One row for each of these, so that the bands of all are added up at once.
        self._rows = np.full((6, BINS), _SILENCE, dtype=np.float32)
        self._common, self._predicted, self._heard, self._echo = self._rows[:4]
        self._unknown, self._noise = self._rows[4:]
        self._upper_echo = self._echo[CANCELLED_BINS:].reshape(UPPER_BANDS, -1)
        self._means = np.zeros((4, bands), dtype=np.float32)
        self._left = np.full((_LOUDNESSES, bands), _LEFT_AT_FIRST, dtype=np.float32)
        self._left[:, self._starts >= CANCELLED_BINS] = 1.0  # nothing of it is predicted
        self._counts = (_COUNTS * self._widths).astype(np.float32)
        self._caution = _UNKNOWN_COUNTS_AT_FIRST
        self._uncertainty = np.zeros(CANCELLED_BINS, dtype=np.float32)
        self._smoothed: FloatArray | None = None
        self._is_noise_due = False
        self._near_end = np.zeros(BINS, dtype=np.float32)
        self._likeness = np.zeros(bands, dtype=np.float32)
        self.presence = 0.0
        """How surely somebody speaks near the microphone, 0 to 1."""

    @property
    def change(self) -> FloatArray | None:
        """For each cancelled bin, how much of the prediction is still in the error, 0 to 1.

        None: nothing in any of them.
        """
        if not self._likeness.any():
            return None
        return self._likeness.repeat(self._widths)[:CANCELLED_BINS]

    def pass_on(self, before: FloatArray, error: FloatArray) -> FloatArray:
        """Take a block that has no echo in it, and give the one before, as it is."""
        self._tail = error * FADING
        return before

    def suppress(
        self,
        spectra: ComplexArray,
        uncertainty: FloatArray,
        upper_power: FloatArray,
        peak: float,
        *,
        is_lost: bool,
    ) -> FloatArray:
        """The block before of what the filter left.

        `spectra` are those of prediction and error, `uncertainty` is the filter's. `upper_power` is
        what was played above the cancelled bins, `UPPER_BANDS` of it; `peak` how far the
        loudspeaker's diaphragm went. `is_lost`: the prediction is of no use now.
        """
        self._note_spectra(spectra, upper_power)
        self._note_uncertainty(uncertainty)
        bands = np.add.reduceat(self._rows, self._starts, axis=1)
        self._note_bands(bands[:4], is_lost=is_lost)
        share = self._share_left(peak, is_lost=is_lost)
        self._note_presence(bands, share)
        self._note_noise()
        residual = share.repeat(self._widths)
        residual *= self._echo
        residual += self._unknown
        frame = inverse(spectra[1] * self._gain(residual))
        frame *= SHAPE
        out = self._tail
        out += frame[:BLOCK]
        self._tail = frame[BLOCK:]
        return out

    def _note_spectra(self, spectra: ComplexArray, upper_power: FloatArray) -> None:
        """Take those of prediction and error."""
        conjugates = spectra.conj()
        self._common[:] = (spectra[1] * conjugates[0]).real
        conjugates *= spectra
        np.add(conjugates.real, _SILENCE, self._rows[1:3])
        echo, upper_echo = self._echo, self._upper_echo
        echo *= _ROOM_FALLS
        below = slice(CANCELLED_BINS)
        np.maximum(echo[below], self._predicted[below], out=echo[below])
        np.maximum(upper_echo, upper_power[:, np.newaxis], out=upper_echo)

    def _note_uncertainty(self, uncertainty: FloatArray) -> None:
        self._caution += _CONFIDENCE_GROWS * (_UNKNOWN_COUNTS - self._caution)
        both = self._uncertainty + uncertainty  # of the two blocks in the window
        np.multiply(both, constant(0.5 * self._caution), self._unknown[:CANCELLED_BINS])
        self._uncertainty = uncertainty

    def _note_bands(self, bands: FloatArray, *, is_lost: bool) -> None:
        """`bands`: what error and prediction have in common, and the powers of prediction, error
        and echo.
        """
        means = self._means
        change = bands - means
        change *= _MEANS_MOVE
        means += change
        share = np.abs(means[0])
        share /= means[1] + _SMALL
        np.minimum(share, _ONE, out=share)
        is_like = share > _UNLIKE
        share *= share
        share *= is_like
        if is_lost:
            share.fill(1.0)
        self._likeness = share

    def _share_left(self, peak: float, *, is_lost: bool) -> FloatArray:
        """How much of each band's echo is left, as far as `uncertainty` does not tell."""
        left = self._left[min(int(-math.log2(max(peak, 1e-3))), _LOUDNESSES - 1)]
        error, echo = self._means[2:]
        lower = error / echo
        lower *= _TAKEN
        lower += _KEPT * left
        np.maximum(lower, _LEAST, out=lower)
        np.minimum(left, lower, out=left, where=echo > self._counts)
        share: FloatArray = left * _LEFT_COUNTS
        share += self._likeness
        if is_lost:  # there is the echo, and a prediction that has nothing to do with it
            share += _ONE
        return share

    def _note_presence(self, bands: FloatArray, share: FloatArray) -> None:
        heard, echo, unknown, noise = bands[2:, self._speech]
        explained = noise * _THRICE
        explained += unknown
        explained += share[self._speech] * echo
        above = (heard / explained).tolist()
        product = math.prod(min(max(band, 1.0), _MOST_ABOVE) for band in above)
        mean = math.log10(product) / len(above)
        presence = min(max((mean - _NOBODY) / (_SOMEBODY - _NOBODY), 0.0), 1.0)
        self.presence = max(presence, _PRESENCE_FALLS * self.presence)

    def _note_noise(self) -> None:
        """For every second block, as noise is slow."""
        if self._smoothed is None:
            self._smoothed = self._heard.copy()
            self._noise[:] = self._heard
        self._is_noise_due = not self._is_noise_due
        if not self._is_noise_due:
            return
        change = self._heard - self._smoothed
        change *= _NOISE_MOVES
        self._smoothed += change
        self._noise *= _NOISE_RISES
        np.minimum(self._noise, self._smoothed, out=self._noise)

    def _gain(self, residual: FloatArray) -> FloatArray:
        weight = _THOROUGH * (_GENTLE / _THOROUGH) ** self.presence
        heard, near_end = self._heard, self._near_end
        ratio = heard / residual
        above = ratio - _ONE
        np.maximum(above, _NOTHING, out=above)
        above *= _ADDED
        near_end *= _REMEMBERED
        near_end += above
        gain: FloatArray = near_end / (near_end + constant(weight))
        np.multiply(gain, gain, near_end)
        near_end *= ratio
        to_noise = self._noise / heard
        to_noise *= _NOISE_KEPT
        np.sqrt(to_noise, to_noise)
        np.minimum(to_noise, _ONE, out=to_noise)
        np.maximum(gain, to_noise, out=gain)
        np.maximum(gain, _LOWEST_GAIN, out=gain)
        return gain
