"""Events for listeners far away: all of them, in order, however slow somebody is."""

import asyncio
import itertools
from datetime import UTC, datetime

import pytest

from speaker.event_feed import (
    AT_ONCE,
    KEPT_EVENTS,
    MAXIMUM_LISTENERS,
    SLICE,
    Entry,
    EventFeed,
    Listener,
    Missed,
    TooManyListeners,
)
from speaker.events import Bus, Condition, Happening

NOW = datetime(2026, 11, 27, tzinfo=UTC)


@pytest.fixture
def bus() -> Bus:
    return Bus()


def feed_of(bus: Bus) -> EventFeed:
    return EventFeed(bus, lambda: NOW)


def names(read: list[Entry | Missed]) -> list[str]:
    return [each.event.name if isinstance(each, Entry) else f"-{each.count}" for each in read]


async def everything(listener: Listener) -> list[str]:
    """What a listener reads until nothing more comes at once."""
    read: list[str] = []
    while True:
        reading = asyncio.ensure_future(listener.next())
        for _ in range(3):
            await asyncio.sleep(0)
        if not reading.done():
            reading.cancel()
            return read
        read += names(reading.result())


async def test_what_counts_now_comes_first_and_is_marked(bus: Bus) -> None:
    bus.set("call.state", "idle")
    feed = feed_of(bus)
    bus.set("device.ready", True)
    listener = feed.join()
    first = await listener.next()
    assert names(first) == ["call.state", "device.ready"]
    assert all(isinstance(each, Entry) and each.initial for each in first)
    bus.happen("clip.finished", clip="x")
    (then,) = await listener.next()
    assert then == Entry(3, NOW, Happening("clip.finished", {"clip": "x"}))


async def test_nothing_is_told_twice_or_left_out_between_first_and_next(bus: Bus) -> None:
    feed = feed_of(bus)
    listener = feed.join()
    bus.set("call.state", "ringing")
    assert await everything(listener) == ["call.state"]
    bus.set("call.state", "idle")
    assert await everything(listener) == ["call.state"]


async def test_a_sleeping_listener_is_woken(bus: Bus) -> None:
    feed = feed_of(bus)
    reading = asyncio.ensure_future(feed.join().next())
    await asyncio.sleep(0)
    bus.happen("manual.trigger")
    assert names(await asyncio.wait_for(reading, 1)) == ["manual.trigger"]


async def test_who_comes_back_hears_what_happened_meanwhile(bus: Bus) -> None:
    feed = feed_of(bus)
    for number in range(5):
        bus.happen(f"happening.{number}")
    assert await everything(feed.join(after=3)) == ["happening.3", "happening.4"]
    assert await everything(feed.join(after=5)) == []


@pytest.mark.parametrize("after", [-1, 6, 10**9])
async def test_who_comes_back_with_a_number_that_means_nothing_begins_anew(
    bus: Bus, after: int
) -> None:
    bus.set("call.state", "idle")
    feed = feed_of(bus)
    for number in range(4):
        bus.happen(f"happening.{number}")
    assert await everything(feed.join(after=after)) == ["call.state"]


async def test_a_slow_listener_is_told_how_much_it_missed_and_what_counts_now(bus: Bus) -> None:
    bus.set("call.state", "idle")
    feed = feed_of(bus)
    listener = feed.join()
    await everything(listener)
    for number in range(KEPT_EVENTS + 7):
        bus.happen(f"happening.{number}")
    assert await everything(listener) == [f"-{KEPT_EVENTS + 7}", "call.state"]
    bus.happen("manual.trigger")
    assert await everything(listener) == ["manual.trigger"]


async def test_a_listener_that_is_behind_reads_in_portions_and_in_order(bus: Bus) -> None:
    feed = feed_of(bus)
    listener = feed.join()
    count = 3 * AT_ONCE + 5
    for number in range(count):
        bus.happen(f"happening.{number}")
    assert len(await listener.next()) == AT_ONCE
    rest = await everything(listener)
    assert rest == [f"happening.{number}" for number in range(AT_ONCE, count)]


async def test_the_bus_does_not_wait_and_the_loop_goes_on_between_slices(bus: Bus) -> None:
    feed = feed_of(bus)
    readers = [asyncio.ensure_future(feed.join().next()) for _ in range(4 * SLICE)]
    await asyncio.sleep(0)
    bus.happen("manual.trigger")
    done: list[int] = []
    while not all(reader.done() for reader in readers):
        done.append(sum(reader.done() for reader in readers))
        await asyncio.sleep(0)
    assert done[0] == 0
    steps = [after - before for before, after in itertools.pairwise(done)]
    assert 0 < max(steps) <= SLICE


async def test_there_is_an_end_to_how_many_listen(bus: Bus) -> None:
    feed = feed_of(bus)
    listeners = [feed.join() for _ in range(MAXIMUM_LISTENERS)]
    with pytest.raises(TooManyListeners, match=f"{MAXIMUM_LISTENERS} listen"):
        feed.join()
    listeners[0].leave()
    feed.join()
    assert feed.listeners == MAXIMUM_LISTENERS


async def test_a_closed_feed_sends_everybody_home(bus: Bus) -> None:
    feed = feed_of(bus)
    reading = asyncio.ensure_future(feed.join().next())
    await asyncio.sleep(0)
    feed.close()
    assert await asyncio.wait_for(reading, 1) == []
    assert await feed.join().next() == []
    bus.happen("manual.trigger")


async def test_one_that_gave_up_while_asleep_is_forgotten(bus: Bus) -> None:
    feed = feed_of(bus)
    with feed.join() as listener:
        reading = asyncio.ensure_future(listener.next())
        await asyncio.sleep(0)
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
    assert feed.listeners == 0
    bus.set("call.state", "idle")
    assert bus.conditions() == (Condition("call.state", "idle"),)
