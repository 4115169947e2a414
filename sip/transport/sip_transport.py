"""The sockets of the user agent: where `sip` does its input and output (RFC 3261 §18)."""

import asyncio
import contextlib
import random
import socket
from collections import deque
from collections.abc import Callable, Iterable
from typing import Final, Generic, Self, TypeVar

from sip.flow import Address, Flow, Transport
from sip.ip_literal import ip_literal, is_ipv6
from sip.location.effects import Locate, LookupId, Target
from sip.location.location import Location
from sip.location.records import Kind
from sip.syntax.message import Request, Response
from sip.transaction.effects import CloseConnection, KeepAlive, Send, TransportEffect
from sip.transport.connection_limits import ConnectionLimits
from sip.transport.core import SipCore, Tap
from sip.transport.counters import TransportCounters
from sip.transport.datagram_keeper import DatagramKeeper
from sip.transport.fair_queue import FairQueue
from sip.transport.listening import Listeners, open_listeners, open_tls_listeners
from sip.transport.resolver import Resolver
from sip.transport.socket_address import socket_address
from sip.transport.source_limits import SourceLimits, SourceRates, cost_of
from sip.transport.stream_connections import StreamConnections
from sip.transport.stun_keep_alive import is_stun
from sip.transport.tls_contexts import TlsContexts
from sip.transport.udp_socket import UdpSocket

DATAGRAMS_PER_TURN: Final = 512
"""How many datagrams are read before the loop's other work has its turn: 2 ms, when most of them
are dropped. The socket's buffer is to be emptied quickly, or other callers' are lost there."""

TURN_S: Final = 0.01
"""How long messages are worked off before the loop's other work has its turn."""

CONNECTION_COST: Final = 2.0
HANDSHAKE_COST: Final = 4.0
"""What a connection of a peer, or one with TLS, is worth in messages."""

CLOSING_PATIENCE_S: Final = 0.5
"""How long peers have to read the last words, such as BYE, when the speaker shuts down."""

_KEEP_ALIVE_BYTES: Final = b"\r\n\0 "
"""What the datagrams consist of by which phones keep their NAT open."""

_ELSEWHERE: Final = {False: "192.0.2.1", True: "2001:db8::1"}
"""An address that only a default route leads to (RFC 5737, RFC 3849)."""

_RANDOM: Final = random.SystemRandom()
"""Shares out the load among equal servers (RFC 2782); also keeps others from foreseeing which."""

EventT = TypeVar("EventT")


class SipTransport(Generic[EventT]):
    """UDP and TCP, IPv4 and IPv6, on one port number, and TLS on another.

    Feeds a core with what arrives, and does what it wants of the network; all else goes to
    `on_event`. `on_trouble(flow, why)` hears why a connection could not be made or kept, as the end
    of a sentence about `flow.remote`, before the core hears that the flow failed.
    Runs on the loop on which it was opened, by that loop's clock; not thread-safe.
    """

    counters: TransportCounters
    addresses: list[Address]
    """What it listens on; `0.0.0.0` and `::` stand for every address of the machine."""

    port: int
    """The port of all of `addresses`."""

    tls_port: int | None
    """The port of TLS on the same addresses; None without TLS."""

    tap: Tap | None
    """Who hears what passes; nobody at first."""

    def __init__(
        self,
        core: SipCore[EventT],
        listeners: Listeners,
        *,
        bind: str | None,
        on_event: Callable[[EventT], None],
        on_trouble: Callable[[Flow, str], None] | None,
        limits: ConnectionLimits,
        rates: SourceRates | None,
        resolver: Resolver | None,
        tls: TlsContexts | None,
        tls_port: int | None,
    ) -> None:
        """Use `open`."""
        self.counters = TransportCounters()
        self.port = listeners.port
        self.tls_port = tls_port
        self.tap = None
        self._core = core
        self._bind = None if bind is None else ip_literal(bind)
        self._on_event = on_event
        self._on_trouble = on_trouble or _no_matter
        self._loop = asyncio.get_running_loop()
        self._udp: dict[bool, UdpSocket] = {}  # by whether it is of IPv6
        self._ports = {Transport.TCP: self.port, Transport.TLS: tls_port or 0}
        self._resolver = resolver or Resolver()
        self._transports = tuple(Transport) if tls else (Transport.UDP, Transport.TCP)
        self._connections = StreamConnections(
            ports=self._ports,
            bind=self._bind,
            limits=limits,
            counters=self.counters,
            tls=tls,
            may_connect=self._may_connect,
            on_message=self._on_stream_message,
            on_failure=self._fail,
            on_trouble=self._tell_trouble,
        )
        self._keeper = DatagramKeeper(send=self._send_keep_alive, on_death=self._on_dead_flow)
        self._sources = SourceLimits(rates)
        self._arrived: FairQueue[tuple[bytes, Flow]] = FairQueue()
        self._working_off = False
        self._latest_turned_away = ""
        self._effects: deque[TransportEffect | EventT] = deque()
        self._carrying = False
        self._closed = False
        self._timer: asyncio.TimerHandle | None = None
        self._due: float | None = None  # what the timer is set to

    @property
    def overflowed(self) -> int:
        """How many datagrams the system has dropped as nobody read them in time."""
        return sum(udp.overflowed for udp in self._udp.values())

    @property
    def latest_turned_away(self) -> str:
        """Who sent more than its share last; empty: nobody yet."""
        return self._latest_turned_away

    @classmethod
    async def open(
        cls,
        core: SipCore[EventT],
        *,
        bind: str | None,
        port: int,
        on_event: Callable[[EventT], None],
        on_trouble: Callable[[Flow, str], None] | None = None,
        limits: ConnectionLimits | None = None,
        rates: SourceRates | None = None,
        resolver: Resolver | None = None,
        tls: TlsContexts | None = None,
        tls_port: int = 0,
    ) -> Self:
        """Listen on the IP address `bind`, or everywhere where it is None; port 0 takes a free one.

        What peers may ask of us is bounded by `limits` and `rates`; None: as is usual. `resolver`
        finds servers, by default as this machine is set up, and is closed along with the
        transport. Without `tls` there is no TLS in either direction.

        Raises:
            CannotListen: an OSError whose text is one sentence that says what could not be had.
        """
        listeners = open_listeners(bind, port)
        try:
            tls_listeners = None if tls is None else open_tls_listeners(bind, tls_port)
        except OSError:
            listeners.close()
            raise
        return cls.on(
            core,
            listeners,
            tls_listeners,
            bind=bind,
            on_event=on_event,
            on_trouble=on_trouble,
            limits=limits,
            rates=rates,
            resolver=resolver,
            tls=tls,
        )

    @classmethod
    def on(
        cls,
        core: SipCore[EventT],
        listeners: Listeners,
        tls_listeners: Listeners | None,
        *,
        bind: str | None,
        on_event: Callable[[EventT], None],
        on_trouble: Callable[[Flow, str], None] | None = None,
        limits: ConnectionLimits | None = None,
        rates: SourceRates | None = None,
        resolver: Resolver | None = None,
        tls: TlsContexts | None = None,
    ) -> Self:
        """As `open`, on bound sockets, which are the transport's from now on."""
        transport = cls(
            core,
            listeners,
            bind=bind,
            on_event=on_event,
            on_trouble=on_trouble,
            limits=limits or ConnectionLimits(),
            rates=rates,
            resolver=resolver,
            tls=tls,
            tls_port=None if tls_listeners is None else tls_listeners.port,
        )
        transport._listen(listeners)
        if tls_listeners is not None:
            transport._connections.listen(tls_listeners.tcp, Transport.TLS)
        return transport

    def rebind(self, listeners: Listeners | None, tls_listeners: Listeners | None) -> None:
        """Listen on these sockets in place of those of UDP and TCP, of TLS; None: they stay.

        What has arrived at the old ones is still heard, and connections stand. The core says our
        new address in what it sends next; see `UserAgent.network_changed`.
        """
        if listeners is not None:
            for udp in self._udp.values():
                self._on_readable(udp)
                self._loop.remove_reader(udp.fileno())
                udp.close()
            self._listen(listeners)
        if tls_listeners is not None:
            self.tls_port = self._ports[Transport.TLS] = tls_listeners.port
            self._connections.listen(tls_listeners.tcp, Transport.TLS)

    def use_tls(self, tls: TlsContexts) -> None:
        """Make new connections by these terms; only where there was TLS from the start."""
        self._connections.use_tls(tls)

    def _listen(self, listeners: Listeners) -> None:
        self.port = self._ports[Transport.TCP] = listeners.port
        self.addresses = [Address(*each.getsockname()[:2]) for each in listeners.udp]
        self._udp = {each.ipv6: each for each in map(UdpSocket, listeners.udp)}
        self._connections.listen(listeners.tcp, Transport.TCP)
        for udp in self._udp.values():
            self._loop.add_reader(udp.fileno(), self._on_readable, udp)

    def carry_out(self, effects: Iterable[TransportEffect | EventT]) -> None:
        """Do what the core wants, in order, and wake it in time.

        May be called from `on_event`: what that brings comes after what is still under way.
        """
        self._effects.extend(effects)
        if self._carrying:
            return
        self._carrying = True
        try:
            while self._effects:
                effect = self._effects.popleft()
                match effect:
                    case Send(message, flow):
                        self._send(message, flow)
                    case KeepAlive(flow):
                        self._keep_alive(flow)
                    case CloseConnection(flow):
                        self._close_connection(flow)
                    case Locate():
                        self._locate(effect)
                    case _:
                        self._on_event(effect)
        finally:
            self._carrying = False
            self._wake_in_time()

    def local_address_towards(self, transport: Transport, host: str) -> Address:
        """The address of ours that `host` can reach us on, for Via and Contact.

        The port is the one that we listen on, the same for every transport but TLS. A name is not
        looked up, as that would block: the machine's way to the outside is taken for it.
        """
        literal = ip_literal(host)
        ipv6 = is_ipv6(literal) if literal is not None else False not in self._udp
        port = self.tls_port or self.port if transport is Transport.TLS else self.port
        if self._bind is not None:
            return Address(self._bind, port)
        return Address(_source_towards(literal or _ELSEWHERE[ipv6], ipv6=ipv6), port)

    async def close(self) -> None:
        """Send what is still to be sent, then close every socket; the core is left alone."""
        if self._closed:
            return
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        for udp in self._udp.values():
            self._loop.remove_reader(udp.fileno())
            udp.close()  # nothing is sent any more
        self._keeper.close()
        await self._resolver.close()
        await self._connections.close(CLOSING_PATIENCE_S)

    def _on_readable(self, udp: UdpSocket) -> None:
        now = self._loop.time()
        admits, put = self._sources.admits, self._arrived.put
        for _ in range(DATAGRAMS_PER_TURN):
            datagram = udp.receive()
            if datagram is None:
                break
            if not admits(datagram.host, now, cost_of(datagram.data)):
                self.counters.too_many += 1
                self._latest_turned_away = datagram.host
            elif not datagram.data.strip(_KEEP_ALIVE_BYTES):
                self.counters.keep_alives += 1
            elif is_stun(datagram.data):
                self.counters.keep_alives += 1
                self._keeper.receive(datagram.data, udp.flow_of(datagram).remote)
            else:
                put(datagram.host, (datagram.data, udp.flow_of(datagram)))
        self._work_off()

    def _on_stream_message(self, data: bytes, flow: Flow) -> bool:
        host = flow.remote.host.partition("%")[0]
        if not self._is_within_share(host, cost_of(data)):
            return False
        self._arrived.put(host, (data, flow))
        self._work_off()
        return True

    def _may_connect(self, host: str, transport: Transport) -> bool:
        cost = HANDSHAKE_COST if transport is Transport.TLS else CONNECTION_COST
        return self._is_within_share(host.partition("%")[0], cost)

    def _is_within_share(self, host: str, cost: float) -> bool:
        admitted = self._sources.admits(host, self._loop.time(), cost)
        if not admitted:
            self.counters.too_many += 1
            self._latest_turned_away = host
        return admitted

    def _work_off(self) -> None:
        """Hand on what has arrived, one message of each source by turns, for a little while."""
        if self._working_off:
            return
        until = self._loop.time() + TURN_S
        while self._arrived and not self._closed:
            data, flow = self._arrived.take()
            now = self._loop.time()
            self.counters.received += 1
            if self.tap is not None:
                self.tap(data, flow, is_sent=False)
            self.carry_out(self._core.receive(data, flow, now))
            if now >= until:
                break
        if self._arrived and not self._closed:
            self._working_off = True
            self._loop.call_soon(self._go_on_working_off)

    def _go_on_working_off(self) -> None:
        self._working_off = False
        self._work_off()

    def _send(self, message: Request | Response, flow: Flow) -> None:
        if self._closed:
            return
        self._note_peer(message, flow.remote.host)
        literal = ip_literal(flow.remote.host)
        if literal is None:
            self._no_address(flow)
            return
        data = bytes(message)
        if self.tap is not None:
            self.tap(data, flow, is_sent=True)
        if flow.transport is Transport.UDP:
            self._send_udp(data, flow, literal)
        else:
            self._connections.send(data, flow, Address(literal, flow.remote.port))

    def _locate(self, wish: Locate) -> None:
        if self._closed:
            return
        location = Location(
            wish.uri,
            wish.transport,
            supported=self._transports,
            prefer_ipv6=wish.prefer_ipv6,
            address_kinds={Kind.AAAA if ipv6 else Kind.A for ipv6 in self._udp},
            fraction=_RANDOM.random,
        )
        self._resolver.locate(location, lambda targets: self._tell_located(wish.lookup, targets))

    def _tell_located(self, lookup: LookupId, targets: tuple[Target, ...]) -> None:
        if not targets:
            self.counters.unresolved += 1
        if not self._closed:
            self.carry_out(self._core.located(lookup, targets, self._loop.time()))

    def _keep_alive(self, flow: Flow) -> None:
        literal = ip_literal(flow.remote.host)
        if self._closed:
            return
        if literal is None:
            self._no_address(flow)
        elif flow.transport is Transport.UDP:
            self._keeper.ask(flow)
        else:
            self._connections.ping(flow, Address(literal, flow.remote.port))

    def _close_connection(self, flow: Flow) -> None:
        literal = ip_literal(flow.remote.host)
        if flow.transport is not Transport.UDP and literal is not None:
            self._connections.drop(flow, Address(literal, flow.remote.port))

    def _send_keep_alive(self, data: bytes, flow: Flow) -> None:
        self._send_udp(data, flow, flow.remote.host)

    def _on_dead_flow(self, flow: Flow, why: str) -> None:
        self.counters.unanswered_pings += 1
        self._tell_trouble(flow, why)
        self._fail(flow)

    def _note_peer(self, message: Request | Response, host: str) -> None:
        """Whom we ask for something, and whose call we answer, is no stranger any more."""
        host = host.partition("%")[0]
        if isinstance(message, Request):
            self._sources.meet(host, self._loop.time())
        elif 200 <= message.code < 300 and message.cseq.method == "INVITE":
            self._sources.take_call(host, message.to.tag, self._loop.time())

    def _send_udp(self, data: bytes, flow: Flow, host: str) -> None:
        udp = self._udp.get(is_ipv6(host))
        if udp is None:
            self._cannot_send(flow)
            return
        try:
            udp.send(data, flow.local.host, Address(host, flow.remote.port))
        except BlockingIOError:
            self.counters.congested += 1
        except OSError:
            self._cannot_send(flow)
        else:
            self.counters.sent += 1

    def _no_address(self, flow: Flow) -> None:
        self.counters.unresolved += 1
        self._fail(flow)

    def _cannot_send(self, flow: Flow) -> None:
        self.counters.unsendable += 1
        self._fail(flow)

    def _fail(self, flow: Flow) -> None:
        # Later, so that a core that answers a failure by sending once more cannot keep the loop.
        self._loop.call_soon(self._tell_failure, flow)

    def _tell_failure(self, flow: Flow) -> None:
        if not self._closed:
            self.carry_out(self._core.flow_failed(flow, self._loop.time()))

    def _tell_trouble(self, flow: Flow, why: str) -> None:
        if not self._closed:
            self._on_trouble(flow, why)

    def _wake_in_time(self) -> None:
        due = None if self._closed else self._core.deadline
        if due == self._due:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._due = due
        self._timer = None if due is None else self._loop.call_at(due, self._on_timer, due)

    def _on_timer(self, due: float) -> None:
        self._timer = self._due = None
        # Loops round to their own resolution, and may wake us a little early.
        self.carry_out(self._core.on_timer(max(due, self._loop.time())))


def _no_matter(_flow: Flow, _why: str) -> None:
    """Nobody has asked to hear of trouble."""


def _source_towards(literal: str, *, ipv6: bool) -> str:
    """The address that the routes would have us send from; loopback where no route leads."""
    with (
        contextlib.suppress(OSError),
        socket.socket(socket.AF_INET6 if ipv6 else socket.AF_INET, socket.SOCK_DGRAM) as probe,
    ):
        probe.connect(
            socket_address(Address(literal, 9))
        )  # sends nothing: it only looks the route up
        return str(probe.getsockname()[0])
    return "::1" if ipv6 else "127.0.0.1"
