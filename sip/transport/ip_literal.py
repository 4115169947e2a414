"""IP addresses as the text that `Address.host` holds."""

import functools
import ipaddress
import socket

from sip.flow import Address

SocketAddress = tuple[str, int] | tuple[str, int, int, int]
"""What the socket module calls an address: of IPv6 with flow label and interface."""


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
