"""What devices that have ended leave in memory: given back when nobody hears it."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from speaker.leftovers import Leftovers


class Device:
    """One that refers to itself, as devices do."""

    def __init__(self) -> None:
        self.itself = self


def ended_device() -> weakref.ref[Device]:
    return weakref.ref(Device())


@pytest.fixture(autouse=True)
def _only_collected_on_purpose() -> Iterator[None]:
    gc.disable()
    yield
    gc.unfreeze()
    gc.enable()


async def test_memory_is_given_back_when_it_is_quiet_and_not_before() -> None:
    leftovers, device = Leftovers(look_every_s=0), ended_device()
    leftovers.add()
    heard = []

    def is_quiet() -> bool:
        heard.append(device() is not None)
        return len(heard) == 3

    await leftovers.give_back(is_quiet)
    assert heard == [True, True, True]
    assert device() is None


async def test_a_restart_just_after_another_one_gives_back_what_the_first_has_left() -> None:
    leftovers, device = Leftovers(), ended_device()
    leftovers.add()
    assert device() is not None
    leftovers.add()
    assert device() is None


async def test_where_no_device_has_ended_nothing_is_waited_for() -> None:
    await Leftovers(look_every_s=3600).give_back(lambda: False)
