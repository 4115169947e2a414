"""The older addresses of CGIs, which name a role: `/axis-cgi/admin/param.cgi`.

They are the same CGIs, with the rights of the CGI and not those of the role in the address.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

_WITH_A_ROLE: Final = re.compile(r"/axis-cgi/(?:admin|operator|view|viewer)/(.+)", re.DOTALL)


class Aliases:
    """Leads an older address to the CGI that it means; stands before the gate."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, under the address that has a route."""
        if scope["type"] in ("http", "websocket"):
            # `raw_path` stays as it came: a client's Digest is over that.
            scope = {**scope, "path": unaliased(scope["path"])}
        await self._app(scope, receive, send)


def unaliased(path: str) -> str:
    """`/axis-cgi/param.cgi` for `/axis-cgi/admin/param.cgi`; others as they are."""
    found = _WITH_A_ROLE.fullmatch(path)
    return f"/axis-cgi/{found[1]}" if found else path
