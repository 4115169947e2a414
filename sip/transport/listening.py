"""Listening sockets: UDP and TCP, IPv4 and IPv6, on one port number; and those of TLS."""

import contextlib
import errno
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sip.ip_literal import ip_literal, is_ipv6

_WILDCARDS: Final = ("0.0.0.0", "::")  # noqa: S104 (phones call from anywhere; `bind` narrows it)
_NO_IPV6: Final = frozenset({errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL, errno.EPROTONOSUPPORT})
_BACKLOG: Final = 1024
"""Callers that the kernel lets wait for our next turn. With fewer, somebody who opens connections
as fast as he can makes others wait a second, until their SYN is repeated."""

_ATTEMPTS: Final = 32
"""Tries to find a number that is free four times over, when any port will do."""

_KINDS: Final = {socket.SOCK_DGRAM: "UDP", socket.SOCK_STREAM: "TCP"}
_TLS: Final = {socket.SOCK_STREAM: "TLS"}


class CannotListen(OSError):
    """A port or an address could not be had. The text is one sentence for people."""

    def __str__(self) -> str:
        return str(self.strerror)


@dataclass(frozen=True, slots=True)
class Listeners:
    """Non-blocking sockets that are bound to `port`; those of TCP listen already."""

    port: int
    udp: tuple[socket.socket, ...]
    tcp: tuple[socket.socket, ...]

    def close(self) -> None:
        """Give every socket back."""
        for each in (*self.udp, *self.tcp):
            each.close()


def open_listeners(bind: str | None, port: int) -> Listeners:
    """Listen on the IP address `bind`, or on every address of the machine where it is None.

    Port 0 takes any number that is free for all of them. A machine without IPv6 goes without.

    Raises:
        CannotListen: the port is taken or not allowed, or `bind` is not an address of this machine.
    """
    return _open_somehow(bind, port, _KINDS)


def open_tls_listeners(bind: str | None, port: int) -> Listeners:
    """Listen for TLS, where `open_listeners` would for the others; `Listeners.tcp` holds them.

    Raises:
        CannotListen: the port is taken or not allowed, or `bind` is not an address of this machine.
    """
    return _open_somehow(bind, port, _TLS)


def _open_somehow(bind: str | None, port: int, kinds: Mapping[socket.SocketKind, str]) -> Listeners:
    for _ in range(_ATTEMPTS - 1):
        try:
            return _open_all(bind, port, kinds)
        except CannotListen as error:
            if port != 0 or error.errno != errno.EADDRINUSE:
                raise
    return _open_all(bind, port, kinds)


def _open_all(bind: str | None, port: int, kinds: Mapping[socket.SocketKind, str]) -> Listeners:
    with contextlib.ExitStack() as opened:
        sockets: dict[socket.SocketKind, list[socket.socket]] = {kind: [] for kind in kinds}
        for host in _WILDCARDS if bind is None else (_required_literal(bind),):
            for kind, kept in sockets.items():
                try:
                    bound = opened.enter_context(_bound_socket(host, kind, port, kinds[kind]))
                except CannotListen as error:
                    if bind is None and is_ipv6(host) and error.errno in _NO_IPV6:
                        continue
                    raise
                kept.append(bound)
                port = bound.getsockname()[1]
        opened.pop_all()
    datagrams, streams = (tuple(sockets.get(kind, ())) for kind in _KINDS)
    return Listeners(port, datagrams, streams)


def _required_literal(bind: str) -> str:
    literal = ip_literal(bind)
    if literal is None:
        raise CannotListen(errno.EADDRNOTAVAIL, f"{bind!r} is not an IP address to listen on")
    return literal


def _bound_socket(host: str, kind: socket.SocketKind, port: int, called: str) -> socket.socket:
    try:
        return _bind(host, kind, port)
    except OSError as error:
        where = f"SIP port {port} ({called}, address {host})"
        raise CannotListen(
            error.errno, f"{where} cannot be opened: {error.strerror or error}"
        ) from error


def _bind(host: str, kind: socket.SocketKind, port: int) -> socket.socket:
    family, _, _, _, address = socket.getaddrinfo(
        host, port, type=kind, flags=socket.AI_NUMERICHOST
    )[0]
    bound = socket.socket(family, kind)
    try:
        bound.setblocking(False)
        if family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if kind == socket.SOCK_STREAM:
            # Old connections in TIME_WAIT must not keep a restarted speaker from its port. For UDP
            # the same option would let two speakers share a port, each getting some of the calls.
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
        if kind == socket.SOCK_STREAM:
            bound.listen(_BACKLOG)
    except OSError:
        bound.close()
        raise
    return bound
