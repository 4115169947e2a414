"""The estimate of the drift between two clocks, with callbacks that are late as data."""

from collections.abc import Iterator

import numpy as np
import pytest

from media.frame import FRAME_SAMPLES, TICK_S
from media.resampling.drift import LIMIT_PPM, Drift


def estimates(
    drift: Drift,
    ppm: float,
    *,
    for_s: float,
    late_s: float = 0.0,
    burst: int = 1,
    stalls: tuple[tuple[float, float], ...] = (),
    lost: tuple[tuple[float, int], ...] = (),
) -> Iterator[tuple[float, float]]:
    """Time and estimate at each tick, for a card that is `ppm` faster than the ticks.

    Callbacks are up to `late_s` late, ticks half of it. `stalls` begin at a time and last for one,
    and are made up afterwards; what is `lost` at a time is not.
    """
    chance = np.random.default_rng(7)
    period_s = burst * TICK_S / (1 + ppm * 1e-6)
    called = 0.003 + period_s * np.arange(1, round(for_s / period_s) + 2)
    called += chance.uniform(0, late_s, called.size)
    for begin, length in stalls:
        called = np.where((called > begin) & (called < begin + length), begin + length, called)
    called = np.maximum.accumulate(called)
    calls = 0
    for tick in range(1, round(for_s / TICK_S)):
        now = tick * TICK_S + chance.uniform(0, late_s / 2)
        while called[calls] <= now:
            calls += 1
            gone = sum(samples for at, samples in lost if at <= called[calls - 1])
            drift.note_source(calls * burst * FRAME_SAMPLES - gone, called[calls - 1])
        drift.note_sink(tick * FRAME_SAMPLES, now)
        yield now, drift.ppm


@pytest.mark.parametrize("ppm", [-1000, -200, -30, 0, 30, 200, 1000])
@pytest.mark.parametrize(
    ("late_s", "burst", "near_ppm", "right_ppm"),
    [(0.0, 1, 0.5, 0.5), (0.002, 1, 25, 6), (0.005, 1, 30, 10), (0.005, 4, 60, 20)],
)
def test_it_is_near_after_10_s_and_right_after_20(
    ppm: int, late_s: float, burst: int, near_ppm: float, right_ppm: float
) -> None:
    for now, estimate in estimates(Drift(), ppm, for_s=40.0, late_s=late_s, burst=burst):
        if now > 20.0:
            assert estimate == pytest.approx(ppm, abs=right_ppm)
        elif now > 11.0:
            assert estimate == pytest.approx(ppm, abs=near_ppm)


def test_two_clocks_that_are_one_have_no_drift_at_all() -> None:
    *_, (_, estimate) = estimates(Drift(), 0.0, for_s=60.0)
    assert estimate == pytest.approx(0.0, abs=0.01)


def test_stalls_that_are_made_up_and_sound_that_is_lost_do_not_move_it() -> None:
    stalls = ((7.3, 0.3), (30.1, 2.5))
    lost = ((22.0, 480), (35.0, 5000), (40.0, -2000))
    for now, estimate in estimates(
        Drift(), 200, for_s=80.0, late_s=0.002, stalls=stalls, lost=lost
    ):
        if now > 15.0:
            assert estimate == pytest.approx(200, abs=10.0)


def test_it_says_when_it_knows_and_forgets_with_the_card() -> None:
    drift = Drift()
    known_at = next(now for now, _ in estimates(drift, 500, for_s=30.0) if drift.is_known)
    assert known_at == pytest.approx(10.0, abs=1.0)
    drift.forget()
    assert not drift.is_known
    assert drift.ppm == 0.0


def test_what_no_quartz_does_is_not_believed() -> None:
    *_, (_, estimate) = estimates(Drift(), 3000, for_s=20.0)
    assert estimate == LIMIT_PPM


def test_a_card_that_stands_still_leaves_it_as_it_is() -> None:
    drift = Drift()
    for _ in estimates(drift, 300, for_s=30.0):
        pass
    before = drift.ppm
    for tick in range(3000, 9000):
        drift.note_sink(tick * FRAME_SAMPLES, tick * TICK_S)
    assert drift.ppm == pytest.approx(before, abs=0.1)
