"""Where a SIP server is, as people write it: `pbx.example`, `192.0.2.5:5070`, `[2001:db8::5]`."""

import re
from ipaddress import IPv6Address
from typing import Final

_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?"
_NAME: Final = rf"_?{_LABEL}(?:\._?{_LABEL})*\.?"
_HOST: Final = rf"(?P<host>{_NAME}|\[(?P<ipv6>[0-9A-Fa-f:.]+)\])"
_DOMAIN: Final = re.compile(_HOST)
_SERVER: Final = re.compile(
    rf"(?:sips?:)?{_HOST}(?::(?P<port>[0-9]{{1,5}}))?(?:;transport=(?:udp|tcp|tls))?"
)
LONGEST: Final = 253
"""Characters of a domain name (RFC 1035 §2.3.4)."""


def is_domain(text: str) -> bool:
    """Whether `text` is a name, an IPv4 address, or an IPv6 address in brackets; or empty."""
    if not text:
        return True
    found = _DOMAIN.fullmatch(text) if len(text) <= LONGEST else None
    return found is not None and _is_address(found["ipv6"])


def is_server(text: str) -> bool:
    """Whether `text` is a host as in `is_domain`, with or without a port and a transport; or empty.

    `sip:` or `sips:` may stand before it, as in what some PBXs show to be copied.
    """
    if not text:
        return True
    found = _SERVER.fullmatch(text) if len(text) <= LONGEST + 30 else None
    if found is None or not _is_address(found["ipv6"]):
        return False
    return found["port"] is None or 0 < int(found["port"]) <= 65535


def _is_address(ipv6: str | None) -> bool:
    if ipv6 is None:
        return True
    try:
        IPv6Address(ipv6)
    except ValueError:
        return False
    return True
