"""The memory of devices that have ended, and the moment at which it is given back.

Finding it means a walk through everything that there is, which holds the interpreter for 0.1 s, on
a busy machine longer. Who waits for the next device is not to wait for that, and nobody is to hear
it.
"""

from __future__ import annotations

import asyncio
import functools
import gc
from typing import TYPE_CHECKING, Final

import fastapi.dependencies.models

if TYPE_CHECKING:
    from collections.abc import Callable

LOOK_EVERY_S: Final = 1.0
"""For a moment without sound; also what those who have waited get to themselves."""


class Leftovers:
    """What ended devices have left. At most two of them are there at once."""

    def __init__(self, look_every_s: float = LOOK_EVERY_S) -> None:
        self._look_every_s = look_every_s
        self._are_there = False

    def add(self) -> None:
        """A device has ended."""
        if self._are_there:
            _give_back()
        self._are_there = True

    async def give_back(self, is_quiet: Callable[[], bool]) -> None:
        """As soon as it is quiet. What there is then is exempted from collections."""
        while self._are_there:
            await asyncio.sleep(self._look_every_s)
            if is_quiet():
                _give_back()
                gc.freeze()
                self._are_there = False


def _give_back() -> None:
    for each in vars(fastapi.dependencies.models).values():
        if isinstance(each, functools._lru_cache_wrapper):
            each.cache_clear()  # they know its routes, and so itself
    gc.unfreeze()
    gc.collect()
