"""Listening sockets that outlive a device: a restart loses no port, and nobody who knocks.

What arrives while there is no device waits in them: connections to be accepted, and datagrams.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable, Sequence
from typing import Final, Self

WILDCARDS: Final = ("0.0.0.0", "::")  # noqa: S104 - what a socket without --bind is bound to

NamedSocket = tuple[str, socket.socket]
"""What it is for (`sip`, `tls`, `http`, `https`), and the socket."""


class KeptSockets:
    """The sockets that a device finds when it is made. Whoever takes some of them owns them."""

    def __init__(self, sockets: Iterable[NamedSocket] = ()) -> None:
        self._sockets = list(sockets)

    @classmethod
    def of(cls, sockets: Iterable[NamedSocket]) -> Self:
        """Copies of sockets that are about to be closed."""
        return cls((name, each.dup()) for name, each in sockets)

    def take(self, name: str, *, bind: str | None, port: int) -> list[socket.socket]:
        """The sockets of this name, if they are at this address and port (0: at any); else none."""
        hosts = WILDCARDS if bind is None else (bind,)
        mine = [kept for kept in self._sockets if kept[0] == name]
        if not all(_is_at(each, hosts, port) for _, each in mine):
            return []
        self._sockets = [kept for kept in self._sockets if kept not in mine]
        return [each for _, each in mine]

    def close(self) -> None:
        """Give back what nobody has taken."""
        for _, each in self._sockets:
            each.close()
        self._sockets.clear()


def _is_at(kept: socket.socket, hosts: Sequence[str], port: int) -> bool:
    host, own = kept.getsockname()[:2]
    return host in hosts and port in (0, own)
