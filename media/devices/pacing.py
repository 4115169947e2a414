"""The buffer that a sound card would have, for devices that are none."""

from __future__ import annotations

from typing import Final

from media.frame import RATE_HZ, TICK_S

LATENCY_S: Final = 0.03
"""Sound that waits in the buffer when a tick comes in time; so much lateness passes unheard."""


class CardBuffer:
    """Runs empty in real time and is filled by ticks."""

    def __init__(self) -> None:
        self._empty_at: float | None = None
        self.underruns = 0

    def write(self, now: float) -> int:
        """Take one frame at `now`; the samples of silence that were heard before it, mostly 0."""
        if self._empty_at is None:
            self._empty_at = now + LATENCY_S + TICK_S
            return 0
        gap_s = now - self._empty_at
        if gap_s <= 0.0:
            self._empty_at += TICK_S
            return 0
        self.underruns += 1
        self._empty_at = now + TICK_S
        return round(gap_s * RATE_HZ)
