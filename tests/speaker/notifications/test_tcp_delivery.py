"""Recipients of TCP."""

import asyncio

import pytest

from speaker.notifications import tcp_delivery
from speaker.notifications.notification import Notification
from tests.speaker.notifications.telling import tell
from tests.speaker.notifications.web_server import listening


async def test_the_message_is_all_that_is_sent() -> None:
    heard: list[bytes] = []

    async def hear(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read())

    async with listening(hear) as port:
        told = Notification(message="Tür 3\nis open")
        assert await tell({"type": "tcp", "host": "127.0.0.1", "port": port}, told) == ""
    assert heard == ["Tür 3\nis open".encode()]


async def test_a_greeting_is_not_taken_for_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is left too early may answer, and lose by that what it has not read yet."""
    monkeypatch.setattr(tcp_delivery, "END_S", 20.0)
    is_left: list[bool] = []

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"ready\r\n")
        await reader.read()
        for _ in range(10):  # what the other end does next is done by then
            await asyncio.sleep(0)
        is_left.append(told.done())
        writer.close()

    async with listening(greet) as port:
        recipient = {"type": "tcp", "host": "127.0.0.1", "port": port}
        told = asyncio.ensure_future(tell(recipient))
        assert await told == ""
    assert is_left == [False]


async def test_where_nothing_listens_that_is_said() -> None:
    async def hear(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None: ...

    async with listening(hear) as port:
        pass
    why = await tell({"type": "tcp", "host": "127.0.0.1", "port": port})
    assert why == "refuses the connection: nothing listens there"
    why = await tell({"type": "tcp", "host": "nowhere.invalid", "port": 9})
    assert why == "cannot be found: no such name, or no DNS server answers"
