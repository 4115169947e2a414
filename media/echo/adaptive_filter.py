"""The echo's path as a filter that is learned: a Kalman filter in the frequency domain.

The path is cut into blocks (overlap-save), and each bin of each block has, beside its weight, the
variance of what is not known of it. From these follow the step of each bin, large where much is
unknown and little else is heard, and what of the echo is left: nothing else stops it while
somebody speaks near the microphone (Enzner and Vary, "Frequency-domain adaptive Kalman filter for
acoustic echo control", 2006).
"""

from __future__ import annotations

from typing import Final

import numpy as np

from media.echo.reference import Reference
from media.echo.spectrum import (
    BINS,
    BLOCK,
    CANCELLED_BINS,
    CANCELLED_LENGTH,
    CANCELLED_WINDOW,
    ComplexArray,
    constant,
    inverse,
    power,
    transform,
)
from media.frame import FloatArray, silence

BLOCKS: Final = 7
"""Length of the response: 140 ms. More learns more slowly; what comes later is suppressed."""

_UNKNOWN: Final = 1.0
"""Variance of the first block before anything is known; the others fall by 3 dB each."""
_FORGETTING: Final = 0.996
"""Of the weights, for each block: in seconds anything may have changed."""
_NEAR_END_MOVES: Final = constant(0.19)
"""For each block. Slower, the filter unlearns at the first syllable of somebody near."""
_QUIETEST: Final = 2e-4
"""Power of the near end, at least: what is quieter teaches nothing."""
_HALF: Final = 0.5
"""Share of a window's power that falls into its second block."""
_LEAKS: Final = constant(2.0)
"""Of the power that is expected of the echo left in a bin, what is heard there with that from other
bins, as a block ends within its window. Without it a block that ends before its echo has come
proves that none will come, and it takes seconds to unlearn that.
"""
_CONSTRAINED: Final = 1
"""Blocks whose circular part is taken out each time, in turn (the alternating constraint)."""

# Keeps the first half of a response, and makes up for the scale of `transform`.
_CAUSAL: Final = silence(CANCELLED_WINDOW)
_CAUSAL[: CANCELLED_WINDOW // 2] = CANCELLED_LENGTH
_LEARNT: Final = constant(-_HALF * _FORGETTING)
_KEPT: Final = constant(_FORGETTING)
_CHANGED: Final = constant(1.0 - _FORGETTING)
_FLOOR: Final = constant(_QUIETEST)
_SHARE: Final = constant(_HALF)
_DOUBTED: Final = constant(0.02)


class AdaptiveFilter:
    """Predicts the echo, and learns from what it got wrong."""

    def __init__(self) -> None:
        fall = 10.0 ** (-0.3 * np.arange(BLOCKS))
        self._unknown: FloatArray = np.repeat(
            (_UNKNOWN * fall)[:, np.newaxis], CANCELLED_BINS, axis=1
        ).astype(np.float32)
        self._weights: ComplexArray = np.zeros((BLOCKS, CANCELLED_BINS), dtype=np.complex64)
        self._variance = self._unknown.copy()
        self._near_end = np.full(CANCELLED_BINS, _QUIETEST, dtype=np.float32)
        self._spectrum: ComplexArray = np.zeros(BINS, dtype=np.complex64)
        self._products: ComplexArray = np.empty_like(self._weights)
        self._gain = np.empty_like(self._variance)
        self._turn = 0
        self.uncertainty = np.zeros(CANCELLED_BINS, dtype=np.float32)
        """Expected power of the echo that is left, per bin of one block's spectrum."""

    def predict(self, reference: Reference, delay: int) -> FloatArray:
        """The echo in the microphone's present block."""
        np.multiply(self._weights, reference.spectra(delay, BLOCKS), self._products)
        np.add.reduce(self._products, axis=0, out=self._spectrum[:CANCELLED_BINS])
        return inverse(self._spectrum)[BLOCK:]

    def learn(self, error: ComplexArray, reference: Reference, delay: int) -> None:
        """Take what the microphone heard beyond the prediction for this block, behind silence."""
        np.multiply(self._variance, reference.powers(delay, BLOCKS), self._gain)
        self.uncertainty = np.add.reduce(self._gain, axis=0)
        self.uncertainty *= _SHARE
        self._step(error[:CANCELLED_BINS], reference.spectra(delay, BLOCKS))
        self._constrain()

    def doubt(self, share: FloatArray) -> None:
        """Take that share of each bin's weights, 0 to 1, for unknown: the path has changed."""
        self._variance += share * (power(self._weights) + _DOUBTED * self._unknown)

    def shift(self, blocks: int) -> None:
        """The delay is so many blocks longer now, which the response is to lack at its start."""
        kept = max(BLOCKS - abs(blocks), 0)
        from_, to = (BLOCKS - kept, 0) if blocks > 0 else (0, BLOCKS - kept)
        weights, variance = np.zeros_like(self._weights), self._unknown.copy()
        weights[to : to + kept] = self._weights[from_ : from_ + kept]
        variance[to : to + kept] = self._variance[from_ : from_ + kept]
        self._weights, self._variance = weights, variance

    def _step(self, spectrum: ComplexArray, reference: ComplexArray) -> None:
        """Learn from the error's spectrum; `_gain` holds what of its power each block explains."""
        variance, gain, steps = self._variance, self._gain, self._products
        change = power(spectrum) - self._near_end
        change *= _NEAR_END_MOVES
        self._near_end += change
        expected = _LEAKS * self.uncertainty
        expected += self._near_end
        expected += _FLOOR
        np.conjugate(reference, steps)
        steps *= spectrum / expected
        steps *= variance
        self._weights += steps
        # The variance falls by what was learnt and rises by what may have changed since.
        gain /= expected
        gain *= _LEARNT
        gain += _KEPT
        variance *= gain
        changed = power(self._weights)
        changed *= _CHANGED
        variance += changed
        # Where nothing is played, nothing is learned; and less than nothing cannot be known.
        np.minimum(variance, self._unknown, out=variance)

    def _constrain(self) -> None:
        first = self._turn
        self._turn = (first + _CONSTRAINED) % BLOCKS
        weights = self._weights[first : first + _CONSTRAINED]
        responses = inverse(weights)  # at 16 kHz, which is all that so few bins hold
        responses *= _CAUSAL
        weights[:] = transform(responses)
