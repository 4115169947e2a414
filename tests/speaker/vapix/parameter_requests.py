"""Requests to `param.cgi`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from tests.speaker.http.serving import Served, serving

PARAM = "/axis-cgi/param.cgi"


@asynccontextmanager
async def asking(folder: Path, *settings: str) -> AsyncIterator[tuple[Served, httpx.AsyncClient]]:
    """A device with these settings, and who asks it."""
    async with serving(folder, *settings) as served, served.local() as http:
        yield served, http


async def listed(http: httpx.AsyncClient, group: str) -> dict[str, str]:
    """The parameters of a group."""
    answer = await http.get(PARAM, params={"action": "list", "group": group})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    return dict(line.split("=", 1) for line in answer.text.splitlines())


async def update(http: httpx.AsyncClient, **values: str) -> str:
    """What is said to new values; `__` stands for the dot of a name."""
    answer = await http.get(
        PARAM, params={"action": "update", **{k.replace("__", "."): v for k, v in values.items()}}
    )
    assert answer.status_code == 200
    return answer.text
