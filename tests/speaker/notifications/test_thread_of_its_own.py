"""Work that could keep the main loop waiting is done beside it."""

import asyncio
import socket
import threading
from typing import Any

import pytest

from speaker.notifications.thread_of_its_own import apart


async def test_the_work_is_done_on_another_thread() -> None:
    threads: list[threading.Thread] = []

    async def work() -> None:
        threads.append(threading.current_thread())

    await apart(work)
    assert threads[0] is not threading.current_thread()


async def test_what_it_raises_reaches_whoever_waits() -> None:
    async def work() -> None:
        raise KeyError("gate")

    with pytest.raises(KeyError, match="gate"):
        await apart(work)


async def test_who_is_cancelled_returns_and_the_work_hears_of_it() -> None:
    begun, ended = threading.Event(), threading.Event()

    async def work() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    waiting = asyncio.create_task(apart(work))
    assert await asyncio.to_thread(begun.wait, 20.0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert await asyncio.to_thread(ended.wait, 20.0)


async def test_the_program_ends_although_the_dns_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    """At its end Python waits for the threads of every loop, but for no daemon."""
    threads: list[threading.Thread] = []
    ask = socket.getaddrinfo

    def note(*what: Any, **how: Any) -> Any:
        threads.append(threading.current_thread())
        return ask(*what, **how)

    async def work() -> None:
        threads.append(threading.current_thread())
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("localhost", port)

    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    monkeypatch.setattr(socket, "getaddrinfo", note)
    await apart(work)
    own, *asking = threads
    assert asking
    assert set(asking) == {own}
    assert own.daemon
