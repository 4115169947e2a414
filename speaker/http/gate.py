"""The gate of the HTTP side: every request shows who it is from before a route sees it."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.routing import Match

from conf.role import Role
from speaker.http.identity import Identity, Proof
from speaker.http.rights import NotAllowed, role_needed

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send


class Gate:
    """Lets a request pass whose sender may use its route; the others are told 401 or 403."""

    def __init__(self, app: ASGIApp, local_token: str) -> None:
        self._app = app
        self._local_token = local_token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        identity = self._identity(scope)
        needed = _role_needed(scope)
        refusal = 401 if identity.role is Role.ANYBODY else 403
        if identity.role < needed:
            await _refuse(refusal, scope, receive, send)
            return
        identity.attach(scope)
        try:
            await self._app(scope, receive, send)
        except NotAllowed:
            await _refuse(refusal, scope, receive, send)

    def _identity(self, scope: Scope) -> Identity:
        client = scope.get("client")
        address = client[0] if client else ""
        kind, _, proof = Headers(scope=scope).get("authorization", "").partition(" ")
        # Headers are Latin-1, so that anything at all may stand in them.
        if kind.lower() == "bearer" and hmac.compare_digest(
            proof.strip().encode(), self._local_token.encode()
        ):
            return Identity(
                name="local",
                role=Role.ADMINISTRATOR,
                proof=Proof.LOCAL_TOKEN,
                address=address,
            )
        return Identity(address=address)


def _role_needed(scope: Scope) -> Role:
    """Of the route that would be taken; what leads nowhere is nobody's secret."""
    for route in scope["app"].routes:
        match, _ = route.matches(scope)
        if match is not Match.NONE:
            return role_needed(route)
    return Role.ANYBODY


async def _refuse(code: int, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        # Not accepted: the server answers 403 to the handshake.
        await send({"type": "websocket.close", "code": 1008})
        return
    words = "log in first" if code == 401 else "this account may not do that"
    await JSONResponse({"detail": words}, status_code=code)(scope, receive, send)
