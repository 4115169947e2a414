"""Those who connect to HTTPS and do not shake hands keep nobody out."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import cast

import pytest
import uvloop

from conf.certificates.folder import Certificates
from speaker.http.crowd import Crowd
from speaker.http.server import bind_http
from speaker.http.tls_context import RenewedContext
from speaker.http.tls_listener import TlsListener

HERE = "127.0.0.1"
ELSEWHERE = "127.0.0.2"


class Echo(asyncio.Protocol):
    """Sends back what comes."""

    transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self.transport.write(data)


class Door:
    """A listener of at most four handshakes, three of one address."""

    def __init__(self, folder: Path) -> None:
        certificates = Certificates(folder)
        certificates.prepare()
        certificates.make_self_signed("own", "Speaker")
        context = RenewedContext(certificates, "own").context
        self.visitors: list[asyncio.StreamWriter] = []
        self.crowd = Crowd(lambda: 4, lambda: 3)
        (self.socket,) = bind_http(HERE, 0)
        self.listener = TlsListener(self.socket, Echo, context, 30.0, self.crowd)

    async def silent(self, address: str) -> asyncio.StreamReader:
        """Somebody who connects and says nothing."""
        reader, writer = await asyncio.open_connection(
            *self.socket.getsockname(), local_addr=(address, 0)
        )
        self.visitors.append(writer)
        return reader

    async def echoes(self, address: str = HERE) -> bool:
        """Whether somebody gets in."""
        trusting = ssl.create_default_context()
        trusting.check_hostname = False
        trusting.verify_mode = ssl.CERT_NONE
        reader, writer = await asyncio.open_connection(
            *self.socket.getsockname(), ssl=trusting, local_addr=(address, 0)
        )
        self.visitors.append(writer)
        writer.write(b"hello")
        answer = await reader.readexactly(5)
        return answer == b"hello"


@contextlib.asynccontextmanager
async def door(folder: Path) -> AsyncIterator[Door]:
    opened = Door(folder)
    try:
        async with asyncio.timeout(10):
            yield opened
    finally:
        opened.listener.close()
        await opened.listener.wait_closed()
        opened.socket.close()
        for writer in opened.visitors:
            writer.transport.abort()
        await asyncio.sleep(0)
        assert len(opened.crowd) == 0


async def end_of(reader: asyncio.StreamReader) -> bytes:
    with contextlib.suppress(ConnectionResetError):
        return await reader.read()
    return b""


async def one_address_has_its_share(folder: Path) -> None:
    async with door(folder) as here:
        first, *others = [await here.silent(ELSEWHERE) for _ in range(4)]
        assert await end_of(first) == b""
        assert len(here.crowd) == 3
        assert not any(reader.at_eof() for reader in others)
        assert await here.echoes()
        assert await here.echoes(ELSEWHERE)


async def all_have_theirs(folder: Path) -> None:
    async with door(folder) as here:
        greedy = [await here.silent("127.0.0.2") for _ in range(3)]
        single = await here.silent("127.0.0.3")
        newcomer = await here.silent("127.0.0.4")
        assert await end_of(greedy[0]) == b""
        assert not single.at_eof()
        assert not newcomer.at_eof()
        assert await here.echoes()


async def many_at_once_are_no_more(folder: Path) -> None:
    async with door(folder) as here:
        with contextlib.ExitStack() as held:
            where = here.socket.getsockname()
            for number in range(30):  # before the listener hears of the first one
                address = (f"127.0.0.{2 + number % 3}", 0)
                held.enter_context(socket.create_connection(where, source_address=address))
            assert await here.echoes()
            assert len(here.crowd) == 3


async def who_has_shaken_hands_counts_no_longer(folder: Path) -> None:
    async with door(folder) as here:
        for _ in range(9):
            assert await here.echoes(ELSEWHERE)
        reader = await here.silent(ELSEWHERE)
        assert len(here.crowd) == 1
        here.listener.close()
        assert await end_of(reader) == b""


async def nonsense_harms_nobody(folder: Path) -> None:
    async with door(folder) as here:
        reader = await here.silent(ELSEWHERE)
        here.visitors[-1].write(b"GET / HTTP/1.1\r\n\r\n")
        await end_of(reader)
        linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"
        with socket.create_connection(here.socket.getsockname()) as left:
            left.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        assert await here.echoes()


RULES = [
    one_address_has_its_share,
    all_have_theirs,
    many_at_once_are_no_more,
    who_has_shaken_hands_counts_no_longer,
    nonsense_harms_nobody,
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_handshakes_are_bounded(
    tmp_path: Path,
    rule: Callable[[Path], Coroutine[None, None, None]],
    loop: Callable[[], asyncio.AbstractEventLoop],
) -> None:
    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(rule(tmp_path))
