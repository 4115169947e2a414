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
    inverse,
    power,
    transform,
)
from media.frame import FloatArray, silence

_BANDS: Final = 20
_SPEECH: Final = (6, 110)  # bins: 300 Hz to 5.5 kHz

_ROOM_FALLS: Final = np.float32(0.65)
"""Of a band's echo from block to block, at most: the late room."""
_UNKNOWN_COUNTS: Final = 1.9
_UNKNOWN_COUNTS_AT_FIRST: Final = 5.0
_CONFIDENCE_GROWS: Final = 0.006
"""Of the way from the one to the other, for each block with an echo: in two seconds or so."""
_LEFT_COUNTS: Final = np.float32(2.0)
_LEFT_RISES: Final = np.float32(1.003)
_LEFT_AT_FIRST: Final = 0.01
_LEAST: Final = np.float32(1e-4)
_ALL: Final = np.float32(1.0)
_LOUDNESSES: Final = 4
"""Halves of the diaphragm's way that are told apart: the louder, the more it distorts."""
_MEANS_MOVE: Final = np.float32(0.1)
_LIKENESS_MOVES: Final = np.float32(0.04)
_UNLIKE: Final = 0.45
"""Likeness below which error and prediction have nothing in common."""

_NOISE_RISES: Final = np.float32(1.004)
_NOISE_KEPT: Final = np.float32(0.7)
_LOWEST_GAIN: Final = np.float32(0.01)

_NOBODY: Final = 0.2
_SOMEBODY: Final = 0.45
"""Mean of the bands' decades above what is explained by echo and noise."""
_PRESENCE_FALLS: Final = 0.97
_THOROUGH: Final = 20.0
_GENTLE: Final = 0.2
_MEMORY: Final = 0.9
_TINY: Final = np.float32(1e-6)


class ResidualSuppressor:
    """Works on windows of 20 ms that overlap by half: 10 ms late."""

    def __init__(self) -> None:
        hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)
        self._shape = np.sqrt(hann).astype(np.float32)
        self._fading = hann[BLOCK:].astype(np.float32)
        self._windows = np.zeros((2, WINDOW), dtype=np.float32)
        self._error, self._prediction = self._windows
        self._tail = silence()
        edges = np.unique(np.round(np.geomspace(2, BINS, _BANDS + 1)).astype(int))
        edges[0] = 0
        self._starts = edges[:-1]
        self._widths = np.diff(edges)
        self._speech = slice(*np.searchsorted(self._starts, _SPEECH))
        bands = self._starts.size
        self._left = np.full((_LOUDNESSES, bands), _LEFT_AT_FIRST, dtype=np.float32)
        self._error_mean = np.zeros((_LOUDNESSES, bands), dtype=np.float32)
        self._echo_mean = np.zeros((_LOUDNESSES, bands), dtype=np.float32)
        self._likeness = np.zeros(bands, dtype=np.float32)
        self._likeness_power = np.zeros(bands, dtype=np.float32)
        self._echo = np.zeros(BINS, dtype=np.float32)
        self._caution = _UNKNOWN_COUNTS_AT_FIRST
        self._uncertainty = np.zeros(CANCELLED_BINS, dtype=np.float32)
        self._smoothed: FloatArray | None = None
        self._noise = np.zeros(BINS, dtype=np.float32)
        self._near_end = np.zeros(BINS, dtype=np.float32)
        self._likeness_squared = np.zeros(bands, dtype=np.float32)
        self.presence = 0.0
        """How surely somebody speaks near the microphone, 0 to 1."""

    @property
    def change(self) -> FloatArray:
        """For each cancelled bin, how much of the prediction is still in the error, 0 to 1."""
        return np.repeat(self._likeness_squared, self._widths)[:CANCELLED_BINS]

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
        _slide(self._error, error)
        _slide(self._prediction, prediction)
        spectrum, predicted = transform(self._windows * self._shape)
        heard, echo = power(spectrum), power(predicted)
        self._note_likeness(spectrum, predicted, echo)
        if is_lost:
            self._likeness_squared[:] = 1.0
        echo[CANCELLED_BINS:] = np.repeat(upper_power, (BINS - CANCELLED_BINS) // UPPER_BANDS)
        np.maximum(echo, _ROOM_FALLS * self._echo, out=self._echo)
        heard_bands = self._in_bands(heard)
        loudness = min(int(-math.log2(max(peak, 1e-3))), _LOUDNESSES - 1)
        self._note_left(heard_bands, loudness)
        self._note_noise(heard)
        residual = self._residual(uncertainty, loudness)
        self._note_presence(heard_bands, residual)
        gain = self._gain(heard, residual)
        frame = inverse(spectrum * gain) * self._shape
        out = self._tail + frame[:BLOCK]
        self._tail = frame[BLOCK:]
        return out

    def _in_bands(self, bins: FloatArray) -> FloatArray:
        sums: FloatArray = np.add.reduceat(bins, self._starts)
        return sums

    def _note_likeness(
        self, spectrum: ComplexArray, predicted: ComplexArray, echo: FloatArray
    ) -> None:
        alike = self._in_bands(spectrum.real * predicted.real + spectrum.imag * predicted.imag)
        moves = _LIKENESS_MOVES
        self._likeness += moves * (alike - self._likeness)
        self._likeness_power += moves * (self._in_bands(echo) - self._likeness_power)
        share = np.minimum(np.abs(self._likeness) / (self._likeness_power + np.float32(1e-3)), 1.0)
        self._likeness_squared = np.where(share > _UNLIKE, share * share, np.float32(0.0))

    def _note_left(self, heard_bands: FloatArray, loudness: int) -> None:
        moves = _MEANS_MOVE
        error, echo, left = (
            table[loudness] for table in (self._error_mean, self._echo_mean, self._left)
        )
        error += moves * (heard_bands - error)
        echo += moves * (self._in_bands(self._echo) - echo)
        lower = left + np.float32(0.3) * np.minimum(error / (echo + _TINY) - left, 0.0)
        moved = np.minimum(np.maximum(np.minimum(left * _LEFT_RISES, lower), _LEAST), _ALL)
        np.copyto(left, moved, where=echo > 0.01 * self._widths)

    def _note_noise(self, heard: FloatArray) -> None:
        if self._smoothed is None:
            self._smoothed, self._noise = heard.copy(), heard.copy()
        self._smoothed += _MEANS_MOVE * (heard - self._smoothed)
        self._noise *= _NOISE_RISES
        np.minimum(self._noise, self._smoothed, out=self._noise)

    def _residual(self, uncertainty: FloatArray, loudness: int) -> FloatArray:
        share = _LEFT_COUNTS * self._left[loudness] + self._likeness_squared
        residual = np.repeat(share, self._widths) * self._echo
        both = self._uncertainty + uncertainty  # of the two blocks in the window
        self._caution += _CONFIDENCE_GROWS * (_UNKNOWN_COUNTS - self._caution)
        residual[:CANCELLED_BINS] += np.float32(0.5 * self._caution) * both
        self._uncertainty = uncertainty
        residual += _TINY
        return residual

    def _note_presence(self, heard_bands: FloatArray, residual: FloatArray) -> None:
        explained = self._in_bands(residual + np.float32(3.0) * self._noise)
        decades = np.log10((heard_bands + _TINY)[self._speech] / explained[self._speech])
        mean = sum(min(max(band, 0.0), 2.0) for band in decades.tolist()) / decades.size
        presence = min(max((mean - _NOBODY) / (_SOMEBODY - _NOBODY), 0.0), 1.0)
        self.presence = max(presence, _PRESENCE_FALLS * self.presence)

    def _gain(self, heard: FloatArray, residual: FloatArray) -> FloatArray:
        weight = math.exp(
            (1.0 - self.presence) * math.log(_THOROUGH) + self.presence * math.log(_GENTLE)
        )
        ratio = heard / residual
        above = np.maximum(ratio - np.float32(1.0), 0.0)
        near_end = np.float32(_MEMORY) * self._near_end + np.float32(1.0 - _MEMORY) * above
        gain: FloatArray = near_end / (near_end + np.float32(weight))
        self._near_end = np.minimum(gain * gain * ratio, np.float32(1e4))
        to_noise = np.sqrt(_NOISE_KEPT * self._noise / (heard + _TINY))
        np.maximum(gain, np.minimum(to_noise, np.float32(1.0)), out=gain)
        np.maximum(gain, _LOWEST_GAIN, out=gain)
        return gain


def _slide(window: FloatArray, block: FloatArray) -> None:
    window[:BLOCK] = window[BLOCK:]
    window[BLOCK:] = block
