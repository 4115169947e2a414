"""The load of an HTTP port: what is a good answer, and what becomes of requests that get none."""

import asyncio
import contextlib
from collections.abc import Callable

import pytest

from tools.bench.http_load import NotHttp, Requests, Target, load, read_answer

GOOD = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
CUT_SHORT = GOOD[:-1]
BUSY = b"HTTP/1.1 429 Too Many Requests\r\ncontent-length: 0\r\n\r\n"


async def read(data: bytes) -> tuple[int, bytes]:
    """The code, and what follows the answer."""
    reader = asyncio.StreamReader()
    reader.feed_data(data)
    reader.feed_eof()
    return await read_answer(reader), await reader.read()


@pytest.mark.parametrize(("data", "code"), [(GOOD, 200), (BUSY, 429)])
def test_an_answer_is_taken_whole_and_no_more(data: bytes, code: int) -> None:
    """RFC 9112 §6.2: as long as Content-Length says."""
    assert asyncio.run(read(data + b"next")) == (code, b"next")


@pytest.mark.parametrize("head", [b"SIP/2.0 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nA: b\r\n\r\n"])
def test_an_answer_without_status_or_length_cannot_be_read(head: bytes) -> None:
    with pytest.raises(NotHttp):
        asyncio.run(read(head))


@pytest.mark.parametrize("data", [GOOD[:20], CUT_SHORT])
def test_an_answer_that_breaks_off_is_none(data: bytes) -> None:
    with pytest.raises(EOFError):
        asyncio.run(read(data))


async def loaded(answer: bytes, enough: Callable[[Requests], bool]) -> tuple[Requests, int]:
    """What four connections to a server count that says the same and, cut short, breaks off.

    And how many different connections it saw.
    """
    requests, seen = Requests(), 0
    done = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal seen
        seen += 1
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while not done.is_set():
                assert b"GET /api/v1/state HTTP/1.1" in await reader.readuntil(b"\r\n\r\n")
                writer.write(answer)
                if enough(requests):
                    done.set()
                if answer == CUT_SHORT:
                    break
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    loading = asyncio.create_task(load(Target("127.0.0.1", port, "x"), requests, connections=4))
    async with asyncio.timeout(10.0):
        await done.wait()
    loading.cancel()
    await asyncio.gather(loading, return_exceptions=True)
    server.close()
    return requests, seen


def test_every_connection_asks_again_once_it_is_answered() -> None:
    requests, connections = asyncio.run(loaded(GOOD, lambda so_far: so_far.answered >= 40))
    assert connections == 4
    assert (requests.refused, requests.lost) == (0, 0)
    assert 0.0 < requests.slowest_s < 10.0


def test_refusals_are_no_answers() -> None:
    requests, connections = asyncio.run(loaded(BUSY, lambda so_far: so_far.refused >= 8))
    assert connections == 4
    assert (requests.answered, requests.lost) == (0, 0)


def test_connections_that_break_off_are_counted_and_made_anew() -> None:
    requests, connections = asyncio.run(loaded(CUT_SHORT, lambda so_far: so_far.lost >= 8))
    assert connections > 8
    assert requests.answered == 0
