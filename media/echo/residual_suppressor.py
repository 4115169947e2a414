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

from media.echo.reference import UPPER_BANDS
from media.echo.spectrum import (
    BINS,
    BLOCK,
    CANCELLED_BINS,
    WINDOW,
    ComplexArray,
    constant,
    inverse,
    transform,
)
from media.frame import FloatArray, silence

_BANDS: Final = 20
_SPEECH: Final = (6, 110)  # bins: 300 Hz to 5.5 kHz

_ROOM_FALLS: Final = constant(0.65)
"""Of a band's echo from block to block, at most: the late room."""
_UNKNOWN_COUNTS: Final = 1.9
_UNKNOWN_COUNTS_AT_FIRST: Final = 5.0
_CONFIDENCE_GROWS: Final = 0.006
"""Of the way from the one to the other, for each block with an echo: in two seconds or so."""
_LEFT_COUNTS: Final = constant(2.0)
_LEFT_FALLS: Final = 0.3
_LEFT_AT_FIRST: Final = 0.01
_LEAST: Final = constant(1e-4)
_LOUDNESSES: Final = 4
"""Halves of the diaphragm's way that are told apart: the louder, the more it distorts."""
_MEANS_MOVE: Final = constant(0.1)
_LIKENESS_MOVES: Final = constant(0.04)
_UNLIKE: Final = constant(0.45)
"""Likeness below which error and prediction have nothing in common."""

_NOISE_RISES: Final = constant(1.004)
_NOISE_KEPT: Final = constant(0.7)
_LOWEST_GAIN: Final = constant(0.01)

_NOBODY: Final = 0.2
_SOMEBODY: Final = 0.45
"""Mean of the bands' decades above what is explained by echo and noise."""
_MOST_ABOVE: Final = 100.0
_PRESENCE_FALLS: Final = 0.97
_THOROUGH: Final = 20.0
_GENTLE: Final = 0.2
_MEMORY: Final = 0.9

_TINY: Final = constant(1e-6)
_SMALL: Final = constant(1e-3)
_NOTHING: Final = constant(0.0)
_ONE: Final = constant(1.0)
_THRICE: Final = constant(3.0)
_KEPT: Final = constant(1.0 - _LEFT_FALLS)
_TAKEN: Final = constant(_LEFT_FALLS)
_REMEMBERED: Final = constant(_MEMORY)
_ADDED: Final = constant(1.0 - _MEMORY)
_HIGHEST: Final = constant(1e4)


class ResidualSuppressor:
    """Works on windows of 20 ms that overlap by half: 10 ms late."""

    def __init__(self) -> None:
        hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)
        self._shape = np.sqrt(hann).astype(np.float32)
        self._fading = hann[BLOCK:].astype(np.float32)
        self._windows = np.zeros((2, WINDOW), dtype=np.float32)
        self._prediction, self._error = self._windows
        self._tail = silence()
        edges = np.unique(np.round(np.geomspace(2, BINS, _BANDS + 1)).astype(int))
        edges[0] = 0
        self._starts = edges[:-1]
        self._widths = np.diff(edges)
        self._speech = slice(*np.searchsorted(self._starts, _SPEECH))
        bands = self._starts.size
        # What error and prediction have in common, and the powers of prediction, error and echo:
        # four rows, so that their bands are added up at once.
        self._rows = np.zeros((4, BINS), dtype=np.float32)
        self._common, self._predicted, self._heard, self._echo = self._rows
        self._upper_echo = self._echo[CANCELLED_BINS:].reshape(UPPER_BANDS, -1)
        self._likeness = np.zeros((2, bands), dtype=np.float32)
        self._means = np.zeros((_LOUDNESSES, 2, bands), dtype=np.float32)
        self._left = np.full((_LOUDNESSES, bands), _LEFT_AT_FIRST, dtype=np.float32)
        self._counts = (0.01 * self._widths).astype(np.float32)
        self._caution = _UNKNOWN_COUNTS_AT_FIRST
        self._uncertainty = np.zeros(CANCELLED_BINS, dtype=np.float32)
        self._smoothed: FloatArray | None = None
        self._noise = np.zeros(BINS, dtype=np.float32)
        self._near_end = np.zeros(BINS, dtype=np.float32)
        self._likeness_squared = np.zeros(bands, dtype=np.float32)
        self.presence = 0.0
        """How surely somebody speaks near the microphone, 0 to 1."""

    @property
    def change(self) -> FloatArray | None:
        """For each cancelled bin, how much of the prediction is still in the error, 0 to 1.

        None: nothing in any of them.
        """
        if not self._likeness_squared.any():
            return None
        return self._likeness_squared.repeat(self._widths)[:CANCELLED_BINS]

    def pass_on(self, error: FloatArray) -> FloatArray:
        """A block that has no echo in it, as it is, as late as all others."""
        passed = self._error[BLOCK:].copy()
        self._error[:BLOCK] = passed
        self._error[BLOCK:] = error
        self._prediction[:BLOCK] = self._prediction[BLOCK:]
        self._prediction[BLOCK:] = 0.0
        self._tail = error * self._fading
        return passed

    def suppress(
        self,
        error: FloatArray,
        prediction: FloatArray,
        uncertainty: FloatArray,
        upper_power: FloatArray,
        peak: float,
        *,
        is_lost: bool,
    ) -> FloatArray:
        """One block of what the filter left, `prediction` and `uncertainty` being the filter's.

        `upper_power` is what was played above the cancelled bins, `UPPER_BANDS` of it; `peak` how
        far the loudspeaker's diaphragm went. `is_lost`: the prediction is of no use now.
        """
        windows = self._windows
        windows[:, :BLOCK] = windows[:, BLOCK:]
        self._prediction[BLOCK:], self._error[BLOCK:] = prediction, error
        spectra = transform(windows * self._shape)
        self._note_spectra(spectra, upper_power)
        bands = np.add.reduceat(self._rows, self._starts, axis=1)
        self._note_likeness(bands[:2])
        if is_lost:
            self._likeness_squared.fill(1.0)
        loudness = min(int(-math.log2(max(peak, 1e-3))), _LOUDNESSES - 1)
        self._note_left(bands[2:], self._means[loudness], self._left[loudness])
        self._note_noise()
        residual = self._residual(uncertainty, self._left[loudness])
        self._note_presence(bands[2], residual)
        frame = inverse(spectra[1] * self._gain(residual))
        frame *= self._shape
        out = self._tail
        out += frame[:BLOCK]
        self._tail = frame[BLOCK:]
        return out

    def _note_spectra(self, spectra: ComplexArray, upper_power: FloatArray) -> None:
        """Take those of prediction and error."""
        conjugates = spectra.conj()
        self._common[:] = (spectra[1] * conjugates[0]).real
        conjugates *= spectra
        self._rows[1:3] = conjugates.real
        echo, upper_echo = self._echo, self._upper_echo
        echo *= _ROOM_FALLS
        below = slice(CANCELLED_BINS)
        np.maximum(echo[below], self._predicted[below], out=echo[below])
        np.maximum(upper_echo, upper_power[:, np.newaxis], out=upper_echo)

    def _note_likeness(self, bands: FloatArray) -> None:
        """`bands`: what error and prediction have in common, and the prediction's power."""
        change = bands - self._likeness
        change *= _LIKENESS_MOVES
        self._likeness += change
        share = np.abs(self._likeness[0])
        share /= self._likeness[1] + _SMALL
        np.minimum(share, _ONE, out=share)
        is_like = share > _UNLIKE
        share *= share
        share *= is_like
        self._likeness_squared = share

    def _note_left(self, bands: FloatArray, means: FloatArray, left: FloatArray) -> None:
        """`bands`: powers of error and echo."""
        change = bands - means
        change *= _MEANS_MOVE
        means += change
        error, echo = means
        lower = error / (echo + _TINY)
        lower *= _TAKEN
        lower += _KEPT * left
        np.maximum(lower, _LEAST, out=lower)
        np.minimum(left, lower, out=left, where=echo > self._counts)

    def _note_noise(self) -> None:
        if self._smoothed is None:
            self._smoothed, self._noise = self._heard.copy(), self._heard.copy()
        change = self._heard - self._smoothed
        change *= _MEANS_MOVE
        self._smoothed += change
        self._noise *= _NOISE_RISES
        np.minimum(self._noise, self._smoothed, out=self._noise)

    def _residual(self, uncertainty: FloatArray, left: FloatArray) -> FloatArray:
        share = left * _LEFT_COUNTS
        share += self._likeness_squared
        residual = share.repeat(self._widths)
        residual *= self._echo
        both = self._uncertainty + uncertainty  # of the two blocks in the window
        self._caution += _CONFIDENCE_GROWS * (_UNKNOWN_COUNTS - self._caution)
        both *= constant(0.5 * self._caution)
        residual[:CANCELLED_BINS] += both
        self._uncertainty = uncertainty
        residual += _TINY
        return residual

    def _note_presence(self, heard_bands: FloatArray, residual: FloatArray) -> None:
        explained = self._noise * _THRICE
        explained += residual
        bands = np.add.reduceat(explained, self._starts)[self._speech]
        above = ((heard_bands[self._speech] + _TINY) / bands).tolist()
        product = math.prod(min(max(band, 1.0), _MOST_ABOVE) for band in above)
        mean = math.log10(product) / len(above)
        presence = min(max((mean - _NOBODY) / (_SOMEBODY - _NOBODY), 0.0), 1.0)
        self.presence = max(presence, _PRESENCE_FALLS * self.presence)

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
        np.minimum(near_end, _HIGHEST, out=near_end)
        to_noise = heard + _TINY
        np.divide(self._noise, to_noise, to_noise)
        to_noise *= _NOISE_KEPT
        np.sqrt(to_noise, to_noise)
        np.minimum(to_noise, _ONE, out=to_noise)
        np.maximum(gain, to_noise, out=gain)
        np.maximum(gain, _LOWEST_GAIN, out=gain)
        return gain
