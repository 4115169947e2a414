"""What lets a test run again, and what does not."""

import itertools
import os
import signal
import time
from collections.abc import Iterator

import pytest

from tests.interop.second_chance import BEARABLE_S, SecondChance
from tools.stall_watch import Stall, StallWatch

pytest_plugins = ["pytester"]

STANDS_STILL_S = 0.5
GIVE_UP_S = 20.0

SETTINGS = "[pytest]\nasyncio_default_fixture_loop_scope = function\n"
FAILS_TWICE = """
    import pytest

    runs = []

    @pytest.fixture
    def fresh():
        return []

    def test_fails_twice(fresh):
        fresh.append(1)
        runs.append(1)
        assert len(fresh) == 1
        assert len(runs) > 2
"""


@pytest.mark.parametrize(
    ("stalls_s", "passes"),
    [
        pytest.param([0, 1.0, 0, 1.0, 0, 0], True, id="stood still in both runs that failed"),
        pytest.param([0, 1.0, 0, 0], False, id="failed once on a machine that kept time"),
        pytest.param([0, BEARABLE_S], False, id="stood still for no longer than is borne"),
        pytest.param([1.0, 0], False, id="stood still only before"),
    ],
)
def test_only_a_machine_that_stood_still_gives_a_second_chance(
    pytester: pytest.Pytester, stalls_s: list[float], passes: bool
) -> None:
    pytester.makepyfile(FAILS_TWICE)
    pytester.makeini(SETTINGS)
    told = iter(stalls_s)
    outcome = pytester.inline_run(plugins=[SecondChance(pytester.path, lambda: next(told))])
    outcome.assertoutcome(passed=int(passes), failed=int(not passes))
    assert not list(told)


def test_in_ci_a_failure_is_tried_once_more_and_no_more(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(FAILS_TWICE)
    pytester.makeini(SETTINGS)
    told = iter([0, 0, 0, 0])
    plugin = SecondChance(pytester.path, lambda: next(told), in_ci=True)
    outcome = pytester.inline_run(plugins=[plugin])
    outcome.assertoutcome(failed=1)
    assert not list(told)


def test_the_last_failure_stands_however_still_the_machine_stood(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile("def test_fails():\n    assert False\n")
    pytester.makeini(SETTINGS)
    told = itertools.repeat(1.0)
    outcome = pytester.inline_run(plugins=[SecondChance(pytester.path, lambda: next(told))])
    outcome.assertoutcome(failed=1)


@pytest.fixture
def watch() -> Iterator[StallWatch]:
    with StallWatch() as watch:
        yield watch


def stand_still(watch: StallWatch) -> tuple[float, float]:
    """Stop a watcher as a host stops a core; from when to when, monotonic seconds."""
    watcher = watch.process_ids[0]
    began = time.monotonic()
    os.kill(watcher, signal.SIGSTOP)
    time.sleep(STANDS_STILL_S)
    os.kill(watcher, signal.SIGCONT)
    return began, time.monotonic()


def longest_of(watch: StallWatch) -> Stall:
    """Once one has been told that is as long as what was done."""
    give_up_at = time.monotonic() + GIVE_UP_S
    while time.monotonic() < give_up_at:
        longest = max(watch.stalls(), key=lambda stall: stall.lasted_s, default=Stall(0.0, 0.0))
        if longest.lasted_s > STANDS_STILL_S / 2:
            return longest
        time.sleep(0.01)
    raise AssertionError("no stall was told")


def test_a_core_that_stands_still_is_noted_with_its_time(watch: StallWatch) -> None:
    began, ended = stand_still(watch)
    assert began - STANDS_STILL_S < longest_of(watch).at < ended


def test_what_was_told_is_not_told_again(watch: StallWatch) -> None:
    stand_still(watch)
    longest_of(watch)
    assert watch.longest_s() < STANDS_STILL_S / 2
