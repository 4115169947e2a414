"""Listening sockets that outlive a program: a restart loses no port, and nobody who knocks.

They are handed over as systemd hands sockets to services (sd_listen_fds(3)): descriptors from 3 on,
which `LISTEN_FDS` counts and `LISTEN_FDNAMES` names. What arrives meanwhile waits in them.
"""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import sys
from typing import TYPE_CHECKING, Final, NoReturn, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, MutableMapping, Sequence

FIRST: Final = 3
MOST: Final = 64

WILDCARDS: Final = ("0.0.0.0", "::")  # noqa: S104 - what a socket without --bind is bound to

NamedSocket = tuple[str, socket.socket]
"""What it is for (`sip`, `tls`, `http`, `https`), and the socket."""


class KeptSockets:
    """The sockets that this program was started with. Whoever takes some of them owns them."""

    def __init__(self, sockets: Iterable[NamedSocket] = ()) -> None:
        self._sockets = list(sockets)

    @classmethod
    def inherited(cls, environment: MutableMapping[str, str]) -> Self:
        """Those that the environment tells of, which tells of them no more afterwards."""
        told = {name: environment.pop(f"LISTEN_{name}", "") for name in ("PID", "FDS", "FDNAMES")}
        if told["PID"] != str(os.getpid()) or not told["FDS"].isdecimal():
            return cls()
        names = told["FDNAMES"].split(":")
        sockets = []
        for place in range(min(int(told["FDS"]), MOST)):
            try:
                os.set_inheritable(FIRST + place, False)
                kept = socket.socket(fileno=FIRST + place)
            except OSError:  # not open, or no socket
                continue
            kept.setblocking(False)
            sockets.append((names[place] if place < len(names) else "", kept))
        return cls(sockets)

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


def start_anew(sockets: Sequence[NamedSocket]) -> NoReturn:
    """Put a new program in the place of this one: same process id and command line, these sockets.

    Raises:
        OSError: the program cannot be started.
    """
    environment = dict(os.environ)
    # Above the places where they are to be, so that none is overwritten before it was moved.
    raised = [fcntl.fcntl(each, fcntl.F_DUPFD_CLOEXEC, FIRST + len(sockets)) for _, each in sockets]
    for place, descriptor in enumerate(raised):
        os.dup2(descriptor, FIRST + place, inheritable=True)
    environment["LISTEN_PID"] = str(os.getpid())
    environment["LISTEN_FDS"] = str(len(sockets))
    environment["LISTEN_FDNAMES"] = ":".join(name for name, _ in sockets)
    # The new program is deaf to it until it listens; by default it would be the end of it.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], environment)  # noqa: S606 - ourselves
