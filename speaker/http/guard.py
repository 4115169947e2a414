"""Who may speak HTTP to the device while it has no user accounts: programs on this machine only."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send


class LocalOnly:
    """Refuses requests from other machines, and those that a web page could have forged.

    A request passes if it comes from a loopback address, names a loopback host (so that no foreign
    name that resolves to us is believed) and, when it changes something, carries JSON (which a page
    of another origin cannot send unasked).
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 403 or 415."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal = _refusal(scope)
        if refusal is None:
            await self._app(scope, receive, send)
            return
        code, why = refusal
        await JSONResponse({"detail": why}, status_code=code)(scope, receive, send)


def _refusal(scope: Scope) -> tuple[int, str] | None:
    headers = dict(scope["headers"])
    client = scope.get("client")
    if client is None or not _is_loopback(client[0]):
        return 403, "only programs on this machine may use the HTTP interface"
    host = headers.get(b"host", b"").decode("latin-1")
    if not _is_loopback(_without_port(host)):
        return 403, f"the Host header names {host!r}, which is not this machine's loopback address"
    media_type = headers.get(b"content-type", b"").decode("latin-1").partition(";")[0].strip()
    if scope["method"] not in ("GET", "HEAD") and media_type.lower() != "application/json":
        return 415, f"the Content-Type is {media_type!r}; it must be application/json"
    return None


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.rpartition(":")[0] if host.count(":") == 1 else host


def _is_loopback(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback
