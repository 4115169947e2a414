import asyncio
from collections.abc import Callable, Mapping

import uvloop


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Every test of the sockets runs on the library's loop and on the one that we ship."""
    return {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}
