"""How the gate says no, to programs, to VAPIX clients and to the handshakes of WebSockets."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Final

from starlette.responses import HTMLResponse, JSONResponse, Response

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

CGIS: Final = "/axis-cgi/"
"""Below it people expect texts and not JSON."""

SET_UP_FIRST: Final = "Error: initial admin user must be created first."
NO_INITIAL_ADMIN: Final = "Error: not a valid initial admin user."


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An answer in place of what was asked for."""

    status: int
    words: str
    vapix_words: str = ""
    """What a CGI says instead."""
    headers: tuple[tuple[str, str], ...] = ()

    async def send_to(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer. The request's body is not waited for."""
        if scope["type"] == "websocket":
            await _refuse_handshake(self.response_to(scope), scope, send)
        else:
            await self.response_to(scope)(scope, receive, send)

    def response_to(self, scope: Scope) -> Response:
        """The answer to an HTTP request."""
        response: Response
        if scope["path"].startswith(CGIS):
            response = vapix_page(self.vapix_words or self.words, self.status)
        else:
            response = JSONResponse({"detail": self.words}, status_code=self.status)
        for name, value in self.headers:
            response.headers.append(name, value)
        return response


def vapix_page(words: str, status: int = 200) -> HTMLResponse:
    """A sentence as CGIs send it: in a page, on a line of its own."""
    page = f"<html>\n<head>\n<title>{status}</title>\n</head>\n<body>\n{words}\n</body>\n</html>\n"
    return HTMLResponse(page, status_code=status)


def not_logged_in(challenges: tuple[str, ...]) -> Refusal:
    """Show who you are."""
    return Refusal(
        status=401,
        words="log in first",
        vapix_words="401 Unauthorized",
        headers=tuple(("WWW-Authenticate", each) for each in challenges),
    )


def not_set_up(challenges: tuple[str, ...]) -> Refusal:
    """There is nobody yet who could log in."""
    return Refusal(
        status=401,
        words="the device has no administrator yet: make one by POST /api/v1/setup",
        vapix_words=SET_UP_FIRST,
        headers=tuple(("WWW-Authenticate", each) for each in challenges),
    )


def no_initial_administrator(challenges: tuple[str, ...]) -> Refusal:
    """What pwdgrp.cgi is asked to add first is no administrator."""
    return Refusal(
        status=401,
        words=NO_INITIAL_ADMIN,
        headers=tuple(("WWW-Authenticate", each) for each in challenges),
    )


def forbidden(words: str) -> Refusal:
    """Known, but not allowed."""
    return Refusal(status=403, words=words)


def blocked(left_s: float) -> Refusal:
    """Failed too often."""
    return Refusal(
        status=429,
        words="too many failed logins from this address: wait",
        headers=(("Retry-After", str(max(1, ceil(left_s)))),),
    )


def too_busy() -> Refusal:
    """Too many passwords to be checked at once."""
    return Refusal(
        status=503, words="too many logins at once: try again", headers=(("Retry-After", "1"),)
    )


async def _refuse_handshake(response: Response, scope: Scope, send: Send) -> None:
    if "websocket.http.response" not in scope.get("extensions", {}):
        # Not accepted: the server answers 403 to the handshake.
        await send({"type": "websocket.close", "code": 1008})
        return
    await send(
        {
            "type": "websocket.http.response.start",
            "status": response.status_code,
            "headers": response.raw_headers,
        }
    )
    await send({"type": "websocket.http.response.body", "body": bytes(response.body)})
