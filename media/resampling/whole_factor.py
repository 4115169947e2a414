"""Changing the sample rate of live sound, block for block, with little delay.

soxr's stream resampler was measured for this place: at 8↔48 kHz in blocks of 10 ms its "LQ" hands
sound out in lumps after 30 to 40 ms, "MQ" after 80 ms and "HQ" later still; only "QQ" gives a
block for a block, with a cubic curve whose images stay audible. A short polyphase filter has no
such choice to make: every block in gives its block out, `delay_s` late. Whole factors have classes
of their own, where one product of matrices does all; other ratios are in `rational_resampler`.
"""

from __future__ import annotations

import functools
from typing import Final, Protocol

import numpy as np

from media.frame import FloatArray
from media.resampling.rational import RationalResampler

_SPAN: Final = 24
"""Length of the filter in samples of the lower rate; half of it is the delay."""

_AT_ONCE: Final = 8
"""Samples of the lower rate in one row of a product: so few rows overlap little, and only a fourth
of what is multiplied is zero."""

_KAISER_BETA: Final = 5.65
"""Stop band about 60 dB down, below the noise of 8-bit codecs."""


class Resampler(Protocol):
    """One stream of sound on its way to another rate."""

    def resample(self, block: FloatArray) -> FloatArray:
        """The same time of sound at the other rate, in a fresh array."""


def resampler(from_hz: int, to_hz: int) -> Resampler | None:
    """What changes one rate into the other; None where they are the same."""
    if from_hz == to_hz:
        return None
    if to_hz % from_hz == 0:
        return Upsampler(to_hz // from_hz)
    if from_hz % to_hz == 0:
        return Downsampler(from_hz // to_hz)
    return RationalResampler(from_hz, to_hz, span=_SPAN, kaiser_beta=_KAISER_BETA)


def delay_s(low_rate_hz: int) -> float:
    """Seconds by which either resampler delays the sound at most, `low_rate_hz` the lower rate."""
    return _SPAN / 2 / low_rate_hz


@functools.cache
def _low_pass(factor: int) -> FloatArray:
    """A symmetric low-pass at the lower rate's Nyquist frequency, for the higher rate; gain 1.

    Made once for each of the few factors: it takes longer than all else that a call's start needs.
    """
    length = _SPAN * factor
    position = np.arange(length) - length // 2
    taps = np.sinc(position / factor) * np.kaiser(length + 1, _KAISER_BETA)[:length]
    low_pass = np.asarray(taps / taps.sum(), dtype=np.float32)
    low_pass.flags.writeable = False
    return low_pass


@functools.cache
def _upsampling(factor: int) -> FloatArray:
    # The newest sample stands last in a window, and meets each phase's first tap.
    taps = _low_pass(factor) * np.float32(factor)
    return _banded(taps.reshape(_SPAN, factor)[::-1], 1)


@functools.cache
def _downsampling(factor: int) -> FloatArray:
    return _banded(_low_pass(factor)[::-1, np.newaxis], factor)


class _Line:
    """The last samples and a new block in one array, seen through overlapping windows.

    The array and its views stay for as long as the blocks keep their size, which is mostly.
    """

    def __init__(self, past: int, *, window: int, step: int) -> None:
        self._latest = np.zeros(past, dtype=np.float32)
        self._window = window
        self._step = step
        self._lay_out(0)

    def windows(self, block: FloatArray) -> FloatArray:
        """One row for each `step` samples of the block; the last one may reach beyond it."""
        if block.size != self._block.size:
            self._lay_out(block.size)
        self._past[:] = self._latest
        self._block[:] = block
        self._rows[:] = self._windows  # BLAS takes no rows that overlap
        return self._rows

    def _lay_out(self, block: int) -> None:
        past, rows = self._latest.size, -(-block // self._step)
        samples = np.zeros(past + rows * self._step, dtype=np.float32)
        samples[block : block + past] = self._latest
        self._past, self._block = samples[:past], samples[past : past + block]
        self._latest = samples[block : block + past]
        size = samples.itemsize
        self._windows: FloatArray = np.ndarray(
            (rows, self._window), np.float32, samples, strides=(self._step * size, size)
        )
        self._rows: FloatArray = np.empty((rows, self._window), np.float32)


def _banded(taps: FloatArray, step: int) -> FloatArray:
    """A filter as a matrix: `_AT_ONCE` times the columns of `taps`, each `step` rows lower."""
    length, columns = taps.shape
    matrix = np.zeros((length + (_AT_ONCE - 1) * step, _AT_ONCE, columns), dtype=np.float32)
    for number in range(_AT_ONCE):
        matrix[number * step : number * step + length, number] = taps
    return matrix.reshape(matrix.shape[0], -1)


class Upsampler:
    """Blocks of any size to `factor` times as many samples."""

    def __init__(self, factor: int) -> None:
        self._factor = factor
        self._matrix = _upsampling(factor)
        self._line = _Line(_SPAN - 1, window=self._matrix.shape[0], step=_AT_ONCE)

    def resample(self, block: FloatArray) -> FloatArray:
        """`factor` samples for each one given, in a fresh array."""
        resampled: FloatArray = np.matmul(self._line.windows(block), self._matrix).reshape(-1)
        return resampled[: block.size * self._factor]


class Downsampler:
    """Blocks of any multiple of `factor` samples to the `factor`-th part of them."""

    def __init__(self, factor: int) -> None:
        self._factor = factor
        self._matrix = _downsampling(factor)
        past = (_SPAN - 1) * factor
        self._line = _Line(past, window=self._matrix.shape[0], step=factor * _AT_ONCE)

    def resample(self, block: FloatArray) -> FloatArray:
        """One sample for each `factor` given, in a fresh array."""
        resampled: FloatArray = np.matmul(self._line.windows(block), self._matrix).reshape(-1)
        return resampled[: block.size // self._factor]
