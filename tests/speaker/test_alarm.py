"""One timer for all parts of the main loop, each of which has its own deadline."""

import asyncio

from speaker.alarm import Alarm

LIMIT_S = 5.0


class Part:
    """Due at some moments, one after the other."""

    def __init__(self, *due: float) -> None:
        self._due = list(due)
        self.rung: list[float] = []
        self.over = asyncio.Event()

    @property
    def deadline(self) -> float | None:
        return self._due[0] if self._due else None

    def on_timer(self, now: float) -> None:
        self.rung.append(self._due.pop(0))
        assert self.rung[-1] <= now
        if not self._due:
            self.over.set()


def now() -> float:
    return asyncio.get_running_loop().time()


async def test_each_part_is_called_at_each_of_its_deadlines() -> None:
    start = now()
    one, two = Part(start, start + 0.02), Part(start + 0.01, start + 0.03)
    alarm = Alarm(asyncio.get_running_loop(), one, two)
    alarm.rearm()
    for part in (one, two):
        await asyncio.wait_for(part.over.wait(), LIMIT_S)
    assert one.rung == [start, start + 0.02]
    assert two.rung == [start + 0.01, start + 0.03]


async def test_a_part_that_is_not_due_is_left_alone() -> None:
    due, later = Part(now()), Part(now() + 3600)
    alarm = Alarm(asyncio.get_running_loop(), later, due)
    alarm.rearm()
    await asyncio.wait_for(due.over.wait(), LIMIT_S)
    assert later.rung == []
    alarm.cancel()


async def test_a_cancelled_alarm_rings_no_more() -> None:
    part, other = Part(now() + 0.01), Part(now() + 0.02)
    alarm = Alarm(asyncio.get_running_loop(), part)
    alarm.rearm()
    alarm.cancel()
    Alarm(asyncio.get_running_loop(), other).rearm()
    await asyncio.wait_for(other.over.wait(), LIMIT_S)
    assert part.rung == []
