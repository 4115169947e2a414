"""Waiting for what a running device tells."""

import asyncio

from speaker.events import Bus, Event, Value

LIMIT_S = 20.0


async def until(bus: Bus, name: str, value: Value | None, *, of: str = "") -> None:
    """Return when a condition has this value; None: when there is no such condition."""
    reached = asyncio.Event()

    def look(_event: Event | None = None) -> None:
        if bus.value(name, of=of) == value:
            reached.set()

    stop = bus.listen(look)
    look()
    try:
        async with asyncio.timeout(LIMIT_S):
            await reached.wait()
    finally:
        stop()
