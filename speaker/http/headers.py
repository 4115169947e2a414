"""What every answer tells browsers, so that nobody's page can use ours against its visitors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.datastructures import MutableHeaders

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

ALWAYS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), camera=(), payment=(), usb=()",
}
UNLESS_SET: Final = {
    # Scripts and styles are files of ours; nothing comes from elsewhere, and nothing goes there.
    "Content-Security-Policy": (
        "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self';"
        " frame-ancestors 'self'; img-src 'self' data:"
    ),
    "Cache-Control": "no-store",
}
"""What a route may know better: a clip may be kept, a page of documentation may need more."""


class SecurityHeaders:
    """Puts them on each answer; `hsts_s` tells for how long browsers shall use HTTPS only."""

    def __init__(self, app: ASGIApp, hsts_s: Callable[[], int]) -> None:
        self._app = app
        self._hsts_s = hsts_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and complete the head of its answer."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        secure = scope.get("scheme") in ("https", "wss")

        async def complete(message: Message) -> None:
            if message["type"] in ("http.response.start", "websocket.http.response.start"):
                headers = MutableHeaders(scope=message)
                headers.update(ALWAYS)
                for name, value in UNLESS_SET.items():
                    headers.setdefault(name, value)
                # RFC 6797 §7.2: on an answer by HTTP it means nothing.
                if secure and (seconds := self._hsts_s()):
                    headers["Strict-Transport-Security"] = f"max-age={seconds}"
            await send(message)

        await self._app(scope, receive, complete)
