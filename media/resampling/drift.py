"""How much faster one sound clock runs than another, told by when each counted its samples."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from media.frame import RATE_HZ

LIMIT_PPM: Final = 2000.0
"""No two quartzes differ by more: sound cards by up to 100 ppm, the worst on USB by 1000."""

_LOOK_EVERY_S: Final = 1.0
_REMEMBERED: Final = 60
"""Looks: the last minute."""
_KNOWN_AFTER: Final = 10
_STEP_S: Final = 0.005
"""A look so far off its place is no jitter: a frame was lost or doubled, or a buffer has become
longer. That says nothing about the clock, so the places of all others are moved with it."""


class Drift:
    """Compares the clock behind a source of samples with the one behind their sink.

    Each is compared with ours. With callbacks 0 to 2 ms late the drift is right within 25 ppm after
    10 s and within 6 ppm after 20 s; stalls, and sound that is lost, do not disturb it.
    """

    def __init__(self, rate_hz: int = RATE_HZ) -> None:
        self._source = _Clock(rate_hz)
        self._sink = _Clock(rate_hz)

    def forget(self) -> None:
        """Begin anew, as with another card."""
        self._source.forget()
        self._sink.forget()

    @property
    def ppm(self) -> float:
        """By how many millionths the source is faster than the sink; below 0: slower."""
        drift = self._source.ppm - self._sink.ppm
        return min(max(drift, -LIMIT_PPM), LIMIT_PPM)

    @property
    def is_known(self) -> bool:
        """Whether enough was seen to rely on it."""
        return min(self._source.looks, self._sink.looks) >= _KNOWN_AFTER

    def note_source(self, count: float, now: float) -> None:
        """Say how many samples the source has given so far; ten times a second or more often.

        `now` is monotonic seconds. The source may be on another thread than the sink.
        """
        self._source.note(count, now)

    def note_sink(self, count: float, now: float) -> None:
        """Say how many samples the sink has taken so far."""
        self._sink.note(count, now)


class _Clock:
    """Fits a line through the times at which a clock has counted so many samples.

    Whoever counts can be late and never early, so of all that came within a second the earliest
    decides.
    """

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._leads = np.zeros(_REMEMBERED)
        self._times = np.zeros(_REMEMBERED)
        self.forget()

    def forget(self) -> None:
        self.looks = 0
        self._gained_per_s = 0.0
        self._middle = self._middle_at = 0.0
        self._look_at: float | None = None
        self._earliest = (-math.inf, 0.0)

    @property
    def ppm(self) -> float:
        """By how much it is faster than ours."""
        return 1e6 * self._gained_per_s / self._rate_hz

    def note(self, count: float, now: float) -> None:
        self._earliest = max(self._earliest, (count - now * self._rate_hz, now))
        if self._look_at is None:
            self._look_at = now + _LOOK_EVERY_S
        elif now >= self._look_at:
            self._look_at = now + _LOOK_EVERY_S
            self._look(*self._earliest)
            self._earliest = (-math.inf, 0.0)

    def _look(self, lead: float, at: float) -> None:
        step = lead - (self._middle + (at - self._middle_at) * self._gained_per_s)
        if abs(step) > _STEP_S * self._rate_hz:
            self._leads += step
        place = self.looks % _REMEMBERED
        self._leads[place] = lead
        self._times[place] = at
        self.looks += 1
        self._fit(min(self.looks, _REMEMBERED))

    def _fit(self, count: int) -> None:
        """Lay the line of least squares through what is remembered."""
        self._middle = float(self._leads[:count].mean())
        self._middle_at = float(self._times[:count].mean())
        times = self._times[:count] - self._middle_at
        spread = float(times @ times)
        if spread > 0.0:
            self._gained_per_s = float(times @ self._leads[:count]) / spread
