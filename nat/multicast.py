"""A datagram path that hears a multicast group and never speaks."""

from __future__ import annotations

import ipaddress
import socket
import struct
from typing import TYPE_CHECKING

from nat.udp_path import UdpPath

if TYPE_CHECKING:
    from nat.datagram_path import Tap


def open_multicast_path(
    group: str, port: int, *, interface: str | None = None, tap: Tap | None = None
) -> UdpPath:
    """Join `group` and hear what is sent to it on `port`, for as long as the path is open.

    `interface` is the IP literal of the interface to join on; None leaves the choice to the
    system's routes. Only datagrams addressed to the group are heard, not those that are sent to
    the port by other ways; other programs may hear the same group. `tap` hears what arrives.

    Raises:
        ValueError: `group` is no multicast address, or `interface` no IP literal of its version.
        OSError: the group cannot be joined there.
    """
    address = ipaddress.ip_address(group)
    if not address.is_multicast:
        raise ValueError(f"{group} is not a multicast address")
    if interface is not None and ipaddress.ip_address(interface).version != address.version:
        raise ValueError(f"{interface} is not of the IP version of {group}")
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    opened = socket.socket(family, socket.SOCK_DGRAM)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind((group, port))
        if address.version == 4:
            _join_ipv4(opened, group, interface)
        else:
            _join_ipv6(opened, group)
    except OSError:
        opened.close()
        raise
    return UdpPath(opened, tap)


def _join_ipv4(opened: socket.socket, group: str, interface: str | None) -> None:
    membership = socket.inet_aton(group) + socket.inet_aton(interface or "0.0.0.0")  # noqa: S104
    opened.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)
    # Linux hands a group's packets to every socket of the port unless told that joining decides.
    opened.setsockopt(socket.IPPROTO_IP, getattr(socket, "IP_MULTICAST_ALL", 49), 0)


def _join_ipv6(opened: socket.socket, group: str) -> None:
    """Join on the interface that the system's routes choose (index 0)."""
    membership = socket.inet_pton(socket.AF_INET6, group) + struct.pack("@I", 0)
    opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, membership)
