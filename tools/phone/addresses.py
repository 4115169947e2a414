"""Which of this machine's addresses to use."""

import re
import socket

_AUTHORITY = re.compile(r"sips?:(?:[^@]*@)?(?:\[(?P<six>[^\]]+)\]|(?P<name>[^@:;?]+))(?=[:;?]|$)")
_ANY_PORT = 5060


class UnknownHost(Exception):
    """The host of a URI has no address that can be reached from here."""


def host_of(uri: str) -> str:
    """The host of a `sip:` URI, IPv6 literals without their brackets."""
    found = _AUTHORITY.match(uri)
    if found is None:
        raise UnknownHost(f"{uri}: names no host")
    return found["six"] or found["name"]


def address_towards(host: str) -> str:
    """The local IP address that packets to `host` leave from."""
    try:
        family, kind, protocol, _, target = socket.getaddrinfo(
            host, _ANY_PORT, type=socket.SOCK_DGRAM
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.connect(target)
            return str(probe.getsockname()[0])
    except OSError as error:
        raise UnknownHost(f"{host}: {error.strerror}") from error
