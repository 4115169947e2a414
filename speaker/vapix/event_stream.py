"""Events for VAPIX clients by WebSocket: `/vapix/ws-data-stream`, and `wssession.cgi` to get in.

The client sends `events:configure` with what it wants, gets the answer, then the conditions as they
are and every event from then on. Configuring again replaces what was wanted before.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from fastapi import APIRouter
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocketDisconnect

from conf.accounts.role import Role
from speaker.event_feed import Entry, TooManyListeners
from speaker.http.both_ways import until_one_ends
from speaker.http.identity import who_asks
from speaker.http.rights import needs
from speaker.vapix.envelope import JsonApi, Method, answered_to
from speaker.vapix.error_family import FAMILY_B, ApiError, Trouble
from speaker.vapix.event_filter import BadFilter, ContentFilter, EventFilter, TopicFilter
from speaker.vapix.topics import notifications_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from starlette.requests import Request
    from starlette.websockets import WebSocket

    from speaker.device import Device
    from speaker.event_feed import Listener, Missed
    from speaker.vapix.envelope import Asked
    from speaker.vapix.fields import Fields
    from speaker.vapix.topics import Notification

PATH: Final = "/vapix/ws-data-stream"
VERSION: Final = "1.0"
MOST_FILTERS: Final = 32
TRY_AGAIN_LATER: Final = 1013
UNSUPPORTED: Final = 1003
GOING_AWAY: Final = 1001


def event_stream_routes(device: Device) -> APIRouter:
    """The stream, and the ticket that opens it for clients that cannot log in in a handshake."""

    @needs(Role.VIEWER)
    async def wssession(request: Request) -> Response:
        """A ticket for one handshake within 15 seconds, as a number."""
        logins = device.logins
        return PlainTextResponse(logins.tickets.issue(who_asks(request), logins.now()))

    @needs(Role.VIEWER)
    async def stream(websocket: WebSocket) -> None:
        """What happens, once the client has said what it wants."""
        if websocket.query_params.get("sources") != "events":
            await websocket.close(UNSUPPORTED, "the one source is `sources=events`")
            return
        try:
            listener = device.event_feed.join()
        except TooManyListeners as error:
            await websocket.close(TRY_AGAIN_LATER, str(error))
            return
        with listener:
            await websocket.accept()
            await _Stream(websocket, listener).take_place()

    return APIRouter(
        routes=[
            Route("/axis-cgi/wssession.cgi", wssession, methods=["GET"], include_in_schema=False),
            WebSocketRoute(PATH, stream),
        ]
    )


class _Stream:
    """One client. Until it has configured what it wants it is told nothing."""

    def __init__(self, websocket: WebSocket, listener: Listener) -> None:
        self._websocket = websocket
        self._listener = listener
        self._filters: tuple[EventFilter, ...] = ()
        self._asked: tuple[EventFilter, ...] | None = None
        self._configured = asyncio.Event()
        self._api = JsonApi(
            path=PATH,
            family=FAMILY_B,
            versions=(VERSION,),
            methods={"events:configure": Method(Role.VIEWER, self._configure)},
        )

    async def take_place(self) -> None:
        """Until one side goes."""
        await until_one_ends(self._tell(), self._hear())

    async def _hear(self) -> None:
        by = who_asks(self._websocket)
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):
            while True:
                message = await self._websocket.receive()
                if message["type"] != "websocket.receive":
                    return
                body = message.get("text")
                if body is None:
                    await self._websocket.close(UNSUPPORTED, "only texts are understood")
                    return
                _, answer = await answered_to(self._api, body.encode(), by)
                # The answer is the next text that the client expects: no event overtakes it.
                await self._websocket.send_text(json.dumps(answer))
                self._begin_anew()

    def _begin_anew(self) -> None:
        """Tell what counts now, if the client has said (again) what it wants."""
        if self._asked is not None:
            self._filters, self._asked = self._asked, None
            self._listener.begin_anew()
            self._configured.set()

    async def _configure(self, asked: Asked) -> Mapping[str, object]:
        entries = asked.params.objects("eventFilterList")
        if len(entries) > MOST_FILTERS:
            raise ApiError(Trouble.INVALID, f"eventFilterList has more than {MOST_FILTERS} entries")
        self._asked = tuple(_filter(each) for each in entries)
        return {}

    async def _tell(self) -> None:
        await self._configured.wait()
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):
            while entries := await self._listener.next():
                await self._send(entries)
            await self._websocket.close(GOING_AWAY)

    async def _send(self, entries: Iterable[Entry | Missed]) -> None:
        for entry in entries:
            if not isinstance(entry, Entry):
                continue  # what counts now follows
            for notification in notifications_of(entry.event):
                for _ in self._wishes_for(notification):
                    await self._websocket.send_text(_notify(entry, notification))

    def _wishes_for(self, notification: Notification) -> Iterator[EventFilter]:
        """An event that two filters want is sent twice, as clients know it."""
        return (each for each in self._filters if each.matches(notification))


def _filter(entry: Fields) -> EventFilter:
    try:
        topic = TopicFilter.parse(entry.text("topicFilter"))
        content = (
            ContentFilter.parse(entry.text("contentFilter"))
            if "contentFilter" in entry and entry.text("contentFilter")
            else None
        )
    except BadFilter as error:
        raise ApiError(Trouble.INVALID, str(error)) from error
    return EventFilter(topic, content)


def _notify(entry: Entry, notification: Notification) -> str:
    message = {
        "source": dict(notification.source),
        "key": {},
        "data": dict(notification.data),
    }
    told = {
        "timestamp": int(entry.at.timestamp() * 1000),
        "topic": notification.topic,
        "message": message,
    }
    return json.dumps(
        {"apiVersion": VERSION, "method": "events:notify", "params": {"notification": told}}
    )
