"""The IPv4 address of an interface, as the kernel tells it by its name (netdevice(7))."""

import enum
import fcntl
import socket
import struct
from ipaddress import IPv4Address
from typing import Final

_NAME_SIZE: Final = 16  # IFNAMSIZ, the end of the text among them
_REQUEST: Final = struct.Struct(f"{_NAME_SIZE}s24x")  # struct ifreq
_ANSWER_AT: Final = 20  # behind the name, the family and the port of the socket address


class Wanted(enum.IntEnum):
    """What can be asked for; the numbers are those of the ioctls."""

    ADDRESS = 0x8915
    BROADCAST = 0x8919
    NETMASK = 0x891B


def of_interface(name: str, wanted: Wanted) -> IPv4Address | None:
    """The first address of an interface, or what belongs to it; None: it has none."""
    request = _REQUEST.pack(name.encode()[: _NAME_SIZE - 1])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            answer = fcntl.ioctl(probe, wanted, request)
        except OSError:
            return None
    return IPv4Address(answer[_ANSWER_AT : _ANSWER_AT + 4])
