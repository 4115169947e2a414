"""What a person sees who opens the device in a browser: where to go from there."""

from __future__ import annotations

import re
import socket
from base64 import b64encode
from hashlib import sha256
from html import escape
from typing import TYPE_CHECKING, Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from conf.accounts.role import Role
from speaker.http.cross_site import is_own_name
from speaker.http.rights import needs
from speaker.version import VERSION

if TYPE_CHECKING:
    from speaker.device import Device

STYLE: Final = (
    ":root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}"
    "body{max-width:44rem;margin:3rem auto;padding:0 1rem}"
    "pre{padding:.75rem;white-space:pre-wrap;overflow-wrap:anywhere;border:1px solid}"
    "footer{margin-top:3rem;opacity:.7}"
)

POLICY: Final = (
    "default-src 'none';"
    f" style-src 'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}';"
    " img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Content-Security-Policy: this one style, and no script at all."""

PAGE: Final = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{name}</title>
<link rel="icon" href="data:,">
<style>{style}</style>
</head>
<body>
<h1>{name}</h1>
{content}
<footer>Intercom speaker {version}. Its files <code>docs/installing.md</code>, \
<code>docs/api.md</code> and <code>docs/security.md</code> tell more.</footer>
</body>
</html>
"""

SET_UP: Final = """\
<h2>Make the first administrator</h2>
<p>Nobody can log in yet, and whoever comes first becomes the administrator. Give this command on
the speaker's own machine, as the user that the speaker runs as; it asks for the password:</p>
<pre>speaker ctl accounts add admin</pre>
<p>Or this one here, with a password of yours in place of PASSWORD{warning}:</p>
<pre>curl {options}-H "Content-Type: application/json" \
-d "{{\\"name\\": \\"admin\\", \\"password\\": \\"PASSWORD\\"}}" {base}/api/v1/setup</pre>
<p>Then load this page again.</p>"""

USE: Final = """\
<p>The speaker has no pages for its settings yet; programs reach all of them over HTTP.</p>
<p><a href="/api/v1/docs">Read the API and try it out</a>. The browser asks for your name and
password.</p>
<p>From a command line, <code>speaker ctl</code> does the same.</p>"""

IN_CLEAR_TEXT: Final = (
    " (it can be read on the way; open this page by https:// first where others listen)"
)

_AUTHORITY: Final = re.compile(r"(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")


def front_page_routes(device: Device) -> APIRouter:
    """`/`, for anybody."""
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    @needs(Role.ANYBODY)
    async def front_page(request: Request) -> HTMLResponse:
        page = PAGE.format(
            name=escape(device.settings.device.name),
            style=STYLE,
            content=USE if device.accounts.has_administrator else _set_up(request),
            version=escape(VERSION),
        )
        return HTMLResponse(page, headers={"Content-Security-Policy": POLICY})

    return router


def _set_up(request: Request) -> str:
    scheme = request.url.scheme
    return SET_UP.format(
        # By HTTPS it is the certificate that the device has signed itself, as a rule.
        options="--insecure " if scheme == "https" else "",
        warning="" if scheme == "https" else IN_CLEAR_TEXT,
        base=f"{scheme}://{_authority(request)}",
    )


def _authority(request: Request) -> str:
    """How the browser reached us, if setting up takes that name; else the address it came to.

    It stands in a command that people copy: nothing else gets in there.
    """
    host = request.headers.get("host", "")
    if _AUTHORITY.fullmatch(host) and is_own_name(host, socket.gethostname()):
        return host
    address, port = request.scope["server"]
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
