"""What counts as one source of requests."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

NETWORK_BITS: Final = 64
"""An IPv6 host picks its addresses from a network of 64 bits at will (RFC 4291 §2.5.1)."""


def source_of(address: str) -> str:
    """An IPv4 address, or the network of an IPv6 address; what is no address is itself."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ip_network((int(found), NETWORK_BITS), strict=False))
