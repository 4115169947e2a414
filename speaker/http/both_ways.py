"""A conversation by WebSocket, in which each side speaks when it likes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Coroutine


async def until_one_ends(*ways: Coroutine[Any, Any, None]) -> None:
    """Run both ways until one of them ends, or we are cancelled; then nothing of them is left."""
    running = [asyncio.ensure_future(way) for way in ways]
    try:
        await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in running:
            each.cancel()
        await asyncio.gather(*running, return_exceptions=True)
