"""By way of whom the speaker asks others by HTTP: the section `[global_proxies]`."""

from typing import Annotated

from conf.sections.table import Table
from conf.values.constraints import Entries, Satisfies
from conf.values.secret import Secret
from conf.values.web_address import is_covered, is_proxy, is_without_proxy, split

ProxyAddress = Annotated[
    str,
    Satisfies(
        is_proxy,
        "http://host:port or http://user@host:port (or https://) of at most 255 characters",
    ),
]
WithoutProxy = Annotated[
    str,
    Satisfies(
        is_without_proxy,
        "an IP address, a network such as 192.168.0.0/16, a domain name, or .example.com for all"
        " that is below it",
    ),
]


class GlobalProxySettings(Table):
    """Proxies of the requests that the speaker makes by HTTP and HTTPS, as notifications are.

    Recipients that have a proxy of their own use that one.
    """

    http_proxy: ProxyAddress = ""
    """Proxy of requests by HTTP: `http://host:port`, or `http://user@host:port`; empty: none."""
    http_proxy_password: Secret = Secret()
    """Password of the user that `http_proxy` names."""
    https_proxy: ProxyAddress = ""
    """Proxy of requests by HTTPS, which it passes on unread; empty: none."""
    https_proxy_password: Secret = Secret()
    """Password of the user that `https_proxy` names."""
    no_proxy: Annotated[tuple[WithoutProxy, ...], Entries(0, 64, distinct=True)] = ()
    """Whom to ask without these proxies: IP addresses, networks, domain names, and `.example.com`
    for all that is below a domain."""

    def proxy_for(self, url: str) -> tuple[str, Secret] | None:
        """By way of whom this address is asked, and the password for that; None: straight."""
        parts = split(url)
        if parts is None or any(is_covered(parts.hostname or "", each) for each in self.no_proxy):
            return None
        if parts.scheme == "https":
            proxy = self.https_proxy, self.https_proxy_password
        else:
            proxy = self.http_proxy, self.http_proxy_password
        return proxy if proxy[0] else None
