"""Where a card's sound breaks off and goes on: no step, whatever was played last."""

from __future__ import annotations

from typing import Final

import numpy as np

from media.frame import FloatArray

_PER_SAMPLE: Final = 0.97
_SETTLED: Final = 240
_SETTLES: Final = (_PER_SAMPLE ** np.arange(_SETTLED)).astype(np.float32)
"""What is left of a step, sample by sample: a thousandth after 5 ms."""


class Seam:
    """Watches the samples that a card is given, block after block, and mends where some lack.

    A step is not removed but spread: the wave goes on from where it stood and comes to where it
    should be within 5 ms, so that the start of what follows is heard.
    """

    def __init__(self) -> None:
        self._last = 0.0
        self._offset = 0.0
        self._broken = True

    def mend(self, samples: FloatArray, given: int) -> None:
        """Make `samples`, of which only the first `given` are there, follow what went before."""
        if given:
            self._join(samples[:given], steps=self._broken)
            self._broken = False
        if given < samples.size:
            samples[given:] = 0.0
            self._join(samples[given:], steps=not self._broken)
            self._broken = True

    def drop(self) -> None:
        """Tell that samples before the next block were left out."""
        self._broken = True

    def _join(self, part: FloatArray, *, steps: bool) -> None:
        if steps:
            self._offset = self._last - float(part[0])
        if self._offset:
            settling = part[:_SETTLED]
            settling += np.float32(self._offset) * _SETTLES[: settling.size]
            left = _PER_SAMPLE**part.size if part.size < _SETTLED else 0.0
            self._offset *= left
        self._last = float(part[-1])
