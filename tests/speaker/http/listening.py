"""The HTTP side of a device of this process at a real port, for what cannot be met in memory."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from speaker.http.app import make_app
from speaker.http.server import HttpServer, bind_http
from tests.speaker.http.serving import Served, serving

HERE = "127.0.0.1"


@asynccontextmanager
async def listening(folder: Path, *settings: str) -> AsyncIterator[tuple[Served, str]]:
    """A device with these settings, and `HOST:PORT` where it answers."""
    async with serving(folder, *settings) as served:
        server = HttpServer(make_app(served.device), bind_http(HERE, 0))
        server.start()
        try:
            yield served, f"{HERE}:{server.port}"
        finally:
            served.device.event_feed.close()
            await server.stop()
