"""Work that keeps a main loop busy: it takes turns with what else there is, and ends when asked."""

from __future__ import annotations

import asyncio
import itertools
import json
import time

import pytest

from tools.bench.busy_speaker import TURN_S, BusyWork


async def kept_busy(turns: int) -> list[float]:
    """When something else had its turn, again and again."""
    loop = asyncio.get_running_loop()
    work = BusyWork(loop)
    work.switch()
    had = [time.monotonic()]
    for _ in range(turns):
        await asyncio.sleep(0)
        had.append(time.monotonic())
    work.switch()
    await asyncio.sleep(0)
    return had


def test_between_two_turns_of_the_work_everything_else_has_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    had = asyncio.run(kept_busy(3))
    assert all(after - before >= TURN_S for before, after in itertools.pairwise(had))
    begun, told = capsys.readouterr().out.splitlines()
    assert begun == "busy"
    work = json.loads(told)
    assert work["turns"] == 3
    assert work["seconds"] >= 3 * TURN_S
    assert 0.0 < work["cpu"] < 1.1
