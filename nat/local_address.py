"""Which of our addresses a peer sees."""

import ipaddress
import socket

_ANY_PORT = 9  # "discard": connecting a UDP socket sends nothing, the number only has to be valid


class NoRoute(OSError):
    """The machine has no way to the address asked for."""


def local_address_towards(host: str) -> str:
    """The IP literal (no brackets) of the interface that packets to `host` leave by.

    Asks the routing table by connecting a UDP socket, which sends nothing. `host` is an IP
    literal too: a name would have to be looked up, and this function never waits.

    Raises:
        ValueError: `host` is not an IP literal.
        NoRoute: the machine has no route to it.
    """
    address = ipaddress.ip_address(host)
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((host, _ANY_PORT))
            local: str = probe.getsockname()[0]
    except OSError as problem:
        raise NoRoute(f"no route to {host}: {problem.strerror}") from problem
    return local
