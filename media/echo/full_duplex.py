"""Our own echo canceller, made for people who speak at the same time.

It brings the loudspeaker's sound onto the microphone's clock and to its delay, predicts the echo
by a filter that goes on learning while somebody speaks near the microphone, and suppresses only
what the filter left. `docs/decisions/echo.md` has its figures beside those of others.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from media.echo.adaptive_filter import BLOCKS, AdaptiveFilter
from media.echo.analysis import Analysis
from media.echo.delay_estimator import DelayEstimator
from media.echo.drift_tracker import DriftTracker
from media.echo.reference import HISTORY, Reference
from media.echo.residual_suppressor import ResidualSuppressor
from media.echo.spectrum import BLOCK, LENGTH, WINDOW, constant, transform
from media.frame import RATE_HZ, FloatArray, silence

_BEFORE_THE_ECHO: Final = 1
"""Blocks of the filter's response that lie before the direct path."""
_LATEST_PEAK: Final = 2
"""The direct path may come so late in the filter before the filter is moved."""
_GOOD: Final = 0.1
"""Where the prediction leaves less of the power, the delay is known."""
_LEVELS_MOVE: Final = 0.7
_LOST: Final = 1.05
_DOUBT: Final = constant(0.36)


class FullDuplex:
    """Predicts echo up to 8 kHz, suppresses it above; 20 ms late."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """As `EchoCanceller.reset`."""
        self._reference = Reference()
        self._filter = AdaptiveFilter()
        self._drift = DriftTracker()
        self._delays = DelayEstimator()
        self._analysis = Analysis()
        self._suppressor = ResidualSuppressor()
        self._delay = 0
        self._microphone = silence(WINDOW)
        self._heard = self._wrong = 0.0  # powers of the microphone and of the error

    @property
    def delay_s(self) -> float:
        """How late the echo comes, as far as it is known."""
        return (self._delay + _BEFORE_THE_ECHO) * BLOCK / RATE_HZ

    @property
    def drift_ppm(self) -> float:
        """How much faster the microphone's clock is than the loudspeaker's."""
        return self._drift.ppm

    def cancel(self, microphone: FloatArray, loudspeaker: FloatArray | None) -> FloatArray:
        """As `EchoCanceller.cancel`."""
        self._microphone[:BLOCK] = self._microphone[BLOCK:]
        np.multiply(microphone, LENGTH, self._microphone[BLOCK:])
        self._grow_older(self._reference.push(loudspeaker, self._drift.samples_per_block) - 1)
        if self._reference.is_silent:
            return self._suppressor.pass_on(self._analysis.pass_by(microphone), microphone)
        self._find_delay()
        prediction = self._filter.predict(self._reference, self._delay)
        error = microphone - prediction
        spectra = self._analysis.take(prediction, error)
        self._filter.learn(spectra[0], self._reference, self._delay)
        if self._delays.blocks is not None:  # else what is predicted may be chance
            self._drift.note(prediction, error)
        out = self._suppressor.suppress(
            spectra[1:],
            self._filter.uncertainty,
            self._reference.upper_power(self._delay),
            self._reference.peak(self._delay),
            is_lost=self._is_lost(microphone, error),
        )
        change = self._suppressor.change
        if change is not None:
            self._filter.doubt(change * _DOUBT)
        return out

    def _is_lost(self, microphone: FloatArray, error: FloatArray) -> bool:
        """Whether the prediction adds echo, which it does right after the path has changed."""
        self._heard += _LEVELS_MOVE * (float(np.dot(microphone, microphone)) - self._heard)
        self._wrong += _LEVELS_MOVE * (float(np.dot(error, error)) - self._wrong)
        return self._wrong > _LOST * self._heard

    def _grow_older(self, blocks: int) -> None:
        """Keep the filter where it was when the reference moved against the microphone."""
        if not blocks:
            return
        self._delays.grow_older(blocks)
        delay = min(max(self._delay + blocks, 0), HISTORY - BLOCKS)
        if delay != self._delay + blocks:
            self._filter.shift(delay - self._delay - blocks)
        self._delay = delay

    def _find_delay(self) -> None:
        peak = self._delays.blocks
        is_good = self._wrong < _GOOD * self._heard
        if peak is None or (not is_good):
            self._delays.note(transform(self._microphone), self._reference)
        if peak is None or 0 <= peak - self._delay <= _LATEST_PEAK:
            return
        delay = min(max(peak - _BEFORE_THE_ECHO, 0), HISTORY - BLOCKS)
        if delay != self._delay:
            self._filter.shift(delay - self._delay)
            self._delay = delay
