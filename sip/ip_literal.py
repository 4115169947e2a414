"""IP addresses as the text that `Address.host` holds."""

import functools
import ipaddress


@functools.lru_cache(maxsize=1024)
def ip_literal(host: str) -> str | None:
    """`host` in the one canonical spelling of the IP address that it is; None where it is a name.

    An IPv4 address in the clothes of IPv6 (`::ffff:192.0.2.1`) becomes IPv4, as our IPv6 sockets
    speak IPv6 only. The interface of a link-local address stays (`fe80::1%2`).
    """
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return str(address)


def is_ipv6(literal: str) -> bool:
    """Whether the IP literal `literal` is one of IPv6."""
    return ":" in literal
