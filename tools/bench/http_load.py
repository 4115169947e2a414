"""`python -m tools.bench.http_load HOST PORT TOKEN`: as many requests as the server answers.

64 connections are kept open, and on each the next request follows the answer to the last. A program
of its own, and a modest one (nice): it takes only what the measured one and its calls leave. At the
end it says what became of the requests, as one line of JSON.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
import sys
import time
from dataclasses import asdict, dataclass
from typing import NamedTuple

CONNECTIONS = 64
PATH = "/api/v1/state"
NICENESS = 10
AGAIN_AFTER_S = 0.1
"""Where a connection was refused or lost."""
ANSWER_WITHIN_S = 10.0

_STATUS = re.compile(rb"^HTTP/1\.1 (\d{3}) ")
_LENGTH = re.compile(rb"^content-length: *(\d+)\r$", re.IGNORECASE | re.MULTILINE)


@dataclass(slots=True)
class Requests:
    """What became of them."""

    answered: int = 0
    """With 200 and a body."""
    refused: int = 0
    """With any other code."""
    lost: int = 0
    """The connection was refused or broken off, or no answer that can be read came in time."""
    slowest_s: float = 0.0


class Target(NamedTuple):
    """Whom to ask, and by which bearer token."""

    host: str
    port: int
    token: str


class NotHttp(Exception):
    """The answer cannot be read; the message is its head."""


def main() -> None:
    """Load a server until told to end (SIGTERM)."""
    os.nice(NICENESS)
    requests = Requests()
    asyncio.run(_until_told(Target(sys.argv[1], int(sys.argv[2]), sys.argv[3]), requests))
    print(json.dumps(asdict(requests)), flush=True)


async def _until_told(target: Target, requests: Requests) -> None:
    told = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)
    print("ready", flush=True)
    loading = asyncio.create_task(load(target, requests))
    await told.wait()
    loading.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await loading


async def load(target: Target, requests: Requests, connections: int = CONNECTIONS) -> None:
    """Keep `connections` busy until cancelled, and count in `requests`."""
    async with asyncio.TaskGroup() as group:
        for _ in range(connections):
            group.create_task(_one_after_the_other(target, requests))


async def _one_after_the_other(target: Target, requests: Requests) -> None:
    while True:
        try:
            await _one_connection(target, requests)
        except (OSError, EOFError, TimeoutError, NotHttp):
            requests.lost += 1
            await asyncio.sleep(AGAIN_AFTER_S)


async def _one_connection(target: Target, requests: Requests) -> None:
    reader, writer = await asyncio.open_connection(target.host, target.port)
    question = (
        f"GET {PATH} HTTP/1.1\r\nHost: {target.host}:{target.port}\r\n"
        f"Authorization: Bearer {target.token}\r\n\r\n"
    ).encode()
    try:
        while True:
            asked = time.monotonic()
            writer.write(question)
            async with asyncio.timeout(ANSWER_WITHIN_S):
                status = await read_answer(reader)
            requests.slowest_s = max(requests.slowest_s, time.monotonic() - asked)
            if status == 200:
                requests.answered += 1
            else:
                requests.refused += 1
    finally:
        writer.close()


async def read_answer(reader: asyncio.StreamReader) -> int:
    """Take one answer whole; its status code.

    Raises:
        NotHttp: it has no status line, or does not tell its length.
        EOFError: the connection ended before.
    """
    head = await reader.readuntil(b"\r\n\r\n")
    status, length = _STATUS.search(head), _LENGTH.search(head)
    if status is None or length is None:
        raise NotHttp(head.decode("latin-1"))
    await reader.readexactly(int(length[1]))
    return int(status[1])


if __name__ == "__main__":
    main()
