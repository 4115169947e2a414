"""The last words to peers and servers: whoever closes a transport waits for them, but not long."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

FAREWELL_S: Final = 1.5
"""How long peers have to confirm that their calls have ended, and servers that we have left."""


class Farewells:
    """Knows whether anybody has yet to confirm that we have gone."""

    def __init__(self, are_awaited: Callable[[], bool]) -> None:
        self._are_awaited = are_awaited
        self._said = asyncio.Event()

    def note(self) -> None:
        """Something has happened that may have been the last one."""
        if self._are_awaited():
            self._said.clear()
        else:
            self._said.set()

    async def said(self) -> None:
        """Return when the last one is confirmed, or `FAREWELL_S` have passed."""
        self.note()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FAREWELL_S):
                await self._said.wait()
