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
        """One row for each `step` samples of the block, the last `window` samples up to there."""
        if block.size != self._block.size:
            self._lay_out(block.size)
        self._past[:] = self._latest
        self._block[:] = block
        return self._windows

    def _lay_out(self, block: int) -> None:
        past = self._latest.size
        samples = np.zeros(past + block, dtype=np.float32)
        samples[block:] = self._latest
        self._past, self._block, self._latest = samples[:past], samples[past:], samples[block:]
        size = samples.itemsize
        self._windows: FloatArray = np.ndarray(
            (block // self._step, self._window),
            np.float32,
            samples,
            strides=(self._step * size, size),
        )


class Upsampler:
    """Blocks of any size to `factor` times as many samples."""

    def __init__(self, factor: int) -> None:
        taps = _low_pass(factor) * np.float32(factor)
        # The newest sample stands last in a window, and meets each phase's first tap.
        self._phases = np.ascontiguousarray(taps.reshape(_SPAN, factor)[::-1])
        self._line = _Line(_SPAN - 1, window=_SPAN, step=1)

    def resample(self, block: FloatArray) -> FloatArray:
        """`factor` samples for each one given, in a fresh array."""
        resampled: FloatArray = np.matmul(self._line.windows(block), self._phases)
        return resampled.reshape(-1)


class Downsampler:
    """Blocks of any multiple of `factor` samples to the `factor`-th part of them."""

    def __init__(self, factor: int) -> None:
        self._taps = _low_pass(factor)[::-1].copy()
        self._line = _Line(_SPAN * factor - factor, window=_SPAN * factor, step=factor)

    def resample(self, block: FloatArray) -> FloatArray:
        """One sample for each `factor` given, in a fresh array."""
        return np.ascontiguousarray(self._line.windows(block)) @ self._taps
