"""A change of settings is taken by all parts of the device, or by none."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from conf.settings import Settings
from conf.store.settings_store import SettingsStore
from conf.store.store_error import StoreError
from conf.validation.problem import BadSettings, Problem
from speaker.change import Change, Prepared, Unavailable
from speaker.live_settings import LiveSettings

QUIETER = {"audio": {"output_gain_db": -6.0}}
TAKEN = Problem("sip.port", "5060", "is taken")


class Gain:
    """A part that goes by one setting."""

    def __init__(self, refuses: BadSettings | None = None) -> None:
        self.refuses = refuses
        self.taken: list[float] = []
        self.abandoned = 0

    async def prepare(self, change: Change) -> Prepared:
        gain_db = await change.off_loop(lambda: change.new.audio.output_gain_db)
        if self.refuses is not None:
            raise self.refuses
        return Prepared(lambda _now: self.taken.append(gain_db), self._abandon)

    def _abandon(self) -> None:
        self.abandoned += 1


class Broken(Gain):
    """A part with a mistake in it."""

    async def prepare(self, change: Change) -> Prepared:
        return Prepared(lambda _now: self.taken.remove(0.5))


@contextmanager
def turn() -> Iterator[float]:
    yield 0.0


@asynccontextmanager
async def following(
    folder: Path, *parts: Gain
) -> AsyncIterator[tuple[SettingsStore, LiveSettings]]:
    """A store, and what a device of these parts makes of its changes."""
    with SettingsStore.open(folder) as store:
        live = LiveSettings(store.settings, turn=turn)
        live.parts = parts
        store.accompany(live.taking)
        yield store, live
        live.close()


async def change(store: SettingsStore) -> None:
    await asyncio.to_thread(store.change, QUIETER, by="test")


async def test_a_change_has_been_taken_by_every_part_when_it_returns(tmp_path: Path) -> None:
    one, other = Gain(), Gain()
    async with following(tmp_path, one, other) as (store, live):
        await change(store)
        assert (one.taken, other.taken) == ([-6.0], [-6.0])
        assert live.settings is store.settings


async def test_what_one_part_cannot_take_no_part_takes_and_nothing_is_stored(
    tmp_path: Path,
) -> None:
    one, other = Gain(), Gain(BadSettings([TAKEN]))
    async with following(tmp_path, one, other) as (store, live):
        with pytest.raises(BadSettings) as refused:
            await change(store)
        assert refused.value.problems == (TAKEN,)
        assert (one.taken, one.abandoned, other.taken) == ([], 1, [])
        assert store.settings == live.settings == Settings()
    with SettingsStore.open(tmp_path) as store:
        assert store.settings == Settings()


async def test_every_part_says_what_is_wrong(tmp_path: Path) -> None:
    wrong = Problem("announcement.clip", '"x"', "is none of the clips")
    parts = Gain(Unavailable([TAKEN], "Port 5060 is taken")), Gain(BadSettings([wrong]))
    async with following(tmp_path, *parts) as (store, _):
        with pytest.raises(BadSettings) as refused:
            await change(store)
        assert refused.value.problems == (TAKEN, wrong)


async def test_what_was_prepared_is_given_back_when_the_disk_does_not_take_the_change(
    tmp_path: Path,
) -> None:
    part = Gain()
    async with following(tmp_path, part) as (store, live):
        store.database.close()
        with pytest.raises(StoreError):
            await change(store)
        assert (part.taken, part.abandoned) == ([], 1)
        assert live.settings == Settings()


async def test_a_part_that_fails_keeps_no_other_from_the_change(tmp_path: Path) -> None:
    part = Gain()
    async with following(tmp_path, Broken(), part) as (store, _):
        await change(store)
        assert part.taken == [-6.0]


async def test_more_changes_at_once_than_there_are_threads_are_taken_one_by_one(
    tmp_path: Path,
) -> None:
    """All threads of the loop wait for a change then, and none is left to prepare it."""
    part = Gain()
    async with following(tmp_path, part) as (store, _):
        gains = [{"audio": {"output_gain_db": -float(i + 1)}} for i in range(60)]
        async with asyncio.timeout(20):
            await asyncio.gather(*(asyncio.to_thread(store.change, g, by="t") for g in gains))
        assert sorted(part.taken) == [-float(i) for i in range(60, 0, -1)]
        assert part.taken[-1] == store.settings.audio.output_gain_db


async def test_a_change_on_the_loop_that_has_to_take_it_is_a_mistake(tmp_path: Path) -> None:
    async with following(tmp_path, Gain()) as (store, _):
        with pytest.raises(RuntimeError, match="off the main loop"):
            store.change(QUIETER, by="test")
        assert store.settings == Settings()


async def test_a_device_that_stops_is_not_asked_any_more(tmp_path: Path) -> None:
    part = Gain()
    async with following(tmp_path, part) as (store, live):
        live.close()
        await change(store)
        assert part.taken == []
        assert store.settings.audio.output_gain_db == -6.0
