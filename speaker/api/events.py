"""Events as they happen, under `/api/v1/events`: by WebSocket, or as server-sent events."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Annotated, Final

from fastapi import APIRouter, Header, Query, Request, WebSocket
from fastapi.responses import Response, StreamingResponse
from pydantic import TypeAdapter, ValidationError
from starlette.websockets import WebSocketDisconnect, WebSocketState

from conf.accounts.role import Role
from speaker.api.errors import errors
from speaker.api.event_text import EventText, Pattern, Patterns, Texts, wants
from speaker.event_feed import Entry, TooManyListeners
from speaker.http.both_ways import until_one_ends
from speaker.http.identity import who_asks
from speaker.http.rights import needs

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from starlette.types import Receive, Scope, Send

    from speaker.device import Device
    from speaker.event_feed import Listener, Missed

SILENCE_S: Final = 15.0
"""After so long a comment is sent, so that proxies and listeners know that the stream is alive."""

TRY_AGAIN_LATER: Final = 1013
BAD_MESSAGE: Final = 1007

_WANTED: Final = TypeAdapter(dict[str, Patterns])


def event_routes(device: Device) -> APIRouter:
    """The feed of the device's bus."""
    router = APIRouter(prefix="/api/v1", tags=["events"])
    texts = Texts(device.lifecycle.boot_id)

    @router.get(
        "/events",
        response_class=StreamingResponse,
        responses={
            200: {
                "content": {"text/event-stream": {"schema": EventText.model_json_schema()}},
                "description": "Events without an end, each as the `data` of one message.",
            },
            **errors(503),
        },
    )
    @needs(Role.VIEWER)
    async def stream(
        request: Request,
        name: Annotated[list[Pattern], Query(max_length=16)] = [],  # noqa: B006 - FastAPI copies it
        last_event_id: Annotated[str, Header(max_length=64)] = "",
    ) -> Response:
        """Events as they happen (server-sent events): what counts now, then every change.

        `name` says which ones, as in `?name=call.*&name=dtmf.digit`. With `Last-Event-ID`, which
        browsers send when they come back, what happened meanwhile comes instead of what counts now.
        """
        after = texts.serial_of(last_event_id)
        role = who_asks(request).role
        return _Stream(device.event_feed.join(after=after), name, role, texts)

    @router.websocket("/events")
    @needs(Role.VIEWER)
    async def listen(
        websocket: WebSocket,
        name: Annotated[list[Pattern], Query(max_length=16)] = [],  # noqa: B006 - FastAPI copies it
    ) -> None:
        """The same by WebSocket; `{"name": ["call.*"]}` from the listener changes what it wants."""
        try:
            listener = device.event_feed.join()
        except TooManyListeners as error:
            await websocket.close(TRY_AGAIN_LATER, str(error))
            return
        with listener:
            await websocket.accept()
            await _Conversation(websocket, listener, texts, name).take_place()

    return router


class _Stream(Response):
    """Tells one listener, for as long as the answer goes on: also one that has left by then."""

    def __init__(self, listener: Listener, names: Sequence[str], role: Role, texts: Texts) -> None:
        super().__init__()
        self._listener = listener
        self._names = names
        self._role = role
        self._texts = texts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._listener:
            told = StreamingResponse(
                _messages(self._listener, self._names, self._role, self._texts),
                media_type="text/event-stream",
                headers={"X-Accel-Buffering": "no"},
            )
            await told(scope, receive, send)


async def _messages(
    listener: Listener, names: Sequence[str], role: Role, texts: Texts
) -> AsyncIterator[str]:
    """The stream of one listener (HTML, server-sent events)."""
    reading = asyncio.ensure_future(listener.next())
    try:
        yield ": events follow\n\n"
        while True:
            done, _ = await asyncio.wait({reading}, timeout=SILENCE_S)
            if not done:
                yield ": still here\n\n"
                continue
            entries = reading.result()
            if not entries:
                return
            told = [_message(each, texts) for each in entries if wants(names, each, role)]
            if told:
                yield "".join(told)
            reading = asyncio.ensure_future(listener.next())
    finally:
        reading.cancel()


def _message(entry: Entry | Missed, texts: Texts) -> str:
    if isinstance(entry, Entry):
        return f"id: {texts.id_of(entry)}\ndata: {texts.of(entry)}\n\n"
    return f"event: missed\ndata: {texts.of(entry)}\n\n"


class _Conversation:
    """One listener by WebSocket, who may change its mind about what it wants."""

    def __init__(
        self, websocket: WebSocket, listener: Listener, texts: Texts, names: Sequence[str]
    ) -> None:
        self._websocket = websocket
        self._listener = listener
        self._texts = texts
        self._names = names
        self._role = who_asks(websocket).role

    async def take_place(self) -> None:
        """Until one side goes."""
        await until_one_ends(self._tell(), self._hear())

    async def _tell(self) -> None:
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):
            while entries := await self._listener.next():
                for entry in entries:
                    if wants(self._names, entry, self._role):
                        await self._websocket.send_text(self._texts.of(entry))
            await self._websocket.close(1001)

    async def _hear(self) -> None:
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):
            while self._websocket.application_state is WebSocketState.CONNECTED:
                message = await self._websocket.receive_text()
                try:
                    self._names = _WANTED.validate_json(message)["name"]
                except (ValidationError, KeyError):
                    words = 'send {"name": ["call.*"]} to say what you want'
                    await self._websocket.close(BAD_MESSAGE, words)
                    return
