"""`speaker ctl` as a person at a terminal sees it, without a process of its own."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from conf.files.data_folder import http_of_running_device
from speaker.main import main
from tests.speaker.http.serving import Served, serving


@dataclass
class Said:
    """How a command has ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Terminal:
    """Gives commands to the device of a data folder, or with other arguments to any."""

    capsys: pytest.CaptureFixture[str]
    here: list[str] = field(default_factory=list)

    async def __call__(self, *arguments: str) -> Said:
        return await asyncio.to_thread(self.say, *arguments)

    def say(self, *arguments: str) -> Said:
        """The same, where no loop has to go on meanwhile."""
        self.capsys.readouterr()
        try:
            code = main(["ctl", *self.here, *arguments])
        except SystemExit as ending:
            code = int(ending.code or 0)
        told = self.capsys.readouterr()
        return Said(code, told.out, told.err)

    async def tells(self, *arguments: str) -> str:
        """What a command that works prints."""
        said = await self(*arguments)
        assert (said.code, said.err) == (0, ""), said
        return said.out

    async def refuses(self, *arguments: str) -> str:
        """What a command that does not work says."""
        said = await self(*arguments)
        assert (said.code, said.out) == (1, ""), said
        return said.err


@asynccontextmanager
async def terminal(
    folder: Path, capsys: pytest.CaptureFixture[str], *settings: str
) -> AsyncIterator[tuple[Terminal, Served]]:
    """At the machine of a device with these settings."""
    async with serving(folder, *settings, serves_http=True) as served:
        yield Terminal(capsys, ["--data", str(folder)]), served


def url_of(folder: Path) -> str:
    """Where the device of a data folder answers."""
    url = http_of_running_device(folder)
    assert url is not None
    return url
