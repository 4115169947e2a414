"""One connection of an HTTP client: bounded in time and number, so that nobody keeps others out."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from speaker.http.endless_body import with_length
from speaker.http.source import source_of

if TYPE_CHECKING:
    import asyncio

    from uvicorn._types import ASGIReceiveEvent
    from uvicorn.config import Config
    from uvicorn.server import ServerState

    from speaker.http.crowd import Crowd

LONGEST_HEAD: Final = 16 * 1024
"""Octets of a request's line and header fields together."""

KEEP_ALIVE_S: Final = 15
"""How long a connection may be idle between two requests."""


class Wait(Enum):
    """What a client is waited for, and for how long, in seconds."""

    HEAD = 10.0
    """The whole of a request's header."""
    REST = 2.0
    """The rest of a body whose request was answered already: it is not kept, but a connection that
    is closed at once would take the answer away from a client that is still sending."""
    READING = 60.0
    """That it reads any of the answer."""


class Exchange(RequestResponseCycle):
    """A request and its answer. What had arrived when the client left is still handed out.

    Programs that send a file as sound write all of it at once and close.
    """

    async def receive(self) -> ASGIReceiveEvent:
        """The next piece of the body."""
        message = await super().receive()
        if message["type"] == "http.disconnect" and self.body and not self.response_complete:
            body, self.body = bytes(self.body), bytearray()
            return {"type": "http.request", "body": body, "more_body": self.more_body}
        return message


class Connection(H11Protocol):
    """uvicorn's connection with an end to its patience."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        crowd: Crowd,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._crowd = crowd
        self._waits: dict[Wait, asyncio.TimerHandle] = {}
        self.source = ""

    @property
    def is_idle(self) -> bool:
        """Whether no request is being answered."""
        cycle: RequestResponseCycle | None = self.cycle  # None before the first request
        return cycle is None or cycle.response_complete

    @property
    def is_unanswered(self) -> bool:
        """Whether there is a request of which no answer has begun."""
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is not None and not cycle.response_started

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin; where there are too many, an idle one of those who have most makes room."""
        super().connection_made(transport)
        self.source = source_of(self.client[0]) if self.client else ""
        self._wait_for(Wait.HEAD)
        leaving = self._crowd.join(self)
        if isinstance(leaving, Connection):
            leaving._crowd.leave(leaving)
            leaving.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self._crowd.leave(self)
        self._stop_waiting(*Wait)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on. What drips in does not prolong the wait."""
        if self.conn.their_state is h11.IDLE:
            self._wait_for(Wait.HEAD)
            data = with_length(data)
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._stop_waiting(Wait.HEAD)
        if self.conn.their_state is not h11.SEND_BODY:
            self._stop_waiting(Wait.REST)

    def handle_events(self) -> None:
        """Take what was read; a request begins to be answered when this has returned."""
        super().handle_events()
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is not None:
            cycle.__class__ = Exchange  # uvicorn asks nobody which class to take

    def on_response_complete(self) -> None:
        """Be ready for the next request, or for the rest of this one."""
        super().on_response_complete()
        if self.conn.their_state is h11.SEND_BODY:
            self._wait_for(Wait.REST)

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """Leave the connection to a protocol that has limits of its own."""
        self._crowd.leave(self)
        self._stop_waiting(*Wait)
        super().handle_websocket_upgrade(event)

    def pause_writing(self) -> None:
        """The client reads more slowly than we write."""
        super().pause_writing()
        self._wait_for(Wait.READING)

    def resume_writing(self) -> None:
        """It has read what there was."""
        self._stop_waiting(Wait.READING)
        super().resume_writing()

    def _wait_for(self, wait: Wait) -> None:
        if wait not in self._waits:
            self._waits[wait] = self.loop.call_later(wait.value, self.transport.abort)

    def _stop_waiting(self, *waits: Wait) -> None:
        for wait in waits:
            timer = self._waits.pop(wait, None)
            if timer is not None:
                timer.cancel()
