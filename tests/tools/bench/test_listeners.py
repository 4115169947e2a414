"""Many that listen to events: each counts the keys that it hears of."""

import asyncio
import contextlib

import pytest

from tools.bench.listeners import Heard, Refused, listen

ACCEPTED = b"HTTP/1.1 101 Switching Protocols\r\n\r\n"
EVENT = b'\x81\x16{"name":"dtmf.digit"}.'


async def all_read() -> None:
    """What was sent on loopback lies there to be read: by the loop's next turns it has been."""
    for _ in range(20):
        await asyncio.sleep(0)


async def heard(answer: bytes, parts: list[bytes], *, stays: bool = True) -> Heard:
    """What three listeners hear of a device that answers and sends this."""
    sent = 0
    all_sent = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        assert b"Authorization: Bearer t\r\n" in await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        for part in parts:
            writer.write(part)
            await writer.drain()
            await all_read()
        sent += 1
        if sent == 3:
            all_sent.set()
        if stays:
            with contextlib.suppress(ConnectionError):
                await reader.read()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    ready = asyncio.Event()
    listening = asyncio.create_task(listen("127.0.0.1", port, "t", 3, ready))
    try:
        async with asyncio.timeout(10.0):
            if stays:
                await ready.wait()
                await all_sent.wait()
                await all_read()
                listening.cancel()
            return await listening
    finally:
        server.close()
        await server.wait_closed()


def test_each_counts_also_what_comes_in_two_parts() -> None:
    parts = [EVENT, EVENT[:10], EVENT[10:]]
    told = asyncio.run(heard(ACCEPTED, parts))
    assert told == Heard(listeners=3, digits_fewest=2, digits_most=2, left=0)


def test_those_who_are_cut_off_are_counted() -> None:
    assert asyncio.run(heard(ACCEPTED, [], stays=False)).left == 3


def test_a_device_that_lets_nobody_listen_is_told_of() -> None:
    with pytest.raises(Refused, match="401"):
        asyncio.run(heard(b"HTTP/1.1 401 Unauthorized\r\n\r\n", [], stays=False))
