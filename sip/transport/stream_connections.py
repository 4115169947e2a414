"""All connections: accepted, opened when needed, used again, bounded (RFC 3261 §18)."""

import asyncio
import dataclasses
import itertools
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from sip.flow import Address, Flow, TlsPeer, Transport
from sip.transport.acceptor import Acceptor
from sip.transport.connection_alias import alias_of
from sip.transport.connection_crowd import ConnectionCrowd
from sip.transport.connection_limits import ConnectionLimits
from sip.transport.counters import TransportCounters
from sip.transport.stream_connection import Destination, StreamConnection
from sip.transport.tls_channel import TlsChannel
from sip.transport.tls_contexts import TlsContexts
from sip.transport.tls_trouble import TlsFailure


@dataclass(slots=True)
class _Opening:
    """A connection on its way, and the messages for it with the flows that they were sent by."""

    waiting: list[tuple[bytes, Flow]] = field(default_factory=list)
    task: asyncio.Task[None] | None = None


class StreamConnections:
    """The TCP and TLS side of the transport.

    `ports` are those that we listen on, now. `may_connect(host, transport)` says whether a peer may
    begin one more connection, and `on_message(data, flow)` takes what arrives: False where it is
    more than the peer's share, for which its connection is closed.
    `on_failure(flow)` is called, maybe more than once, for a message that could not be sent, and
    for a connection that closed; `on_trouble(flow, why)` tells beside it why TLS did not come
    about, or a peer is believed to be gone, as the end of a sentence about `flow.remote`.
    """

    def __init__(
        self,
        *,
        ports: dict[Transport, int],
        bind: str | None,
        limits: ConnectionLimits,
        counters: TransportCounters,
        tls: TlsContexts | None,
        may_connect: Callable[[str, Transport], bool],
        on_message: Callable[[bytes, Flow], bool],
        on_failure: Callable[[Flow], None],
        on_trouble: Callable[[Flow, str], None],
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._ports = ports
        self._bind = bind
        self._limits = limits
        self._counters = counters
        self._tls = tls
        self._may_connect = may_connect
        self._on_message = on_message
        self._on_failure = on_failure
        self._on_trouble = on_trouble
        self._acceptors: dict[Transport, list[Acceptor]] = {}
        self._stopped: list[Acceptor] = []  # on ports of before
        self._serials = itertools.count(1)
        self._crowd = ConnectionCrowd(limits)
        self._by_serial: dict[int, StreamConnection] = {}
        self._by_destination: dict[Destination, StreamConnection] = {}
        self._aliases: dict[Address, StreamConnection] = {}
        self._openings: dict[Destination, _Opening] = {}

    def listen(self, sockets: Iterable[socket.socket], transport: Transport) -> None:
        """Accept connections of a transport from these bound sockets, and from no others."""
        for acceptor in self._acceptors.get(transport, ()):
            acceptor.stop()
            self._stopped.append(acceptor)
        make = self._new_tls_connection if transport is Transport.TLS else self._new_connection
        self._acceptors[transport] = [
            Acceptor(each, admits=lambda host: self._may_connect(host, transport), make=make)
            for each in sockets
        ]

    def use_tls(self, tls: TlsContexts) -> None:
        """Make the terms of new connections by these; those that stand keep theirs."""
        self._tls = tls

    def send(self, data: bytes, flow: Flow, remote: Address) -> None:
        """Send by the connection that `flow` names, else by one to `remote`, an IP literal.

        `flow.remote` may spell the same in another way.
        """
        destination = _destination(flow, remote)
        connection = self._standing(flow, destination)
        if connection is not None:
            self._write(connection, data, flow)
            return
        opening = self._openings.get(destination)
        if opening is None:
            if not self._crowd.make_room(len(self._openings)):
                self._counters.refused_connections += 1
                self._fail(flow)
                return
            opening = self._openings[destination] = _Opening()
            opening.task = self._loop.create_task(self._open(destination))
        if len(opening.waiting) >= self._limits.waiting_messages:
            self._fail(flow)
            return
        opening.waiting.append((data, flow))

    def ping(self, flow: Flow, remote: Address) -> None:
        """See whether the connection of `flow` still works, if there is one (RFC 5626 §4.4.1)."""
        connection = self._standing(flow, _destination(flow, remote))
        if connection is None:
            self._on_failure(flow)
        else:
            connection.ping()

    def drop(self, flow: Flow, remote: Address) -> None:
        """Close the connection of `flow` at once, or give up opening it."""
        destination = _destination(flow, remote)
        connection = self._standing(flow, destination)
        if connection is not None:
            self._forget(connection)
            connection.abort()
        elif (opening := self._openings.pop(destination, None)) is not None:
            if opening.task is not None:
                opening.task.cancel()
            for _, each in opening.waiting:
                self._fail(each)

    async def close(self, patience_s: float) -> None:
        """Stop accepting; send what is still to be sent, but not for longer than `patience_s`."""
        for acceptor in (*itertools.chain(*self._acceptors.values()), *self._stopped):
            await acceptor.close()
        tasks = [opening.task for opening in self._openings.values() if opening.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        connections = list(self._crowd)
        for connection in connections:
            connection.close()
        await asyncio.gather(*(connection.closed(patience_s) for connection in connections))

    # What connections tell

    def connection_arrived(self, connection: StreamConnection) -> bool:
        """Let a new caller in, unless there are too many."""
        if not self._crowd.admit(connection, len(self._openings)):
            self._counters.refused_connections += 1
            return False
        return True

    def connection_opened(
        self, connection: StreamConnection, local: Address, identities: tuple[str, ...]
    ) -> Flow:
        """Take in a connection that works."""
        serial = next(self._serials)
        self._by_serial[serial] = connection
        if connection.destination is not None:
            self._crowd.add(connection)
            self._by_destination[connection.destination] = connection
        elif connection.kind is Transport.TCP:
            self._by_destination[Destination(Transport.TCP, connection.remote)] = connection
        tls = None if connection.destination is None else connection.destination.tls
        ours = Address(local.host, self._ports[connection.kind])
        return Flow(connection.kind, ours, connection.remote, serial, tls, identities)

    def connection_ready(self, connection: StreamConnection) -> None:
        """Send what has waited for it."""
        if connection.destination is None:
            return
        opening = self._openings.pop(connection.destination, None)
        for data, flow in () if opening is None else opening.waiting:
            self._write(connection, data, flow)

    def message_arrived(self, connection: StreamConnection, data: bytes) -> None:
        """Pass a message on."""
        flow = connection.flow
        if flow is None or not connection.open:
            return
        if flow.identities and connection.destination is None and not connection.heard:
            alias = alias_of(data, flow)
            if alias is not None:
                self._aliases[alias] = connection
        if not self._on_message(data, flow):
            connection.abort("sends more than its share")

    def stream_malformed(self) -> None:
        """Count it."""
        self._counters.malformed_streams += 1

    def connection_overdue(self) -> None:
        """Count it."""
        self._counters.overdue_connections += 1

    def ping_unanswered(self) -> None:
        """Count it."""
        self._counters.unanswered_pings += 1

    def connection_closed(self, connection: StreamConnection) -> None:
        """Forget it, and tell whoever relied on it, by every name that was used for it."""
        flow = connection.flow
        if flow is None:
            if self._crowd.forget(connection):  # one that a peer began; ours are told by `_open`
                self._counters.failed_handshakes += 1
                nowhere = Address("", self._ports[connection.kind])
                self._on_trouble(
                    Flow(connection.kind, nowhere, connection.remote), connection.trouble
                )
            return
        self._forget(connection)
        if connection.trouble:
            self._on_trouble(flow, connection.trouble)
        self._on_failure(flow)
        for name in connection.names:
            self._on_failure(dataclasses.replace(flow, remote=name.remote, tls=name.tls))

    # The tables

    def _new_connection(self) -> StreamConnection:
        return StreamConnection(self, self._limits, transport=Transport.TCP)

    def _new_tls_connection(self) -> StreamConnection:
        if self._tls is None:
            raise RuntimeError("TLS is listened for without a certificate")
        channel = TlsChannel(self._tls.for_server())
        return StreamConnection(self, self._limits, transport=Transport.TLS, channel=channel)

    def _standing(self, flow: Flow, destination: Destination) -> StreamConnection | None:
        """The connection that a message of `flow` may take."""
        connection = self._by_serial.get(flow.connection) or self._by_destination.get(destination)
        if connection is None and destination.tls is not None:
            connection = self._reusable(destination.remote, destination.tls)
        return connection if connection is not None and connection.open else None

    def _reusable(self, remote: Address, peer: TlsPeer) -> StreamConnection | None:
        """The connection that the server `peer` opened to us, if it proved its name on it.

        RFC 5923 §8.2; whoever it proved it to must not believe more CAs than the profile does.
        """
        connection = self._aliases.get(remote)
        if connection is None or connection.flow is None or self._tls is None:
            return None
        proved = peer.domain.lower() in connection.flow.identities
        return connection if proved and self._tls.callers_are_trusted_by(peer.profile) else None

    def _forget(self, connection: StreamConnection) -> None:
        self._crowd.forget(connection)
        flow = connection.flow
        if flow is None:
            return
        self._by_serial.pop(flow.connection, None)
        name = connection.destination or Destination(connection.kind, flow.remote)
        if self._by_destination.get(name) is connection:
            del self._by_destination[name]
        for alias in [at for at, each in self._aliases.items() if each is connection]:
            del self._aliases[alias]

    async def _open(self, destination: Destination) -> None:
        """Open a connection; once it stands, it sends what waits for it by itself."""
        try:
            trouble = await self._connect(destination)
        except TlsFailure as failure:
            trouble = str(failure)
        except TimeoutError:
            trouble = f"does not answer within {self._limits.connect_s:g} s"
        except OSError as error:
            trouble = f"cannot be connected to: {error.strerror or error}"
        opening = self._openings.pop(destination, None) if trouble else None
        if opening is None:
            return
        if destination.transport is Transport.TLS:
            self._counters.failed_handshakes += 1
        for number, (_, flow) in enumerate(opening.waiting):
            if number == 0:
                self._on_trouble(flow, trouble)
            self._fail(flow)

    async def _connect(self, destination: Destination) -> str:
        """Open a connection and return what came in between; nothing if it stands."""
        channel = None
        if destination.tls is not None:
            if self._tls is None:
                raise TlsFailure("needs TLS, which is not set up here")
            channel = TlsChannel(self._tls.for_client(destination.tls))
        connection = StreamConnection(
            self,
            self._limits,
            transport=destination.transport,
            destination=destination,
            channel=channel,
        )
        local = None if self._bind is None else (self._bind, 0)
        try:
            async with asyncio.timeout(self._limits.connect_s):
                await self._loop.create_connection(
                    lambda: connection, *destination.remote, local_addr=local
                )
                await connection.settled()
        finally:
            if connection.flow is None:
                connection.abort()
        return "" if connection.flow is not None else connection.trouble

    def _write(self, connection: StreamConnection, data: bytes, flow: Flow) -> None:
        if not connection.write(data):
            self._fail(flow)
            return
        self._counters.sent += 1
        ours = connection.flow
        if flow.connection == 0 and ours and (flow.remote, flow.tls) != (ours.remote, ours.tls):
            connection.note_name(Destination(flow.transport, flow.remote, flow.tls))

    def _fail(self, flow: Flow) -> None:
        self._counters.unsendable += 1
        self._on_failure(flow)


def _destination(flow: Flow, remote: Address) -> Destination:
    if flow.transport is not Transport.TLS:
        return Destination(flow.transport, remote)
    return Destination(flow.transport, remote, flow.tls or TlsPeer("", flow.remote.host))
