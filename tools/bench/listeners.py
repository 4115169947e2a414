"""`python -m tools.bench.listeners HOST PORT TOKEN COUNT`: so many listen to a device's events.

Each has a WebSocket of its own. A program of its own, and a modest one (nice). It says `ready` when
all listen, and at its end what they heard, as one line of JSON.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import signal
import sys
from dataclasses import asdict, dataclass

PATH = "/api/v1/events"
NICENESS = 10
AT_ONCE = 50
"""Handshakes that wait for their answer at the same time."""
LAST_WORDS_S = 1.0
"""What was told last is still on its way when the end comes."""
PRESSED = b'"dtmf.digit"'


@dataclass(slots=True)
class Heard:
    """What became of the listeners."""

    listeners: int = 0
    digits_fewest: int = 0
    """Keys that the listener heard of which heard of fewest."""
    digits_most: int = 0
    left: int = 0
    """Whose connection ended before they were told to go."""


class Refused(Exception):
    """A handshake was not answered with 101; the message is the answer's first line."""


async def listen(host: str, port: int, token: str, count: int, ready: asyncio.Event) -> Heard:
    """Listen until cancelled."""
    heard = Heard(listeners=count)
    digits = [0] * count
    gate = asyncio.Semaphore(AT_ONCE)
    waiting = count

    async def one(number: int) -> None:
        nonlocal waiting
        async with gate:
            reader, writer = await _handshake(host, port, token)
        waiting -= 1
        if not waiting:
            ready.set()
        try:
            rest = b""
            while data := await reader.read(65536):
                digits[number] += (rest + data).count(PRESSED)
                rest = data[1 - len(PRESSED) :]  # a word may come in two parts
            heard.left += 1
        finally:
            await _close(writer)

    listeners = asyncio.gather(*(one(number) for number in range(count)))
    try:
        await listeners
    except asyncio.CancelledError:
        heard.digits_fewest, heard.digits_most = min(digits), max(digits)
    return heard


async def _handshake(
    host: str, port: int, token: str
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """RFC 6455 §4.1."""
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(
        f"GET {PATH} HTTP/1.1\r\nHost: {host}:{port}\r\nAuthorization: Bearer {token}\r\n"
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\n\r\n".encode()
    )
    answer = await reader.readuntil(b"\r\n\r\n")
    if not answer.startswith(b"HTTP/1.1 101 "):
        await _close(writer)
        raise Refused(answer.partition(b"\r\n")[0].decode("latin-1"))
    return reader, writer


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


async def _until_told(host: str, port: int, token: str, count: int) -> Heard:
    ready, told = asyncio.Event(), asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)
    listening = asyncio.create_task(listen(host, port, token, count, ready))
    waiting = asyncio.create_task(ready.wait())
    await asyncio.wait({listening, waiting}, return_when=asyncio.FIRST_COMPLETED)
    if listening.done():
        waiting.cancel()
        return await listening
    print("ready", flush=True)
    await told.wait()
    await asyncio.sleep(LAST_WORDS_S)
    listening.cancel()
    return await listening


def main() -> None:
    """Listen until told to end (SIGTERM)."""
    os.nice(NICENESS)
    host, port, token, count = sys.argv[1:]
    heard = asyncio.run(_until_told(host, int(port), token, int(count)))
    print(json.dumps(asdict(heard)), flush=True)


if __name__ == "__main__":
    main()
