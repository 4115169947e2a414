"""One timer for everything on the main loop that has a deadline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import asyncio


class Timed(Protocol):
    """Something that wants to be called when a moment has passed."""

    @property
    def deadline(self) -> float | None:
        """Monotonic seconds; None: nothing is due."""

    def on_timer(self, now: float) -> None:
        """Do what is due at `now`."""


class Alarm:
    """Calls each part's `on_timer` at its deadline; `rearm` after every input to a part."""

    def __init__(self, loop: asyncio.AbstractEventLoop, *parts: Timed) -> None:
        self._loop = loop
        self._parts = parts
        self._timer: asyncio.TimerHandle | None = None

    def rearm(self) -> None:
        """Set the timer to the earliest deadline."""
        self.cancel()
        due = min(
            (part.deadline for part in self._parts if part.deadline is not None), default=None
        )
        if due is not None:
            self._timer = self._loop.call_at(due, self._ring)

    def cancel(self) -> None:
        """Wait for nothing."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _ring(self) -> None:
        now = self._loop.time()
        for part in self._parts:
            if part.deadline is not None and part.deadline <= now:
                part.on_timer(now)
        self.rearm()
