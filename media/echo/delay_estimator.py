"""How late the echo comes: the age of the reference that the microphone resembles most.

For each age in blocks, the coherence between the microphone's spectrum and the reference of that
age, over what voices are made of. Where it peaks, there is the direct path.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from media.echo.reference import Reference
from media.echo.spectrum import ComplexArray, constant, power

LONGEST: Final = 23
"""Ages that are tried, in blocks: 450 ms."""

_FIRST_BIN: Final = 12
_LAST_BIN: Final = 140
"""From 300 Hz to 3.5 kHz, what the narrowest codec passes."""
_MOVES: Final = constant(0.08)
"""Of the means, for each block: they look back a quarter of a second."""
_KEPT: Final = constant(0.92)
_LOOK_EVERY: Final = 2
_AGREEING_LOOKS: Final = 5
_PROMINENCE: Final = 1.5
"""By how much the peak stands out from what the ages have in common."""
_BETTER: Final = 1.5
"""By how much another age has to be more like the microphone than the one that is known."""
_LIKE: Final = 0.2
"""Mean coherence that it has to have besides. While both speak chance has up to 0.1, and an echo by
itself 0.3 to 0.7.
"""
_QUIETEST: Final = 2e-3


class DelayEstimator:
    """Watches spectra go by; `blocks` is the age of the echo once it is sure of one."""

    def __init__(self) -> None:
        bins = _LAST_BIN - _FIRST_BIN
        self._cross: ComplexArray = np.zeros((LONGEST, bins), dtype=np.complex64)
        self._reference = np.full((LONGEST, bins), _QUIETEST, dtype=np.float32)
        self._microphone = np.full(bins, _QUIETEST, dtype=np.float32)
        self._product: ComplexArray = np.empty_like(self._cross)
        self._share = np.empty_like(self._reference)
        self._ticks = 0
        self._candidate = -1
        self._agreed = 0
        self.blocks: int | None = None

    def note(self, microphone: ComplexArray, reference: Reference) -> None:
        """Take the spectrum of the microphone's last two blocks."""
        heard = microphone[_FIRST_BIN:_LAST_BIN]
        ages = reference.spectra(0, LONGEST)[:, _FIRST_BIN:_LAST_BIN]
        self._cross *= _KEPT
        np.multiply(ages, heard.conj() * _MOVES, self._product)
        self._cross += self._product
        powers = reference.powers(0, LONGEST)[:, _FIRST_BIN:_LAST_BIN]
        self._reference *= _KEPT
        np.multiply(powers, _MOVES, self._share)
        self._reference += self._share
        self._microphone *= _KEPT
        self._microphone += power(heard) * _MOVES
        self._ticks += 1
        if self._ticks % _LOOK_EVERY == 0:
            self._look()

    def grow_older(self, blocks: int) -> None:
        """The reference has become so many blocks older, beyond its usual one a block."""
        self._cross = np.roll(self._cross, blocks, axis=0)
        self._reference = np.roll(self._reference, blocks, axis=0)
        if self.blocks is not None:
            self.blocks = min(max(self.blocks + blocks, 0), LONGEST - 1)

    def _look(self) -> None:
        coherence = power(self._cross) / (self._reference * self._microphone)
        score = coherence.sum(axis=1)
        peak = int(np.argmax(score))
        least = _PROMINENCE * float(np.mean(score))
        if self.blocks is not None:
            known = float(score[self.blocks : self.blocks + 2].max())
            least = max(least, _BETTER * known, _LIKE * coherence.shape[1])
        if score[peak] < least:
            self._agreed = 0
            return
        self._agreed = self._agreed + 1 if abs(peak - self._candidate) <= 1 else 1
        self._candidate = peak
        if self._agreed >= _AGREEING_LOOKS:
            self.blocks = peak
