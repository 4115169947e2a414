"""The plain datagram path: one non-blocking UDP socket, polled at each tick of the sound engine."""

from __future__ import annotations

import ipaddress
import select
import socket
import struct
import time
from collections.abc import Sequence
from typing import Any, Final, TypeAlias

from nat.datagram_path import Datagram, Tap

MAXIMUM_PER_RECEIVE: Final = 64
"""Datagrams read in one go. A call brings one or two per tick; more is a burst or an attack, and
the rest waits in the socket, whose buffer the system bounds, so that the tick stays short."""

MAXIMUM_DATAGRAM: Final = 2048
"""Octets read of one datagram; RTP stays below the path's 1500, and what is longer is cut."""

# The socket module names neither; the numbers are those of Linux on every architecture but the
# few (alpha, sparc, parisc) that Python's sound libraries do not reach either.
_SO_TIMESTAMPNS: Final = 35
_TIMESPEC: Final = struct.Struct("@ll")
_ANCILLARY_SPACE: Final = socket.CMSG_SPACE(_TIMESPEC.size)

_OLDEST_ARRIVAL_S: Final = 10.0
"""A stamp that says more than this has seen the system's clock being set, and is not believed."""

_SocketAddress: TypeAlias = tuple[str, int] | tuple[str, int, int, int]


class UdpPath:
    """A `DatagramPath` over one UDP socket, which it owns.

    Whether something waits is asked of the system before it is read: asking costs a system call, a
    read that finds nothing an exception as well, and most ticks find nothing. Where the system
    stamps datagrams as they come in, `arrived` is that stamp, so that polling does not blur the
    jitter figures. `tap` hears what is sent and received, on the thread that does it.
    """

    def __init__(self, bound: socket.socket, tap: Tap | None = None) -> None:
        bound.setblocking(False)
        self._tap = tap
        self._socket: socket.socket | None = bound
        self._dual_stack = bound.family == socket.AF_INET6
        self._local: tuple[str, int] = bound.getsockname()[:2]
        self._stamped = _ask_for_stamps(bound)
        self._readiness = select.poll()
        self._readiness.register(bound, select.POLLIN)
        self._destination: tuple[str, int] | None = None
        self._socket_address: _SocketAddress | None = None
        self.unsent = 0
        """Datagrams that the system or their destination made impossible to send."""

    @property
    def port(self) -> int:
        """The local port."""
        return self._local[1]

    def fileno(self) -> int:
        """The socket, for a loop that waits for it to become readable; -1 once closed."""
        return -1 if self._socket is None else self._socket.fileno()

    def send(self, data: bytes, to: tuple[str, int]) -> None:
        """Send one datagram to an IP literal and port; never blocks, never raises."""
        if self._socket is None:
            return
        if to != self._destination:
            self._destination, self._socket_address = to, self._resolved(to)
        if self._socket_address is None:
            self.unsent += 1
            return
        try:
            self._socket.sendto(data, self._socket_address)
        except OSError:  # buffer full, no route, refused, too long: all lost like a packet is
            self.unsent += 1
            return
        if self._tap is not None:
            self._tap(data, self._local, to, is_sent=True)

    def receive(self) -> Sequence[Datagram]:
        """All that is waiting, oldest first, `MAXIMUM_PER_RECEIVE` at most."""
        if self._socket is None or not self._readiness.poll(0):
            return ()
        now = time.monotonic()
        wall = time.time()
        received: list[Datagram] = []
        while len(received) < MAXIMUM_PER_RECEIVE:
            try:
                waiting = self._socket.recvmsg(MAXIMUM_DATAGRAM, _ANCILLARY_SPACE)
            except OSError:  # an ICMP error about an earlier send, or a broken checksum
                break
            datagram = self._datagram(waiting, now, wall)
            received.append(datagram)
            if self._tap is not None:
                self._tap(datagram.data, self._local, datagram.source, is_sent=False)
            if not self._readiness.poll(0):
                break
        return received

    def close(self) -> None:
        """Give the port back. Closing twice is allowed."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _resolved(self, to: tuple[str, int]) -> _SocketAddress | None:
        """The socket's own form of a destination; None for what is no literal or not of its family.

        Names are never looked up: that would block the tick.
        """
        host, port = to
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return None
        if not 0 < port < 65536:
            return None
        if not self._dual_stack:
            return (host, port) if address.version == 4 else None
        if address.version == 4:
            return (f"::ffff:{host}", port, 0, 0)
        literal, _, scope = host.partition("%")
        try:
            return (literal, port, 0, _scope_number(scope))
        except (OSError, ValueError):
            return None

    def _datagram(self, received: tuple[bytes, Any, int, Any], now: float, wall: float) -> Datagram:
        data, ancillary, _, source = received
        arrived = now
        if self._stamped and ancillary:
            seconds, nanoseconds = _TIMESPEC.unpack_from(ancillary[0][2])
            age = wall - seconds - nanoseconds * 1e-9
            if 0.0 <= age < _OLDEST_ARRIVAL_S:
                arrived = now - age
        return Datagram(data, _plain(source) if self._dual_stack else source, arrived)


def _ask_for_stamps(bound: socket.socket) -> bool:
    try:
        bound.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
    except OSError:
        return False
    return True


def _plain(source: tuple[str, int, int, int]) -> tuple[str, int]:
    """Host and port of an IPv6 socket's peer, an IPv4 peer in its IPv4 form."""
    host, port, _, scope_id = source
    if host.startswith("::ffff:") and "." in host:
        return host[7:], port
    return (f"{host}%{scope_id}" if scope_id else host), port


def _scope_number(scope: str) -> int:
    """The interface number behind the `%` of a link-local literal; 0 for none.

    Raises:
        OSError: no interface has that name.
        ValueError: it is no name at all, or a number beyond 32 bits.
    """
    if not scope:
        return 0
    number = int(scope) if scope.isdecimal() else socket.if_nametoindex(scope)
    if number >= 1 << 32:
        raise ValueError(f"interface number {number} does not fit 32 bits")
    return number
