"""Recipients of TCP."""

import asyncio

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


async def test_where_nothing_listens_that_is_said() -> None:
    async def hear(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None: ...

    async with listening(hear) as port:
        pass
    why = await tell({"type": "tcp", "host": "127.0.0.1", "port": port})
    assert why == "refuses the connection: nothing listens there"
    why = await tell({"type": "tcp", "host": "nowhere.invalid", "port": 9})
    assert why == "cannot be found: no such name, or no DNS server answers"
