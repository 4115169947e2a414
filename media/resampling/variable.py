"""Changing the sample rate of live sound by any factor, which may change from block to block.

For sound that keeps another clock's time: a card's that runs at 44.1 kHz, or at 48 kHz by a quartz
that is a few parts per million off. The filter is a windowed sine whose taps are polynomials of
the place between two samples (Farrow's structure), so that every place is met exactly, without a
table, and one small matrix product makes a block. `docs/decisions/sound-devices.md` has figures.
"""

from __future__ import annotations

import functools
import math
from typing import Final

import numpy as np

from media.errors import MisuseError
from media.frame import RATE_HZ, FloatArray

_SPAN: Final = 32
"""Length of the filter in samples of the lower rate; half of it is the delay."""

_KAISER_BETA: Final = 8.0
"""Stop band 80 dB down, from 59 % of the lower rate on; even up to 41 % (20 kHz of 48 kHz)."""

_DEGREE: Final = 5
"""Of the polynomials: what they leave of the true filter is 90 dB down."""


@functools.cache
def _polynomials(taps: int, bandwidth: float) -> FloatArray:
    """One column for each power of the place, one row for each tap; the oldest sample first.

    The place runs from -0.5 to 0.5 about the middle between the two samples amid the taps.
    `bandwidth` is the cut-off as a fraction of the Nyquist frequency.
    """
    nodes = 0.5 * np.cos(np.pi * (np.arange(16) + 0.5) / 16)
    distance = np.arange(taps) - (taps - 1) / 2 - nodes[:, np.newaxis]
    window = np.i0(_KAISER_BETA * np.sqrt(np.maximum(1 - (2 * distance / taps) ** 2, 0.0)))
    response = bandwidth * np.sinc(bandwidth * distance) * window / np.i0(_KAISER_BETA)
    response /= response.sum(axis=1, keepdims=True)
    fitted = np.polynomial.polynomial.polyfit(nodes, response, _DEGREE)
    polynomials = np.ascontiguousarray(fitted.T, dtype=np.float32)
    polynomials.flags.writeable = False
    return polynomials


class VariableResampler:
    """Sound of `from_hz` as sound of `to_hz`, `delay_s` late, without a click at any change.

    `ratio` says how much faster the clock behind the samples that come in is than the one behind
    those that go out, beside their nominal rates: 1.0002 for 200 ppm. It may be anything within
    1 % of 1 and another with every call.

    Either push: `resample` gives all that can be had, a sample more or less from block to block.
    Or pull: `put` what `lacking` asks for, then `take` gives exactly as many as wanted.
    """

    def __init__(self, from_hz: int = RATE_HZ, to_hz: int = RATE_HZ) -> None:
        self._step = from_hz / to_hz
        bandwidth = min(1.0, to_hz / from_hz)
        self._taps = 2 * math.ceil(_SPAN / bandwidth / 2)
        self._polynomials = _polynomials(self._taps, bandwidth)
        self.delay_s = self._taps / 2 / from_hz
        """Seconds from a sample to its likeness."""
        self._held = np.zeros(self._taps - 1, dtype=np.float32)
        self._place = 0.0  # of the next sample to go out, from the first window's middle

    def resample(self, block: FloatArray, ratio: float = 1.0) -> FloatArray:
        """All that can be made with `block`, of any size, in a fresh array."""
        self.put(block)
        windows = self._held.size - self._taps + 1
        count = max(math.ceil((windows - self._place) / (self._step * ratio)), 0)
        while self.lacking(count, ratio):  # by rounding
            count -= 1
        return self.take(count, ratio)

    def lacking(self, count: int, ratio: float = 1.0) -> int:
        """How many samples must still be `put` before `count` can be taken; 0: none."""
        if not count:
            return 0
        last = int(self._place + (count - 1) * (self._step * ratio))
        return max(last + self._taps - self._held.size, 0)

    def put(self, block: FloatArray) -> None:
        """Add samples to those that wait. They are copied."""
        self._held = np.concatenate((self._held, block))

    def take(self, count: int, ratio: float = 1.0) -> FloatArray:
        """Exactly `count` samples, in a fresh array.

        Raises:
            MisuseError: `lacking` was not heeded.
        """
        if lacking := self.lacking(count, ratio):
            raise MisuseError(f"{count} samples wanted, and {lacking} that they need are not there")
        places = self._place + (self._step * ratio) * np.arange(count + 1)
        whole = places.astype(np.intp)
        next_whole = int(whole[-1])
        self._place = float(places[-1]) - next_whole
        factors = self._windows().take(whole[:-1], axis=0) @ self._polynomials
        between = (places[:-1] - whole[:-1] - 0.5).astype(np.float32)
        taken = factors[:, _DEGREE] * between
        for power in range(_DEGREE - 1, 0, -1):
            taken += factors[:, power]
            taken *= between
        taken += factors[:, 0]
        self._held = self._held[next_whole:]
        return taken

    def _windows(self) -> FloatArray:
        """The samples that wait as overlapping rows, one for each place between two of them."""
        size = self._held.itemsize
        rows = max(self._held.size - self._taps + 1, 0)
        return np.ndarray((rows, self._taps), np.float32, self._held, strides=(size, size))
