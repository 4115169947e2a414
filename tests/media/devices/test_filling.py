"""The engine follows a card's clock: an hour in memory, with the card's time as data."""

import pytest

from media.devices.filling import LEAST_WAITING, MOST_WAITING, Filling
from media.engine.clock import TickSchedule
from media.frame import FRAME_SAMPLES, TICK_S

HOUR_S = 3600.0


def levels_of_an_hour(card_tick_s: float, burst: int) -> list[int]:
    """Samples in the ring at each tick, while a card takes `burst` frames at a time."""
    schedule, filling = TickSchedule(0.0), Filling()
    level, card_at, now = LEAST_WAITING, 0.0, 0.0
    levels = []
    while now < HOUR_S:
        now = schedule.next_at
        while card_at <= now:
            level -= burst * FRAME_SAMPLES
            card_at += burst * card_tick_s
        for _ in range(schedule.due(now)):
            filling.note(level, flowing=True)
            levels.append(level)
            level += FRAME_SAMPLES
        schedule.follow(1.0 + filling.correction)
    return levels


@pytest.mark.parametrize("ppm", [-200, -30, 0, 30, 200, 1000])
def test_a_card_with_another_clock_neither_starves_nor_piles_up(ppm: int) -> None:
    levels = levels_of_an_hour(TICK_S * (1 + ppm * 1e-6), burst=1)
    assert min(levels) >= 0
    assert max(levels) <= LEAST_WAITING + 2 * FRAME_SAMPLES


@pytest.mark.parametrize("burst", [2, 3])
def test_a_card_that_comes_in_bursts_is_followed_on_average(burst: int) -> None:
    levels = levels_of_an_hour(TICK_S * (1 + 100e-6), burst)
    assert max(levels) <= LEAST_WAITING + burst * FRAME_SAMPLES
    assert sum(levels) / len(levels) == pytest.approx(LEAST_WAITING, abs=FRAME_SAMPLES / 2)


def test_a_ring_that_ran_empty_gets_more_up_to_a_bound() -> None:
    filling = Filling()
    filling.want_more()
    assert filling.wanted == LEAST_WAITING + FRAME_SAMPLES
    for _ in range(100):
        filling.want_more()
    assert filling.wanted == MOST_WAITING


def test_a_ring_that_stands_still_does_not_change_the_pace() -> None:
    filling = Filling()
    for _ in range(1000):
        filling.note(10 * LEAST_WAITING, flowing=False)
    assert filling.correction == 0.0


def test_what_waits_is_bounded_by_what_an_echo_canceller_allows_and_grows_again() -> None:
    filling = Filling()
    for _ in range(5):
        filling.want_more()
    filling.allow(5 * FRAME_SAMPLES)
    filling.want_more()
    assert filling.wanted == 5 * FRAME_SAMPLES
    filling.allow(-FRAME_SAMPLES)
    assert filling.wanted == LEAST_WAITING, "less than at first would only break off"
    filling.allow(float("inf"))
    filling.want_more()
    assert filling.wanted == LEAST_WAITING + FRAME_SAMPLES
