"""One TCP or TLS connection: bytes in, messages out, and the limits that a peer may not pass."""

import asyncio
import contextlib
import socket
from typing import Final, NamedTuple, Protocol, cast

from sip.errors import MalformedMessage
from sip.flow import Address, Flow, TlsPeer, Transport
from sip.transaction.stateless_refusal import stateless_refusal
from sip.transport.connection_limits import ConnectionLimits
from sip.transport.connection_watch import ConnectionWatch
from sip.transport.framing import KeepAlive, StreamFramer
from sip.transport.socket_address import SocketAddress, address_of
from sip.transport.tls_channel import TlsChannel
from sip.transport.tls_trouble import TlsFailure

MAXIMUM_NAMES: Final = 16

_PROBES: Final = (
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 60),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 30),
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 4),
    (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
)


class Destination(NamedTuple):
    """Whom a connection leads to. Messages share one only where all of this is equal."""

    transport: Transport
    remote: Address
    tls: TlsPeer | None = None


class ConnectionOwner(Protocol):
    """Who keeps the connections and takes what they bring."""

    def connection_arrived(self, connection: "StreamConnection") -> bool:
        """Whether a connection that a peer has begun may go on."""

    def connection_opened(
        self, connection: "StreamConnection", local: Address, identities: tuple[str, ...]
    ) -> Flow:
        """Name the flow of a connection that can carry messages now."""

    def connection_ready(self, connection: "StreamConnection") -> None:
        """Its flow is named: what has waited for it may go."""

    def message_arrived(self, connection: "StreamConnection", data: bytes) -> None:
        """Take the bytes of one message."""

    def stream_malformed(self) -> None:
        """A connection is being closed, as nobody can tell where its next message starts."""

    def connection_overdue(self) -> None:
        """A connection is being closed: its peer takes too long to write, or to read."""

    def ping_unanswered(self) -> None:
        """A connection is being closed: its peer does not answer us."""

    def connection_closed(self, connection: "StreamConnection") -> None:
        """Nothing comes or goes by `connection` any more, or nothing ever did."""


class StreamConnection(asyncio.Protocol):
    """A connection that either side opened. `flow` names it once it stands.

    `destination` is None on those that a peer opened, `channel` on those without TLS. `trouble`
    says, as the end of a sentence about the peer, why it could not be opened or had to be closed.
    """

    def __init__(
        self,
        owner: ConnectionOwner,
        limits: ConnectionLimits,
        *,
        transport: Transport,
        destination: Destination | None = None,
        channel: TlsChannel | None = None,
    ) -> None:
        self.kind = transport
        self.destination = destination
        self.remote = Address("", 0)
        self.flow: Flow | None = None
        self.names: tuple[Destination, ...] = ()
        self.trouble = ""
        self._leaving = False  # closed by us
        self.heard = False
        """A message of the peer has been passed on."""
        self._owner = owner
        self._limits = limits
        self._channel = channel
        self._loop = asyncio.get_running_loop()
        self._framer = StreamFramer()
        self._transport: asyncio.Transport | None = None
        self._watch = ConnectionWatch(limits, self._loop.time())
        self._timer: asyncio.TimerHandle | None = None
        self._pong_timer: asyncio.TimerHandle | None = None
        self._settled: asyncio.Future[None] = self._loop.create_future()
        self._closed: asyncio.Future[None] = self._loop.create_future()

    @property
    def idle_s(self) -> float:
        """Seconds since anything whole went either way."""
        return self._loop.time() - self._watch.last_use

    @property
    def used(self) -> bool:
        """Whether it has carried a message."""
        return self._watch.used

    def note_name(self, name: Destination) -> None:
        """Remember another way in which the destination was said; the last few count."""
        if name not in self.names:
            self.names = (*self.names, name)[-MAXIMUM_NAMES:]

    @property
    def open(self) -> bool:
        """Whether messages can still be sent."""
        return (
            self.flow is not None
            and self._transport is not None
            and not self._transport.is_closing()
        )

    async def settled(self) -> None:
        """Wait until it either stands or has failed: then `flow` is None."""
        await asyncio.shield(self._settled)

    # What the loop tells

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The loop has connected us."""
        self._transport = cast(asyncio.Transport, transport)
        peer: SocketAddress = transport.get_extra_info("peername") or ("", 0)  # gone already
        self.remote = address_of(peer)
        if self.destination is None and not self._owner.connection_arrived(self):
            self._transport.abort()
            return
        raw = transport.get_extra_info("socket")
        with contextlib.suppress(OSError):
            for option in _PROBES:
                raw.setsockopt(*option)
        if self._channel is None:
            self._stand(())
            return
        self._timer = self._loop.call_later(self._limits.handshake_s, self._on_slow_handshake)
        try:
            self._channel.start()
        except TlsFailure as failure:
            self._break_off(str(failure))
        self._flush()

    def data_received(self, data: bytes) -> None:
        """Bytes have come."""
        text = data if self._channel is None else self._decrypted(self._channel, data)
        if self.flow is None:
            return
        try:
            # What is malformed behind a whole message is told when asked again.
            while items := self._framer.feed(text):
                text = b""
                for item in items:
                    self._take(item)
        except MalformedMessage as error:
            self._refuse(error)
            return
        self._watch.on_remainder(self._loop.time(), incomplete=self._framer.incomplete)
        if self._channel is not None and self._channel.ended:
            self.close()

    def connection_lost(self, _error: Exception | None) -> None:
        """The loop has closed us, whoever wished it."""
        for timer in (self._timer, self._pong_timer):
            if timer is not None:
                timer.cancel()
        if not self.trouble and not self._leaving:
            self.trouble = self._apparent_trouble()
        for future in (self._settled, self._closed):
            if not future.done():
                future.set_result(None)
        self._owner.connection_closed(self)

    # What the owner wants

    def write(self, data: bytes) -> bool:
        """Send a message; False if that is not possible, or the peer left too much unread."""
        if not self._put(data):
            return False
        self._watch.on_message_written(self._loop.time())
        return True

    def ping(self) -> None:
        """See whether the peer is there: close if it does not answer in time (RFC 5626 §4.4.1)."""
        if self._pong_timer is None and self._put(KeepAlive.PING.value):
            self._pong_timer = self._loop.call_later(self._limits.pong_s, self._on_no_pong)

    def close(self) -> None:
        """Close once everything is sent, or the peer has not read it for too long."""
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        self._leaving = True
        if self._channel is not None:
            self._channel.close()
            self._flush()
        transport.close()
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(self._limits.message_s, transport.abort)

    def abort(self, trouble: str = "") -> None:
        """Close at once, whatever is unsent."""
        self.trouble = self.trouble or trouble
        self._leaving = True
        if self._transport is not None:
            self._transport.abort()

    async def closed(self, patience_s: float) -> None:
        """Wait until it is closed; after `patience_s` without regard for what is unsent."""
        try:
            async with asyncio.timeout(patience_s):
                await asyncio.shield(self._closed)
        except TimeoutError:
            self.abort()
            await self._closed

    # TLS

    def _decrypted(self, channel: TlsChannel, data: bytes) -> bytes:
        try:
            text = channel.receive(data)
        except TlsFailure as failure:
            self._break_off(str(failure))
            return b""
        self._flush()
        if channel.established and self.flow is None:
            self._stand(channel.identities)
        return text

    def _stand(self, identities: tuple[str, ...]) -> None:
        """Messages can come and go from now on."""
        if self._transport is None or self._transport.is_closing():
            return
        if self._timer is not None:
            self._timer.cancel()
        local: tuple[str, int] = (self._transport.get_extra_info("sockname") or ("", 0))[:2]
        self._watch = ConnectionWatch(self._limits, self._loop.time())
        self.flow = self._owner.connection_opened(self, Address(*local), identities)
        self._settled.set_result(None)
        self._check_limits()
        self._owner.connection_ready(self)

    def _apparent_trouble(self) -> str:
        """What it means that the peer closes a connection with TLS just now."""
        if self.flow is None:
            return "closes the connection instead of agreeing on TLS"
        if self._channel is not None and self.destination is not None and not self.heard:
            return "closes the connection without a word: does it want a certificate of ours?"
        return ""

    def _on_slow_handshake(self) -> None:
        self.abort(f"does not agree on TLS within {self._limits.handshake_s:g} s")

    def _break_off(self, trouble: str) -> None:
        """Close after the alert that TLS may have for the peer."""
        self.trouble = trouble
        self._flush()
        if self._transport is not None and not self._transport.is_closing():
            self._transport.close()
            if self._timer is not None:
                self._timer.cancel()
            self._timer = self._loop.call_later(1.0, self._transport.abort)

    def _flush(self) -> None:
        if self._channel is not None and (data := self._channel.output()):
            self._put_on_wire(data)

    # Messages

    def _take(self, item: bytes | KeepAlive) -> None:
        now = self._loop.time()
        if self._pong_timer is not None:  # whatever comes whole shows that the peer is there
            self._pong_timer.cancel()
            self._pong_timer = None
        if isinstance(item, bytes):
            self._watch.on_message_read(now)
            self._owner.message_arrived(self, item)
            self.heard = True
            return
        self._watch.on_keep_alive(now)
        if item is KeepAlive.PING:
            self._put(KeepAlive.PONG.value)

    def _put(self, text: bytes) -> bool:
        if not self.open:
            return False
        if self._channel is None:
            return self._put_on_wire(text)
        try:
            self._channel.send(text)
        except TlsFailure as failure:
            self.abort(str(failure))
            return False
        return self._put_on_wire(self._channel.output())

    def _put_on_wire(self, data: bytes) -> bool:
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

    def _on_no_pong(self) -> None:
        self._pong_timer = None
        self._owner.ping_unanswered()
        self.abort(f"has not answered a keep-alive for {self._limits.pong_s:g} s")
