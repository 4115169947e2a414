"""Lets the parts of a running device take every change of the settings, together or not at all."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

import structlog

from conf.validation.problem import BadSettings
from speaker.change import Change, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator, Sequence
    from contextlib import AbstractContextManager

    from conf.settings import Settings
    from speaker.change import Part, Prepared

log = structlog.get_logger(__name__)

ResultT = TypeVar("ResultT")


class LiveSettings:
    """The settings that the device runs by, which are those of all its parts at any moment.

    Parts prepare and take a change in their order. All of that happens on the main loop, whatever
    thread changes the settings: that thread waits, so that a change has been taken when it returns.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        turn: Callable[[], AbstractContextManager[float]],
    ) -> None:
        """`turn` lets something into the device, and yields `now` (monotonic seconds)."""
        self.settings = settings
        self.parts: Sequence[Part] = ()
        """Those that take settings, in their order."""
        self._turn = turn
        self._loop = asyncio.get_running_loop()
        self._loop_thread = threading.get_ident()
        # Not the loop's own threads: all of them may be waiting for a change to be taken.
        self._threads = ThreadPoolExecutor(1, "settings")
        self._closed = False

    async def start(self) -> None:
        """Let every part take the settings for the first time.

        Raises:
            BadSettings: a part cannot; what the others had opened is closed again.
        """
        self._take(await self._prepare(None, self.settings), self.settings)

    @contextmanager
    def taking(self, old: Settings, new: Settings) -> Iterator[None]:
        """Around the writing of a change, on the thread of whoever changes the settings.

        Raises:
            BadSettings: a part cannot take it; it is not to be written.
        """
        if self._closed:  # the next start is by the new ones
            yield
            return
        prepared = self._on_loop(self._prepare(old, new))
        try:
            yield
        except BaseException:
            self._on_loop(self._let_go(prepared))
            raise
        self._on_loop(self._taken(prepared, new))

    def close(self) -> None:
        """The device stops: changes are none of its concern any more."""
        self._closed = True
        self._threads.shutdown(wait=False)

    def _on_loop(self, work: Coroutine[None, None, ResultT]) -> ResultT:
        if threading.get_ident() == self._loop_thread:
            work.close()
            raise RuntimeError("settings are changed off the main loop, which has to take them")
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _prepare(self, old: Settings | None, new: Settings) -> list[Prepared]:
        change = Change(old, new, self._off_loop)
        prepared: list[Prepared] = []
        refusals: list[BadSettings] = []
        for part in self.parts:
            try:
                prepared.append(await part.prepare(change))
            except BadSettings as error:
                refusals.append(error)
            except BaseException:
                await self._let_go(prepared)
                raise
        if refusals:
            await self._let_go(prepared)
            raise _together(refusals)
        return prepared

    async def _let_go(self, prepared: list[Prepared]) -> None:
        for each in prepared:
            each.abandon()

    async def _taken(self, prepared: list[Prepared], new: Settings) -> None:
        if self._closed:
            await self._let_go(prepared)
        else:
            self._take(prepared, new)

    def _take(self, prepared: list[Prepared], new: Settings) -> None:
        self.settings = new
        with self._turn() as now:
            for each in prepared:
                try:
                    each.apply(now)
                except Exception:  # the others are not to live by other settings than it
                    log.exception("a part of the device failed to take new settings")

    async def _off_loop(self, function: Callable[[], ResultT]) -> ResultT:
        return await self._loop.run_in_executor(self._threads, function)


def _together(refusals: Sequence[BadSettings]) -> BadSettings:
    """All that the parts object to; what they cannot have counts when nothing is wrong besides."""
    if all(isinstance(each, Unavailable) for each in refusals):
        return refusals[0]
    return BadSettings([problem for each in refusals for problem in each.problems])
