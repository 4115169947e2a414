"""All TCP connections: accepted, opened when needed, used again, bounded (RFC 3261 §18)."""

import asyncio
import contextlib
import dataclasses
import itertools
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from sip.flow import Address, Flow, Transport
from sip.transport.connection_limits import ConnectionLimits
from sip.transport.counters import TransportCounters
from sip.transport.stream_connection import StreamConnection


@dataclass(slots=True)
class _Opening:
    """A connection on its way, and the messages for it with the flows that they were sent by."""

    waiting: list[tuple[bytes, Flow]] = field(default_factory=list)
    task: asyncio.Task[None] | None = None


class StreamConnections:
    """The TCP side of the transport.

    `on_message(data, flow)` takes what arrives. `on_failure(flow)` is called, maybe more than once,
    for a message that could not be sent, and for a connection that closed.
    """

    def __init__(
        self,
        *,
        port: int,
        bind: str | None,
        limits: ConnectionLimits,
        counters: TransportCounters,
        on_message: Callable[[bytes, Flow], None],
        on_failure: Callable[[Flow], None],
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._port = port
        self._bind = bind
        self._limits = limits
        self._counters = counters
        self._on_message = on_message
        self._on_failure = on_failure
        self._servers: list[asyncio.Server] = []
        self._serials = itertools.count(1)
        self._by_serial: dict[int, StreamConnection] = {}
        self._by_remote: dict[Address, StreamConnection] = {}
        self._openings: dict[Address, _Opening] = {}

    async def listen(self, sockets: Iterable[socket.socket]) -> None:
        """Accept connections from bound sockets."""
        for each in sockets:
            self._servers.append(await self._loop.create_server(self._new_connection, sock=each))

    def send(self, data: bytes, flow: Flow, remote: Address) -> None:
        """Send by the connection that `flow` names, else by one to `remote`, an IP literal.

        `flow.remote` may say the same by name.
        """
        connection = self._by_serial.get(flow.connection) or self._by_remote.get(remote)
        if connection is not None and connection.open:
            self._write(connection, data, flow)
            return
        opening = self._openings.get(remote)
        if opening is None:
            if not self._has_room():
                self._counters.refused_connections += 1
                self._fail(flow)
                return
            opening = self._openings[remote] = _Opening()
            opening.task = self._loop.create_task(self._open(remote, opening))
        if len(opening.waiting) >= self._limits.waiting_messages:
            self._fail(flow)
            return
        opening.waiting.append((data, flow))

    async def close(self, patience_s: float) -> None:
        """Stop accepting; send what is still to be sent, but not for longer than `patience_s`."""
        for server in self._servers:
            server.close()
        tasks = [opening.task for opening in self._openings.values() if opening.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        connections = list(self._by_serial.values())
        for connection in connections:
            connection.close()
        await asyncio.gather(*(connection.closed(patience_s) for connection in connections))
        for server in self._servers:
            await server.wait_closed()

    def connection_opened(
        self, connection: StreamConnection, remote: Address, local: Address
    ) -> Flow | None:
        """Take a new connection in, unless there are too many."""
        # One that we opened was counted when we began to.
        if remote not in self._openings and not self._has_room():
            self._counters.refused_connections += 1
            return None
        serial = next(self._serials)
        self._by_serial[serial] = connection
        self._by_remote[remote] = connection
        return Flow(Transport.TCP, Address(local.host, self._port), remote, serial)

    def message_arrived(self, connection: StreamConnection, data: bytes) -> None:
        """Pass a message on."""
        if connection.flow is not None:
            self._on_message(data, connection.flow)

    def stream_malformed(self) -> None:
        """Count it."""
        self._counters.malformed_streams += 1

    def connection_overdue(self) -> None:
        """Count it."""
        self._counters.overdue_connections += 1

    def connection_closed(self, connection: StreamConnection) -> None:
        """Forget it, and tell whoever relied on it, by every name that was used for it."""
        flow = connection.flow
        if flow is None:
            return
        self._forget(connection, flow)
        for remote in (flow.remote, *connection.names):
            self._on_failure(dataclasses.replace(flow, remote=remote))

    def _new_connection(self) -> StreamConnection:
        return StreamConnection(self, self._limits)

    def _has_room(self) -> bool:
        """Whether one more may stand, if need be in place of the one that is idle longest."""
        if len(self._by_serial) + len(self._openings) < self._limits.connections:
            return True
        idlest = max(self._by_serial.values(), key=lambda each: each.idle_s, default=None)
        if idlest is None or idlest.flow is None or idlest.idle_s < self._limits.spare_s:
            return False
        self._forget(idlest, idlest.flow)
        idlest.close()
        return True

    def _forget(self, connection: StreamConnection, flow: Flow) -> None:
        self._by_serial.pop(flow.connection, None)
        if self._by_remote.get(flow.remote) is connection:
            del self._by_remote[flow.remote]

    async def _open(self, remote: Address, opening: _Opening) -> None:
        connection: StreamConnection | None = None
        local = None if self._bind is None else (self._bind, 0)
        with contextlib.suppress(OSError):  # the time-out is one, too
            async with asyncio.timeout(self._limits.connect_s):
                _, connection = await self._loop.create_connection(
                    self._new_connection, remote.host, remote.port, local_addr=local
                )
        del self._openings[remote]
        for data, flow in opening.waiting:
            if connection is None:
                self._fail(flow)
            else:
                self._write(connection, data, flow)

    def _write(self, connection: StreamConnection, data: bytes, flow: Flow) -> None:
        if not connection.write(data):
            self._fail(flow)
            return
        self._counters.sent += 1
        if flow.connection == 0 and connection.flow and flow.remote != connection.flow.remote:
            connection.note_name(flow.remote)

    def _fail(self, flow: Flow) -> None:
        self._counters.unsendable += 1
        self._on_failure(flow)
