"""Changing the sample rate of live sound by any ratio, such as 160 to 147 for 44.1 kHz to 48 kHz.

A polyphase filter like those of `media.resampling.whole_factor`, with as many phases as the ratio
has: each sample out has the window of samples in that it is made from, and the phase that it
stands at. It
reckons in whole numbers: 10 ms in are 10 ms out for ever, which packets need and what follows a
clock (`media.resampling.variable`) cannot promise.
"""

from __future__ import annotations

import functools
import math

import numpy as np

from media.frame import FloatArray


class RationalResampler:
    """Blocks of any size in, what belongs to their time out; gain 1.

    The sound is delayed by half of `span`, which counts samples of the lower rate.
    """

    def __init__(self, from_hz: int, to_hz: int, *, span: int, kaiser_beta: float) -> None:
        common = math.gcd(from_hz, to_hz)
        self._phases = to_hz // common
        self._step = from_hz // common  # between two samples out, in phases of a sample in
        self._taps = _phase_filters(self._phases, self._step, span, kaiser_beta)
        self._latest = np.zeros(self._taps.shape[1] - 1, dtype=np.float32)
        self._place = 0  # of the next sample out, in phases after the next sample in

    def resample(self, block: FloatArray) -> FloatArray:
        """As many samples as fit into the time of the block, over time exactly the ratio."""
        samples = np.concatenate((self._latest, block))
        end = block.size * self._phases
        places = np.arange(self._place, end, self._step)
        self._place += places.size * self._step - end
        self._latest = samples[block.size :]
        newest, phase = np.divmod(places, self._phases)
        windows = np.lib.stride_tricks.sliding_window_view(samples, self._taps.shape[1])
        resampled: FloatArray = np.einsum("ij,ij->i", windows[newest], self._taps[phase])
        return resampled


@functools.cache
def _phase_filters(phases: int, step: int, span: int, kaiser_beta: float) -> FloatArray:
    """One row of taps per phase, for windows whose newest sample stands last."""
    narrowing = min(1.0, phases / step)  # what the lower rate cannot hold must go
    half = span / 2 / narrowing
    length = math.ceil(2 * half)
    row, column = np.indices((phases, length))
    distance = row / phases - half + length - 1 - column  # from the sample out, in samples in
    within = np.clip(1 - (distance / half) ** 2, 0.0, None)
    taps = np.sinc(distance * narrowing) * np.i0(kaiser_beta * np.sqrt(within)) * (within > 0)
    filters = np.asarray(taps / taps.sum(axis=1, keepdims=True), dtype=np.float32)
    filters.flags.writeable = False
    return filters
