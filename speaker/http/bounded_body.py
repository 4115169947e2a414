"""What a request carries, bounded in octets and in time before any of it is kept."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope

SLOWEST_OCTETS_PER_S: Final = 4096
LEAST_PATIENCE_S: Final = 20.0


def announced_octets(scope: Scope) -> int:
    """The length that the request's header says its body has; 0: it says nothing."""
    text = Headers(scope=scope).get("content-length", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else 0


class BoundedBody:
    """A `receive` that ends what is too long (413) or too slow (408)."""

    def __init__(
        self, receive: Receive, limit: int, least_patience_s: float = LEAST_PATIENCE_S
    ) -> None:
        self._receive = receive
        self._limit = limit
        self._patience_s = max(least_patience_s, limit / SLOWEST_OCTETS_PER_S)
        self._octets = 0
        self._is_complete = False
        self._until: float | None = None

    async def __call__(self) -> Message:
        """The next piece.

        Raises:
            HTTPException: the body is too long or too slow.
        """
        if self._is_complete:  # what comes now is that the client leaves, which may take for ever
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._deadline()):
                message = await self._receive()
        except TimeoutError:
            raise HTTPException(408, "the body is too slow", {"Connection": "close"}) from None
        if message["type"] != "http.request":
            self._is_complete = True
            return message
        self._octets += len(message.get("body", b""))
        if self._octets > self._limit:
            raise HTTPException(413, too_long(self._limit), {"Connection": "close"})
        self._is_complete = not message.get("more_body", False)
        return message

    def _deadline(self) -> float:
        """When all of it must be here, in the loop's time; counted from its first use."""
        if self._until is None:
            self._until = asyncio.get_running_loop().time() + self._patience_s
        return self._until


def too_long(limit: int) -> str:
    """Why a body is refused."""
    return f"the body is longer than {limit} octets"
