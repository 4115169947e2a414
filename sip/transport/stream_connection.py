"""One TCP connection: bytes in, messages out, and the limits that a peer may not pass."""

import asyncio
import contextlib
import socket
from typing import Final, Protocol, cast

from sip.errors import MalformedMessage
from sip.flow import Address, Flow
from sip.transaction.stateless_refusal import stateless_refusal
from sip.transport.connection_limits import ConnectionLimits
from sip.transport.connection_watch import ConnectionWatch
from sip.transport.framing import KeepAlive, StreamFramer
from sip.transport.socket_address import SocketAddress, address_of

MAXIMUM_NAMES: Final = 16

_PROBES: Final = (
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 60),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 30),
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 4),
    (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
)


class ConnectionOwner(Protocol):
    """Who keeps the connections and takes what they bring."""

    def connection_opened(
        self, connection: "StreamConnection", remote: Address, local: Address
    ) -> Flow | None:
        """Name the flow of a new connection between two addresses; None refuses it."""

    def message_arrived(self, connection: "StreamConnection", data: bytes) -> None:
        """Take the bytes of one message."""

    def stream_malformed(self) -> None:
        """A connection is being closed, as nobody can tell where its next message starts."""

    def connection_overdue(self) -> None:
        """A connection is being closed: its peer takes too long to write, or to read."""

    def connection_closed(self, connection: "StreamConnection") -> None:
        """Nothing comes or goes by `connection` any more."""


class StreamConnection(asyncio.Protocol):
    """A connection that either side opened. `flow` names it once it stands."""

    def __init__(self, owner: ConnectionOwner, limits: ConnectionLimits) -> None:
        self.flow: Flow | None = None
        self.names: tuple[Address, ...] = ()
        self._owner = owner
        self._limits = limits
        self._loop = asyncio.get_running_loop()
        self._framer = StreamFramer()
        self._transport: asyncio.Transport | None = None
        self._watch = ConnectionWatch(limits, self._loop.time())
        self._timer: asyncio.TimerHandle | None = None
        self._closed = self._loop.create_future()

    @property
    def idle_s(self) -> float:
        """Seconds since anything whole went either way."""
        return self._loop.time() - self._watch.last_use

    def note_name(self, remote: Address) -> None:
        """Remember another way in which `flow.remote` was said; the last few count."""
        if remote not in self.names:
            self.names = (*self.names, remote)[-MAXIMUM_NAMES:]

    @property
    def open(self) -> bool:
        """Whether messages can still be sent."""
        return self._transport is not None and not self._transport.is_closing()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The loop has connected us."""
        self._transport = cast(asyncio.Transport, transport)
        peer: SocketAddress = transport.get_extra_info("peername") or ("", 0)  # gone already
        local: tuple[str, int] = (transport.get_extra_info("sockname") or ("", 0))[:2]
        self.flow = self._owner.connection_opened(self, address_of(peer), Address(*local))
        if self.flow is None:
            self._transport.abort()
            return
        raw = transport.get_extra_info("socket")
        with contextlib.suppress(OSError):
            for option in _PROBES:
                raw.setsockopt(*option)
        self._check_limits()

    def data_received(self, data: bytes) -> None:
        """Bytes have come."""
        try:
            # What is malformed behind a whole message is told when asked again.
            while items := self._framer.feed(data):
                data = b""
                for item in items:
                    self._take(item)
        except MalformedMessage as error:
            self._refuse(error)
            return
        self._watch.on_remainder(self._loop.time(), incomplete=self._framer.incomplete)

    def write(self, data: bytes) -> bool:
        """Send a message; False if that is not possible, or the peer left too much unread."""
        if not self._put(data):
            return False
        self._watch.on_message_written(self._loop.time())
        return True

    def connection_lost(self, _error: Exception | None) -> None:
        """The loop has closed us, whoever wished it."""
        if self._timer is not None:
            self._timer.cancel()
        if not self._closed.done():
            self._closed.set_result(None)
        if self.flow is not None:
            self._owner.connection_closed(self)

    def close(self) -> None:
        """Close once everything is sent, or the peer has not read it for too long."""
        if not self.open or self._transport is None:
            return
        self._transport.close()
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(self._limits.message_s, self._transport.abort)

    async def closed(self, patience_s: float) -> None:
        """Wait until it is closed; after `patience_s` without regard for what is unsent."""
        try:
            async with asyncio.timeout(patience_s):
                await asyncio.shield(self._closed)
        except TimeoutError:
            if self._transport is not None:
                self._transport.abort()
            await self._closed

    def _take(self, item: bytes | KeepAlive) -> None:
        now = self._loop.time()
        if isinstance(item, bytes):
            self._watch.on_message_read(now)
            self._owner.message_arrived(self, item)
            return
        self._watch.on_keep_alive(now)
        if item is KeepAlive.PING:
            self._put(KeepAlive.PONG.value)

    def _put(self, data: bytes) -> bool:
        transport = self._transport
        if transport is None or transport.is_closing():
            return False
        if transport.get_write_buffer_size() + len(data) > self._limits.unsent_bytes:
            self._owner.connection_overdue()
            transport.abort()
            return False
        transport.write(data)
        return True

    def _refuse(self, error: MalformedMessage) -> None:
        self._owner.stream_malformed()
        request = error.request
        if request is not None and request.method != "ACK":
            self.write(bytes(stateless_refusal(request, error.code, error.reason)))
        self.close()

    def _check_limits(self) -> None:
        now = self._loop.time()
        if now < self._watch.ends_at:
            self._timer = self._loop.call_at(self._watch.look_again_at(now), self._check_limits)
        elif self._transport is not None:
            self._owner.connection_overdue()
            self._transport.abort()
