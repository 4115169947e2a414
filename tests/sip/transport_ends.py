"""Both ends of the transport tests: a core that notes what it gets, and plain sockets."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar

from sip.flow import Address, Flow
from sip.location.effects import LookupId, Target
from sip.syntax.message import Request, make_response, parse_message
from sip.transaction.effects import Send, TransportEffect
from sip.transport.connection_limits import ConnectionLimits
from sip.transport.resolver import Resolver
from sip.transport.sip_transport import SipTransport

T = TypeVar("T")

PATIENCE_S = 5.0
"""How long a test waits for what has to happen; reached only when it does not."""

Effects = Sequence[TransportEffect | str]


def answer_200(data: bytes, flow: Flow) -> Effects:
    """Say 200 to whatever request comes, by the way on which it came."""
    request = parse_message(data)
    assert isinstance(request, Request)
    return [Send(make_response(request, 200), flow)]


class NotingCore:
    """Notes its inputs, and reacts as it is told. Its events are strings."""

    def __init__(self, reaction: Callable[[bytes, Flow], Effects] | None = None) -> None:
        self.arrived: asyncio.Queue[tuple[bytes, Flow]] = asyncio.Queue()
        self.failed: asyncio.Queue[Flow] = asyncio.Queue()
        self.places: asyncio.Queue[tuple[LookupId, tuple[Target, ...]]] = asyncio.Queue()
        self.woken: asyncio.Queue[float] = asyncio.Queue()
        self.deadline: float | None = None
        self._reaction = reaction

    def receive(self, data: bytes, flow: Flow, now: float) -> Effects:
        self.arrived.put_nowait((data, flow))
        return [] if self._reaction is None else self._reaction(data, flow)

    def flow_failed(self, flow: Flow, now: float) -> Effects:
        self.failed.put_nowait(flow)
        return []

    def located(self, lookup: LookupId, targets: tuple[Target, ...], now: float) -> Effects:
        self.places.put_nowait((lookup, targets))
        return []

    def on_timer(self, now: float) -> Effects:
        self.deadline = None
        self.woken.put_nowait(now)
        return []


@asynccontextmanager
async def transport_for(
    core: NotingCore,
    *,
    bind: str | None = "127.0.0.1",
    on_event: Callable[[str], None] = lambda _event: None,
    limits: ConnectionLimits | None = None,
    resolver: Resolver | None = None,
) -> AsyncIterator[SipTransport[str]]:
    """An open transport on a free port."""
    transport = await SipTransport.open(
        core, bind=bind, port=0, on_event=on_event, limits=limits, resolver=resolver
    )
    try:
        yield transport
    finally:
        await transport.close()


class UdpPeer(asyncio.DatagramProtocol):
    """A plain UDP socket."""

    def __init__(self) -> None:
        self.arrived: asyncio.Queue[tuple[bytes, Address]] = asyncio.Queue()
        self.transport: asyncio.DatagramTransport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.arrived.put_nowait((data, Address(*addr[:2])))


@asynccontextmanager
async def udp_peer(host: str = "127.0.0.1") -> AsyncIterator[UdpPeer]:
    """A plain UDP socket, closed in the end."""
    loop = asyncio.get_running_loop()
    transport, peer = await loop.create_datagram_endpoint(UdpPeer, local_addr=(host, 0))
    peer.transport = transport
    try:
        yield peer
    finally:
        transport.close()


class Stream:
    """One plain TCP connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer

    @property
    def local(self) -> Address:
        return Address(*self.writer.get_extra_info("sockname")[:2])

    @property
    def remote(self) -> Address:
        return Address(*self.writer.get_extra_info("peername")[:2])

    async def header(self) -> bytes:
        """Up to the next empty line."""
        return await soon(self._reader.readuntil(b"\r\n\r\n"))

    async def exactly(self, length: int) -> bytes:
        return await soon(self._reader.readexactly(length))

    async def ended(self) -> bool:
        """Wait for the end of the stream; whether nothing came before it."""
        try:
            return await soon(self._reader.read(1)) == b""
        except ConnectionResetError:
            return True

    async def all_read(self) -> None:
        """Read until the end of the stream."""
        with contextlib.suppress(ConnectionResetError):
            await self._reader.read()

    async def close(self) -> None:
        self.writer.close()
        with contextlib.suppress(OSError, ssl.SSLError):  # reset by the speaker
            await self.writer.wait_closed()


@asynccontextmanager
async def tcp_peer(port: int, host: str = "127.0.0.1") -> AsyncIterator[Stream]:
    """A plain TCP connection to the speaker, closed in the end."""
    stream = Stream(*await asyncio.open_connection(host, port))
    try:
        yield stream
    finally:
        await stream.close()


class TcpServer:
    """Accepts connections."""

    def __init__(self) -> None:
        self.accepted: asyncio.Queue[Stream] = asyncio.Queue()
        self.address = Address("", 0)


@asynccontextmanager
async def tcp_server(
    host: str = "127.0.0.1", tls: ssl.SSLContext | None = None
) -> AsyncIterator[TcpServer]:
    """A TCP or TLS server that accepts and reads nothing by itself."""
    ours = TcpServer()
    streams: list[Stream] = []

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        streams.append(Stream(reader, writer))
        ours.accepted.put_nowait(streams[-1])

    server = await asyncio.start_server(accept, host, 0, ssl=tls)
    ours.address = Address(*server.sockets[0].getsockname()[:2])
    try:
        yield ours
    finally:
        for stream in streams:
            await stream.close()
        server.close()
        await server.wait_closed()


async def soon(awaitable: Awaitable[T]) -> T:
    """Wait, but not for ever."""
    return await asyncio.wait_for(awaitable, PATIENCE_S)
