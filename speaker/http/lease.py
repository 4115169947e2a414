"""Long answers, uploads and WebSockets end when who asked for them is no longer let in."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import Message, Receive, Send


class Lease:
    """Passes on what comes and goes, as long as the login that it began with counts.

    Looked at before each piece; so an account that is deleted listens to nothing more.
    """

    def __init__(self, receive: Receive, send: Send, still_counts: Callable[[], bool]) -> None:
        self._receive = receive
        self._send = send
        self._still_counts = still_counts
        self._is_over = False
        self._has_an_end = False

    async def receive(self) -> Message:
        """What the client sends; that it has left, once its login counts no longer."""
        message = await self._receive()
        if message["type"] == "http.request" and not self._still_counts():
            return {"type": "http.disconnect"}
        if message["type"] == "websocket.receive" and not self._still_counts():
            await self._close()
            return {"type": "websocket.disconnect", "code": 1008, "reason": None}
        return message

    async def send(self, message: Message) -> None:
        """Tell the client something; once its login counts no longer, that this is the end.

        Raises:
            OSError: to a WebSocket nothing more is sent; as if the client had left.
        """
        if self._is_over:
            return
        match message["type"]:
            case "http.response.start":
                names = {name.lower() for name, _ in message.get("headers", ())}
                self._has_an_end = b"content-length" in names
                await self._send(message)
            case "http.response.body" if message.get("more_body") and not self._may_go_on():
                # The server then tells the application that the client has left.
                self._is_over = True
                await self._send({"type": "http.response.body", "body": b"", "more_body": False})
            case "websocket.send" if not self._still_counts():
                await self._close()
                raise OSError("the login no longer counts")
            case _:
                await self._send(message)

    def _may_go_on(self) -> bool:
        """What has said how long it is ends by itself, and could not end earlier."""
        return self._has_an_end or self._still_counts()

    async def _close(self) -> None:
        self._is_over = True
        await self._send({"type": "websocket.close", "code": 1008, "reason": "log in again"})
