"""Names of hosts to addresses, without making the loop wait."""

import asyncio
import socket
from collections.abc import Callable, Collection
from typing import Final

from sip.ip_literal import ip_literal

ANSWER_LIMIT_S: Final = 5.0
"""A slower resolver counts as one without an answer: nobody waits longer for a call."""

KEPT_S: Final = 30.0
"""How long an answer serves: the copies of one request, and no outage of a day."""

MAXIMUM_KEPT: Final = 256
MAXIMUM_QUESTIONS: Final = 32
MAXIMUM_WAITING: Final = 64

Then = Callable[[str | None], None]


class NameResolution:
    """Asks the machine's resolver; remembers its answers for a short while.

    Only addresses of `families` count. Peers choose the names that they make us ask for, so there
    is a bound to everything: questions under way, callers waiting for one, answers kept.
    """

    def __init__(self, families: Collection[socket.AddressFamily]) -> None:
        self._loop = asyncio.get_running_loop()
        self._families = families
        self._kept: dict[str, tuple[str, float]] = {}
        self._waiting: dict[str, list[Then]] = {}
        self._questions: set[asyncio.Task[None]] = set()

    def resolve(self, host: str, then: Then) -> None:
        """Call `then` with the IP literal for `host`, or None; at once where that is known.

        Those who wait for one name are called in the order in which they asked.
        """
        known = ip_literal(host)
        if known is None and host not in self._waiting:
            known = self._recall(host)
        if known is not None:
            then(known)
            return
        waiting = self._waiting.get(host)
        if waiting is not None and len(waiting) < MAXIMUM_WAITING:
            waiting.append(then)
        elif waiting is None and len(self._waiting) < MAXIMUM_QUESTIONS:
            self._waiting[host] = [then]
            question = self._loop.create_task(self._ask(host))
            self._questions.add(question)
            question.add_done_callback(self._questions.discard)
        else:
            then(None)

    async def close(self) -> None:
        """Stop waiting; nobody is called any more."""
        self._waiting.clear()
        for question in self._questions:
            question.cancel()
        await asyncio.gather(*self._questions, return_exceptions=True)

    def _recall(self, host: str) -> str | None:
        literal, good_until = self._kept.get(host, ("", 0.0))
        if good_until > self._loop.time():
            return literal
        self._kept.pop(host, None)
        return None

    async def _ask(self, host: str) -> None:
        literal = await self._first_address(host)
        if literal is not None:
            if len(self._kept) >= MAXIMUM_KEPT:
                del self._kept[next(iter(self._kept))]
            self._kept[host] = (literal, self._loop.time() + KEPT_S)
        for then in self._waiting.pop(host, ()):
            then(literal)

    async def _first_address(self, host: str) -> str | None:
        try:
            async with asyncio.timeout(ANSWER_LIMIT_S):
                found = await self._loop.getaddrinfo(host, None, type=socket.SOCK_DGRAM)
        except (OSError, UnicodeError):  # no answer in time, no such name, or no name at all
            return None
        for family, _, _, _, address in found:
            if family in self._families:
                return ip_literal(str(address[0]))
        return None
