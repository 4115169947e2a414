"""Requests that a page of somebody else has a browser send, with the logins that it remembers.

Browsers say so in Origin and Sec-Fetch-Site (Fetch standard §3.1, Fetch metadata §2.3); over plain
HTTP they leave out the latter. Other programs send neither.
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers

if TYPE_CHECKING:
    from starlette.types import Scope

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
ACTING_PATHS: Final = ("/axis-cgi/", "/vapix/")
"""Below these a GET may change something, too."""

OURS: Final = frozenset({"same-origin", "none"})
"""What browsers say of our own page, and of what a person has typed."""

SILENT: Final = (
    "a browser that does not say which page sends this may not do it by plain HTTP: any other page"
    " could have it do so"
)


class UnknownPage(Exception):
    """A browser says nothing of the page that has it send what changes something.

    Nothing was done; the gate answers.
    """


_TELLING: Final = ("sec-fetch-site", "origin", "referer")

LOCAL_DOMAINS: Final = (".local", ".localhost", ".home.arpa", ".internal")
"""Nobody can register a name in these (RFC 6762, RFC 6761, RFC 8375, ICANN 2024-07-29)."""


def changes_something(scope: Scope) -> bool:
    """Whether a request may do more than ask. The handshake of a WebSocket does: it opens one."""
    if scope["type"] == "websocket":
        return True
    if scope["path"].startswith(ACTING_PATHS):
        return True
    return scope["method"] not in SAFE_METHODS


def comes_from_elsewhere(scope: Scope) -> bool:
    """Whether a browser sends this on behalf of a page that is not ours."""
    headers = Headers(scope=scope)
    site = headers.get("sec-fetch-site")
    if site is not None and site.lower() not in OURS:
        return True
    origin = headers.get("origin")
    if origin is not None:
        return _authority(origin) != headers.get("host", "").lower()
    referer = headers.get("referer")
    return referer is not None and _authority(referer) != headers.get("host", "").lower()


def check_page(scope: Scope) -> None:
    """Raise UnknownPage if a browser sends this and says nothing of the page that has it do so.

    For what changes something by GET: by plain HTTP any page can have a browser keep silent, and
    what a person has typed looks the same. The gate has compared what is said before.
    """
    headers = Headers(scope=scope)
    is_browser = headers.get("user-agent", "").startswith("Mozilla/")
    if is_browser and not any(name in headers for name in _TELLING):
        raise UnknownPage


def is_own_name(host: str, own_hostname: str) -> bool:
    """Whether `host`, the value of Host, is a name that nobody else can let point at us.

    A page of an attacker may make its own name point at this device (DNS rebinding), and is then
    one with it for the browser.
    """
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    name = name.removesuffix(".")
    try:
        ip_address(name)
    except ValueError:
        pass
    else:
        return True
    is_registered_nowhere = "." not in name or name.endswith(LOCAL_DOMAINS)
    return bool(name) and (is_registered_nowhere or name == own_hostname.lower())


def _authority(url: str) -> str:
    """Host and port as they stand in Host."""
    try:
        return urlsplit(url).netloc.rpartition("@")[2].lower()
    except ValueError:
        return ""
