"""The schedule of ticks, with time as an argument."""

import pytest

from media.engine.clock import BURST, NUDGE, Distribution, TickSchedule


def test_lateness_of_one_tick_does_not_move_the_next() -> None:
    schedule = TickSchedule(100.0)
    assert schedule.due(100.004) == 1
    assert schedule.next_at == pytest.approx(100.01)
    assert schedule.due(100.0101) == 1
    assert schedule.next_at == pytest.approx(100.02)


def test_a_loop_that_wakes_early_ticks_when_it_is_less_than_a_millisecond() -> None:
    schedule = TickSchedule(100.0)
    assert schedule.due(99.99) == 0
    assert schedule.due(99.9995) == 1


def test_an_hour_of_wake_ups_anywhere_within_the_tick_has_360000_ticks() -> None:
    schedule = TickSchedule(0.0)
    ticks, now = 0, 0.0
    for number in range(60 * 60):
        now = number + (number * 7 % 10) / 1000
        while schedule.next_at <= now:
            ticks += schedule.due(schedule.next_at + (number % 9) / 1000)
    assert ticks == pytest.approx(100 * now, abs=2)
    assert schedule.skipped == 0


def test_after_a_stall_few_ticks_are_made_up_and_the_others_skipped() -> None:
    schedule = TickSchedule(0.0)
    assert schedule.due(0.0) == 1
    assert schedule.due(0.505) == BURST
    assert schedule.skipped == 50 - BURST
    assert schedule.next_at == pytest.approx(0.51)


@pytest.mark.parametrize(
    ("factor", "followed"), [(1.002, 1.002), (0.998, 0.998), (1.5, 1 + NUDGE), (0.1, 1 - NUDGE)]
)
def test_the_period_follows_a_card_within_bounds(factor: float, followed: float) -> None:
    schedule = TickSchedule(0.0)
    schedule.follow(factor)
    assert schedule.due(0.0) == 1
    assert schedule.next_at == pytest.approx(0.01 * followed)


def test_percentiles_are_those_of_the_times_to_a_tenth_of_a_millisecond() -> None:
    times = Distribution()
    for number in range(1, 101):
        times.add(number / 10_000)
    assert times.percentile_s(0.5) == pytest.approx(0.005, abs=0.00011)
    assert times.percentile_s(0.99) == pytest.approx(0.0099, abs=0.00011)
    assert times.maximum_s == pytest.approx(0.01)
    assert times.total_s == pytest.approx(0.505)


def test_a_time_beyond_the_table_is_counted_as_its_last_step_and_as_the_maximum() -> None:
    times = Distribution()
    times.add(7.0)
    assert times.maximum_s == 7.0
    assert times.percentile_s(0.5) == pytest.approx(0.1, abs=0.001)


def test_no_times_have_no_percentile() -> None:
    assert Distribution().percentile_s(0.99) == 0.0
