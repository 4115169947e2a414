"""How long the device has been up, and how it comes to its end: for good, or to begin anew."""

from __future__ import annotations

import asyncio
import enum
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import uuid4

import structlog

if TYPE_CHECKING:
    from collections.abc import Callable

log = structlog.get_logger(__name__)


class Next(enum.Enum):
    """What follows when the device has stopped."""

    NOTHING = "nothing"
    RESTART = "a restart"
    DEFAULT = "a restart with most settings at their defaults"
    HARD_DEFAULT = "a restart as a device that is new"


@dataclass(frozen=True, slots=True)
class Ending:
    """That the device stops, and who wants what to follow."""

    next: Next
    by: str


class Lifecycle:
    """One run of the device. It only says what is wanted: whoever runs the device does it."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """`clock` tells monotonic seconds."""
        self.boot_id = str(uuid4())
        """Another one after each start."""
        self.started_at = datetime.now().astimezone()
        self._clock = clock
        self._begun = clock()
        self._ending: Ending | None = None
        self._has_ended = asyncio.Event()

    @property
    def uptime_s(self) -> float:
        """How long ago it was started."""
        return self._clock() - self._begun

    @property
    def ending(self) -> Ending | None:
        """What is wanted now; None: that it goes on."""
        return self._ending

    def stop(self, *, by: str) -> None:
        """End for good, also where a restart has begun."""
        self._end(Ending(Next.NOTHING, by))

    def restart(self, *, by: str) -> None:
        """Begin anew, with the same ports; answers that are under way go out first."""
        self._end(Ending(Next.RESTART, by))

    async def factory_default(self, *, hard: bool, by: str) -> None:
        """Forget what was set, then begin anew: see `speaker.factory_default`."""
        self._end(Ending(Next.HARD_DEFAULT if hard else Next.DEFAULT, by))

    async def ended(self) -> Ending:
        """Return when somebody wants an end."""
        await self._has_ended.wait()
        if self._ending is None:
            raise RuntimeError("an end without a reason")
        return self._ending

    def _end(self, ending: Ending) -> None:
        if self._ending is None or ending.next is Next.NOTHING:
            log.info("the speaker ends", followed_by=ending.next.value, by=ending.by)
            self._ending = ending
        self._has_ended.set()
