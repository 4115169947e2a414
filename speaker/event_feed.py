"""The events of the bus for listeners far away, of whom there may be many, slow ones among them.

The bus is never kept waiting: an event costs it one entry in a ring, whoever listens. Listeners
read the ring at their own pace, and are woken in slices, so that signalling goes on in between.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from speaker.events import Bus, Event

KEPT_EVENTS: Final = 1024
"""A listener that falls behind by more is told so, and what counts now."""

MAXIMUM_LISTENERS: Final = 1200

SLICE: Final = 32
"""Listeners woken in one turn of the loop: each costs about 50 µs to tell."""

AT_ONCE: Final = 64
"""Events given to a listener in one go."""


class TooManyListeners(Exception):
    """Nobody else can listen; the message says how many do."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One event, as it was published."""

    serial: int
    """Counts the events since the start."""
    at: datetime
    event: Event
    initial: bool = False
    """A condition's value when the listener came, or came back; not a change."""


@dataclass(frozen=True, slots=True)
class Missed:
    """The listener was too slow: so many events are gone. What counts now follows."""

    count: int


class EventFeed:
    """One listener at the bus that serves all others. Belongs to the main loop."""

    def __init__(self, bus: Bus, wall: Callable[[], datetime]) -> None:
        self._bus = bus
        self._wall = wall
        self._serial = 0
        self._ring: deque[Entry] = deque(maxlen=KEPT_EVENTS)
        self._asleep: set[Listener] = set()
        self._to_wake: deque[Listener] = deque()
        self._listeners: set[Listener] = set()
        self._closed = False
        self._leave = bus.listen(self._on_event)

    @property
    def listeners(self) -> int:
        """How many listen."""
        return len(self._listeners)

    def join(self, *, after: int | None = None) -> Listener:
        """Listen from now on: what counts now comes first.

        With `after`, a serial number that is still known, the events since then come instead.

        Raises:
            TooManyListeners: there are as many as there can be.
        """
        if len(self._listeners) >= MAXIMUM_LISTENERS:
            raise TooManyListeners(f"{len(self._listeners)} listen already")
        listener = Listener(self, after if after is not None and self._knows(after) else None)
        self._listeners.add(listener)
        return listener

    def close(self) -> None:
        """Send everybody home."""
        self._closed = True
        self._leave()
        for listener in tuple(self._asleep):
            listener.wake()
        self._asleep.clear()

    def _knows(self, serial: int) -> bool:
        return self._serial - len(self._ring) <= serial <= self._serial

    def _on_event(self, event: Event) -> None:
        self._serial += 1
        self._ring.append(Entry(self._serial, self._wall(), event))
        if not self._asleep:
            return
        waking = bool(self._to_wake)
        self._to_wake.extend(self._asleep)
        self._asleep.clear()
        if not waking:
            asyncio.get_running_loop().call_soon(self._wake_some)

    def _wake_some(self) -> None:
        for _ in range(min(SLICE, len(self._to_wake))):
            self._to_wake.popleft().wake()
        if self._to_wake:
            asyncio.get_running_loop().call_soon(self._wake_some)

    def _since(self, serial: int) -> list[Entry]:
        """Up to `AT_ONCE` entries after `serial`, which is in the ring or just before it."""
        behind = self._serial - serial
        start = len(self._ring) - behind
        return [self._ring[i] for i in range(start, min(start + AT_ONCE, len(self._ring)))]

    def _now(self) -> list[Entry]:
        at = self._wall()
        return [Entry(self._serial, at, each, initial=True) for each in self._bus.conditions()]


class Listener:
    """Somebody who reads the feed, by `next` or as an asynchronous iterator, until `leave`."""

    def __init__(self, feed: EventFeed, after: int | None) -> None:
        self._feed = feed
        self._position = feed._serial if after is None else after
        self._now = feed._now() if after is None else []
        self._woken: asyncio.Future[None] | None = None

    async def next(self) -> list[Entry | Missed]:
        """What came since; waits until something has. Empty: the feed is closed."""
        feed = self._feed
        while not feed._closed:
            if self._now:
                now, self._now = self._now, []
                return [*now]
            behind = feed._serial - self._position
            if behind > len(feed._ring):
                self.begin_anew()
                return [Missed(behind)]
            if behind:
                found = feed._since(self._position)
                self._position = found[-1].serial
                return [*found]
            await self._sleep()
        return []

    def begin_anew(self) -> None:
        """Forget what was not read yet: what counts now comes next."""
        self._position, self._now = self._feed._serial, self._feed._now()
        self.wake()

    async def _sleep(self) -> None:
        self._woken = asyncio.get_running_loop().create_future()
        self._feed._asleep.add(self)
        try:
            await self._woken
        finally:
            self._feed._asleep.discard(self)
            self._woken = None

    def wake(self) -> None:
        """Look at the ring again."""
        if self._woken is not None and not self._woken.done():
            self._woken.set_result(None)

    def leave(self) -> None:
        """Listen no more."""
        self._feed._listeners.discard(self)

    def __enter__(self) -> Listener:
        return self

    def __exit__(self, *_raised: object) -> None:
        self.leave()
