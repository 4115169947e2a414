"""How full the ring between the engine and a card is, and what that says about their clocks."""

from __future__ import annotations

from typing import Final

from media.frame import FRAME_SAMPLES

LEAST_WAITING: Final = 3 * FRAME_SAMPLES
"""What waits in a ring at first. Sound servers come in bursts: each time the ring runs empty it
gets one frame more, up to `MOST_WAITING` or what an echo canceller allows."""
MOST_WAITING: Final = 12 * FRAME_SAMPLES

_SMOOTHING: Final = 0.02  # half a second of ticks: bursts average out
_GAIN: Final = 0.004  # a frame too much is worked off in a few seconds


class Filling:
    """The level of one ring against what is wanted, averaged over the ticks."""

    def __init__(self) -> None:
        self.wanted = LEAST_WAITING
        """Samples that shall wait when a tick looks."""
        self._most = MOST_WAITING
        self._surplus = 0.0

    def allow(self, samples: float) -> None:
        """Let no more than this wait from now on, but never less than at first."""
        self._most = int(min(max(samples, LEAST_WAITING), MOST_WAITING))
        self.wanted = min(self.wanted, self._most)

    def note(self, level: int, *, flowing: bool) -> None:
        """Count the samples that wait at one tick. A ring that stands still says nothing."""
        surplus = (level - self.wanted) / FRAME_SAMPLES if flowing else 0.0
        self._surplus += _SMOOTHING * (surplus - self._surplus)

    def want_more(self) -> None:
        """The ring ran empty: let one frame more wait from now on."""
        self.wanted = min(self.wanted + FRAME_SAMPLES, self._most)

    @property
    def correction(self) -> float:
        """The fraction by which the side that writes is too fast; below 0 when it is too slow."""
        return _GAIN * self._surplus
