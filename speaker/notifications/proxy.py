"""By way of whom a recipient is asked: its own proxy, a global one, or none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

from conf.values.web_address import split

if TYPE_CHECKING:
    from conf.sections.global_proxies import GlobalProxySettings
    from conf.sections.recipients import RecipientSettings
    from conf.values.secret import Secret


@dataclass(frozen=True, slots=True)
class Proxy:
    """Somebody who passes requests on."""

    url: str
    """`http(s)://host:port`."""
    username: str
    """Empty: it needs none."""
    password: Secret


def proxy_for(recipient: RecipientSettings, everywhere: GlobalProxySettings) -> Proxy | None:
    """The proxy for the address of this recipient."""
    if recipient.proxy_host:
        url = f"http://{recipient.proxy_host}:{recipient.proxy_port}"
        return Proxy(url, recipient.proxy_username, recipient.proxy_password)
    found = everywhere.proxy_for(recipient.url)
    return None if found is None else _global(*found)


def _global(address: str, password: Secret) -> Proxy | None:
    parts = split(address)
    if parts is None:
        return None
    host = parts.netloc.rpartition("@")[2]
    return Proxy(f"{parts.scheme}://{host}", unquote(parts.username or ""), password)
