"""What the socket module calls an address, and what `Address` does."""

import socket

from sip.flow import Address
from sip.ip_literal import is_ipv6

SocketAddress = tuple[str, int] | tuple[str, int, int, int]
"""What the socket module calls an address: of IPv6 with flow label and interface."""


def address_of(name: SocketAddress) -> Address:
    """The address that a socket gives, the interface of a link-local one kept in its host."""
    if len(name) == 4 and name[3] and "%" not in name[0]:
        return Address(f"{name[0]}%{name[3]}", name[1])
    return Address(name[0], name[1])


def socket_address(address: Address) -> SocketAddress:
    """What to give to a socket for `address`, whose host is an IP literal.

    Raises:
        OSError: there is no interface of that name.
    """
    if not is_ipv6(address.host):
        return (address.host, address.port)
    host, _, zone = address.host.partition("%")
    if not zone:
        return (host, address.port, 0, 0)
    interface = int(zone) if zone.isdecimal() else socket.if_nametoindex(zone)
    return (host, address.port, 0, interface)
