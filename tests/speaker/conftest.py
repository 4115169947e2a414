"""A device that several tests share, where none of them changes it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.speaker.http.serving import Served, serving
from tests.speaker.http.visitors import set_up


@pytest.fixture
async def shared(tmp_path: Path) -> AsyncIterator[Served]:
    """A device with an administrator."""
    async with serving(tmp_path) as served:
        await set_up(served)
        yield served
