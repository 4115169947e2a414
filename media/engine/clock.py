"""When the engine ticks, and how punctual it was: no clock is read here."""

from __future__ import annotations

from typing import Final

from media.frame import TICK_S

BURST: Final = 3
"""Ticks made up at once after a stall: what refills a card's buffer. The rest is skipped, because
sound that is late is worth less than a short tick."""

EARLY_S: Final = 0.0006
"""A wake-up this much before its time counts as on time."""

NUDGE: Final = 0.01
"""How far, as a fraction, the period may leave 10 ms to follow a sound card's clock."""


class TickSchedule:
    """Tells the ticks that are due on an absolute schedule, so that lateness never adds up."""

    def __init__(self, now: float) -> None:
        self.next_at = now
        """When the next tick is due, monotonic seconds."""
        self.skipped = 0
        """Ticks given up after stalls."""
        self._period_s = TICK_S

    def follow(self, factor: float) -> None:
        """Make the coming ticks `factor` times 10 ms long, within `NUDGE` of 1."""
        self._period_s = TICK_S * min(max(factor, 1.0 - NUDGE), 1.0 + NUDGE)

    def due(self, now: float) -> int:
        """How many ticks to run now, 0 to `BURST`; moves `next_at` beyond `now`."""
        if now < self.next_at - EARLY_S:
            return 0
        ticks = 1 + max(0, int((now - self.next_at) / self._period_s))
        self.next_at += ticks * self._period_s
        if ticks <= BURST:
            return ticks
        self.skipped += ticks - BURST
        return BURST


class Distribution:
    """Counts times in steps of 0.1 ms up to 100 ms, so that percentiles need a bounded table."""

    _STEP_S: Final = 0.0001
    _STEPS: Final = 1000

    def __init__(self) -> None:
        self._counts = [0] * (self._STEPS + 1)
        self._total_s = 0.0
        self.maximum_s = 0.0

    def add(self, seconds: float) -> None:
        """Count one time; a negative one counts as 0."""
        seconds = max(seconds, 0.0)
        self._counts[min(int(seconds / self._STEP_S), self._STEPS)] += 1
        self._total_s += seconds
        self.maximum_s = max(self.maximum_s, seconds)

    @property
    def total_s(self) -> float:
        """The sum of all times."""
        return self._total_s

    def percentile_s(self, fraction: float) -> float:
        """The time that `fraction` (0 to 1) of all stay at or below, to 0.1 ms; 0 for none."""
        counts = self._counts.copy()  # one step under the interpreter's lock: any thread may ask
        wanted = fraction * sum(counts)
        reached = 0
        for step, count in enumerate(counts):
            reached += count
            if count and reached >= wanted:
                return min((step + 1) * self._STEP_S, self.maximum_s)
        return 0.0
