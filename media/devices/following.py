"""How fast a microphone's samples are to be read so that none slips, whatever its clock does."""

from __future__ import annotations

from typing import Final

from media.frame import FRAME_SAMPLES, RATE_HZ
from media.resampling.drift import Drift

_SMOOTHING: Final = 0.005  # two seconds of ticks
_WORKED_OFF_S: Final = 30.0
"""In which what is too much or too little in the ring goes: a frame by 300 ppm, which nobody hears
and which an echo canceller can follow."""
_MOST_CORRECTION: Final = 0.005
_STALLED_S: Final = 0.1


class Following:
    """Steers the resampler between a card and the engine: `ratio` is the one to resample with.

    The drift between the two clocks gives the ratio; the level of the ring, which the drift alone
    would leave where it happens to be, corrects it slowly.
    """

    def __init__(self, rate_hz: int = RATE_HZ) -> None:
        self._ours_for_its = RATE_HZ / rate_hz
        self._drift = Drift()
        self._given = 0.0
        self._taken = 0
        self._surplus = 0.0
        self._called_at: float | None = None
        self.ratio = 1.0
        """How much faster than the engine's the card's clock is, and a bit for the level."""

    def note_card(self, frames: int, now: float) -> None:
        """The card gave so many frames of its rate. On the card's thread."""
        self._given += frames * self._ours_for_its
        self._drift.note_source(self._given, now)
        self._called_at = now

    def note_tick(self, level: int, wanted: int, now: float) -> None:
        """The engine takes its next frame from a ring of this level. On the engine's thread."""
        self._taken += FRAME_SAMPLES
        self._drift.note_sink(self._taken, now)
        self._weigh(level, wanted, now)
        drift = 1e-6 * self._drift.ppm if self._drift.is_known else 0.0
        correction = self._surplus / (RATE_HZ * _WORKED_OFF_S)
        self.ratio = 1.0 + drift + min(max(correction, -_MOST_CORRECTION), _MOST_CORRECTION)

    def _weigh(self, level: int, wanted: int, now: float) -> None:
        """Average by how much the level is too high, counting what the card holds back as there."""
        if self._called_at is None:
            return
        since_s = now - self._called_at
        if since_s < _STALLED_S:
            surplus = level + since_s * RATE_HZ - wanted - FRAME_SAMPLES / 2
            self._surplus += _SMOOTHING * (surplus - self._surplus)
