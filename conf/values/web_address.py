"""Addresses of HTTP: of those who are told something, of proxies, and of whom no proxy is for."""

import re
from ipaddress import ip_address, ip_network
from typing import Final
from urllib.parse import SplitResult, urlsplit

from conf.values.server_address import is_domain

LONGEST_URL: Final = 255
"""Octets."""

_VISIBLE: Final = re.compile(r"[!-~]*")
_PROXY: Final = re.compile(
    r"https?://(?:[^\s/?#@]*@)?(?P<host>[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):(?P<port>[0-9]{1,5})/?"
)
_LABELS: Final = re.compile(r"[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*")

DEFAULT_PORTS: Final = {"http": 80, "https": 443}

Origin = tuple[str, str, int]
"""Scheme, host in lower case, port (RFC 6454 §4)."""


def is_url(text: str) -> bool:
    """Whether `text` is an address of HTTP or HTTPS with everything escaped in it; or empty."""
    if not text:
        return True
    if len(text) > LONGEST_URL or _VISIBLE.fullmatch(text) is None or "#" in text:
        return False
    parts = split(text)
    if parts is None or parts.scheme not in DEFAULT_PORTS or not parts.hostname:
        return False
    return is_domain(f"[{parts.hostname}]" if "[" in parts.netloc else parts.hostname)


def is_proxy(text: str) -> bool:
    """Whether `text` is `http(s)://host:port`, with or without who asks before it; or empty."""
    if not text:
        return True
    found = _PROXY.fullmatch(text) if len(text) <= LONGEST_URL else None
    if found is None or _VISIBLE.fullmatch(text) is None:
        return False
    return split(text) is not None and is_domain(found["host"]) and 0 < int(found["port"]) <= 65535


def split(text: str) -> SplitResult | None:
    """The parts of an address; None where it has no such parts."""
    try:
        parts = urlsplit(text)
        if parts.port == 0:
            return None
    except ValueError:  # a port that is no number, a bracket that is not closed, no IPv6 address
        return None
    return parts


def origin_of(url: str) -> Origin | None:
    """Who is asked at this address; None: it is none."""
    parts = split(url)
    if parts is None or not parts.hostname:
        return None
    return parts.scheme, parts.hostname, parts.port or DEFAULT_PORTS.get(parts.scheme, 0)


def has_password(url: str) -> bool:
    """Whether there is one in the address itself."""
    parts = split(url)
    return parts is not None and parts.password is not None


def has_user(url: str) -> bool:
    """Whether the address itself says who asks."""
    parts = split(url)
    return parts is not None and parts.username is not None


def is_without_proxy(text: str) -> bool:
    """Whether `text` is an IP address, a network, a domain name, or `.` and a domain."""
    try:
        ip_network(text, strict=False)
    except ValueError:
        return len(text) <= 253 and _LABELS.fullmatch(text.removeprefix(".")) is not None
    return "%" not in text


def is_covered(host: str, entry: str) -> bool:
    """Whether an entry of those that no proxy is for means this host."""
    host, entry = host.lower().rstrip("."), entry.lower()
    if entry.startswith("."):
        return host.endswith(entry)
    try:
        return ip_address(host) in ip_network(entry, strict=False)
    except ValueError:
        return host == entry
