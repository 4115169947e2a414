"""Devices of this process, for one test each."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.media.clips.sound_files import write_wave
from tests.speaker.http.serving import Served, serving
from tests.speaker.http.visitors import set_up


@pytest.fixture
async def shared(tmp_path: Path) -> AsyncIterator[Served]:
    """A device with an administrator."""
    async with serving(tmp_path) as served:
        await set_up(served)
        yield served


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    """A device as it is delivered."""
    async with serving(tmp_path / "data") as served:
        yield served


@pytest.fixture
async def http(served: Served) -> AsyncIterator[httpx.AsyncClient]:
    """A program on its machine."""
    async with served.local() as http:
        yield http


@pytest.fixture
def bell(tmp_path: Path) -> bytes:
    """A clip of a second."""
    return write_wave(tmp_path / "bell.wav", 8000).read_bytes()
