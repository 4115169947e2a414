import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sip.transport.connection_limits import ConnectionLimits
from tests.sip.transaction_messages import OPTIONS
from tests.sip.transport_ends import NotingCore, Stream, answer_200, tcp_peer, transport_for


@asynccontextmanager
async def caller_from(host: str, port: int) -> AsyncIterator[Stream]:
    """A TCP connection from another address of this machine."""
    stream = Stream(*await asyncio.open_connection("127.0.0.1", port, local_addr=(host, 0)))
    try:
        yield stream
    finally:
        await stream.close()


async def is_answered(stream: Stream) -> bool:
    stream.writer.write(bytes(OPTIONS))
    try:
        return (await stream.header()).startswith(b"SIP/2.0 200")
    except (asyncio.IncompleteReadError, ConnectionResetError):
        return False


async def test_silent_connections_of_one_address_give_way_to_a_caller_from_another() -> None:
    limits = ConnectionLimits(connections=10)
    core = NotingCore(answer_200)
    async with transport_for(core, limits=limits) as transport:
        silent = [socket.create_connection(("127.0.0.1", transport.port)) for _ in range(10)]
        async with caller_from("127.0.0.2", transport.port) as caller:
            assert await is_answered(caller)
        assert silent[0].recv(1) == b""  # the oldest
        for each in silent:
            each.close()


async def test_a_few_silent_connections_are_let_be() -> None:
    """They may be phones that are about to speak."""
    limits = ConnectionLimits(connections=4)
    core = NotingCore(answer_200)
    async with transport_for(core, limits=limits) as transport:
        silent = [socket.create_connection(("127.0.0.1", transport.port)) for _ in range(4)]
        async with caller_from("127.0.0.2", transport.port) as caller:
            assert not await is_answered(caller)
        for each in silent:
            each.close()


async def test_no_address_may_hold_more_connections_than_its_share() -> None:
    limits = ConnectionLimits(per_source=2)
    core = NotingCore(answer_200)
    async with (
        transport_for(core, limits=limits) as transport,
        tcp_peer(transport.port) as first,
        tcp_peer(transport.port) as second,
    ):
        assert await is_answered(first)
        assert await is_answered(second)
        async with tcp_peer(transport.port) as third:
            assert not await is_answered(third)
        async with caller_from("127.0.0.2", transport.port) as other:
            assert await is_answered(other)
        assert await is_answered(first)
