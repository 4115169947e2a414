"""Waiting for what the bus tells."""

import asyncio

from speaker.events import Bus, Condition, Event, Value

PATIENCE_S = 5.0


async def until(bus: Bus, name: str, *, value: Value) -> None:
    """Return when the condition `name` has this value."""
    seen = asyncio.Event()

    def hear(event: Event) -> None:
        if isinstance(event, Condition) and (event.name, event.value) == (name, value):
            seen.set()

    leave = bus.listen(hear)
    try:
        await asyncio.wait_for(seen.wait(), PATIENCE_S)
    finally:
        leave()
