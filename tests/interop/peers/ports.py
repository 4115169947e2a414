"""Free ports for programs that cannot choose one themselves and say which."""

import contextlib
import itertools
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

from tests.interop.peers.loopback import LOOPBACK, LOOPBACK_6

BIND_LIMIT_S = 5.0
BIND_POLL_S = 0.02
_FIRST, _LAST = 20000, 29998
"""Below the range that the kernel gives out by itself, so nobody is given one meanwhile."""

_STEP = 200
"""How far apart two runs of the tests begin to look, so that they do not meet."""

_START: int = _FIRST + os.getpid() * _STEP % (_LAST - _FIRST)
_candidates: Iterator[int] = itertools.cycle([*range(_START, _LAST, 2), *range(_FIRST, _START, 2)])


def free_port() -> int:
    """An even port that is free, together with the next one, for UDP and TCP on loopback,
    IPv4 and IPv6.

    Each call looks further on, so that ports handed out but not yet bound do not collide.
    """
    for port in itertools.islice(_candidates, (_LAST - _FIRST) // 2):
        if all(_is_free(kind, address, port + next_one) for kind, address, next_one in _NEEDED):
            return port
    raise OSError(f"no free pair of ports from {_FIRST} to {_LAST}")


def wait_until_bound(kind: socket.SocketKind, address: str, port: int) -> None:
    """Return when somebody has bound the port; for programs that do not say when they are ready.

    The system is asked: to try the port out would take it from the program for a moment.
    """
    deadline = time.monotonic() + BIND_LIMIT_S
    while not _is_bound(kind, address, port):
        if time.monotonic() > deadline:
            raise TimeoutError(f"nobody bound port {port} within {BIND_LIMIT_S} s")
        time.sleep(BIND_POLL_S)


_NEEDED = tuple(
    itertools.product((socket.SOCK_DGRAM, socket.SOCK_STREAM), (LOOPBACK, LOOPBACK_6), (0, 1))
)


def _is_bound(kind: socket.SocketKind, address: str, port: int) -> bool:
    table = _TABLES[kind, ":" in address]
    rows = (row.split() for row in Path(table).read_text().splitlines()[1:])
    # The local address is `HEX:PORT`; a connection has a remote one too, a bound port has none.
    return any(
        int(row[1].rpartition(":")[2], 16) == port and int(row[2].rpartition(":")[2], 16) == 0
        for row in rows
    )


_TABLES = {
    (socket.SOCK_STREAM, False): "/proc/thread-self/net/tcp",
    (socket.SOCK_STREAM, True): "/proc/thread-self/net/tcp6",
    (socket.SOCK_DGRAM, False): "/proc/thread-self/net/udp",
    (socket.SOCK_DGRAM, True): "/proc/thread-self/net/udp6",
}


def _is_free(kind: socket.SocketKind, address: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with contextlib.closing(socket.socket(family, kind)) as probe:
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True
