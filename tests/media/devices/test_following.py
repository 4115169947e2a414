"""A microphone with a clock of its own: an hour in memory, with the card's time as data."""

import numpy as np
import pytest

from media.devices.filling import LEAST_WAITING
from media.devices.following import Following
from media.devices.system import CAPACITY, SLACK
from media.frame import FRAME_SAMPLES, TICK_S

HOUR_S = 3600


def levels(ppm: float, *, for_s: float, late_s: float, rate_hz: int, burst: int = 1) -> list[float]:
    """Samples in the ring at each tick, with calls of the card up to `late_s` late."""
    following = Following(rate_hz)
    block = burst * round(rate_hz * TICK_S)
    late = np.random.default_rng(1).uniform(0.0, late_s, 1000).tolist()
    level, call_at, calls = float(LEAST_WAITING), burst * TICK_S, 0
    called_at, found = 0.0, []
    for tick in range(1, round(for_s / TICK_S)):
        now = tick * TICK_S
        while (due := max(call_at + late[calls % 1000], called_at)) <= now:
            calls += 1
            called_at = due
            call_at += burst * TICK_S / (1 + ppm * 1e-6)
            following.note_card(block, called_at)
            level += burst * FRAME_SAMPLES / following.ratio
        found.append(level)
        following.note_tick(int(level), LEAST_WAITING, now)
        level -= FRAME_SAMPLES
    return found


@pytest.mark.parametrize(
    ("ppm", "for_s"), [(200, HOUR_S), (-200, 900), (-1000, 900), (1000, 900), (0, 300)]
)
def test_the_ring_neither_runs_empty_nor_over(ppm: int, for_s: float) -> None:
    """`SLACK` more than wanted is dropped, less than a frame is silence: neither comes near."""
    found = levels(ppm, for_s=for_s, late_s=0.003, rate_hz=48_000)
    assert min(found) > FRAME_SAMPLES
    assert max(found) < LEAST_WAITING + SLACK - FRAME_SAMPLES < CAPACITY
    settled = found[6000:]
    assert np.mean(settled) == pytest.approx(LEAST_WAITING, abs=0.6 * FRAME_SAMPLES)


@pytest.mark.parametrize(("rate_hz", "burst"), [(44_100, 1), (8_000, 1), (48_000, 2)])
def test_so_it_is_at_other_rates_and_in_bursts(rate_hz: int, burst: int) -> None:
    found = levels(300, for_s=300, late_s=0.003, rate_hz=rate_hz, burst=burst)
    assert min(found) > FRAME_SAMPLES
    assert max(found) < LEAST_WAITING + SLACK - FRAME_SAMPLES


@pytest.mark.parametrize("ppm", [-1000, 30, 200])
def test_after_two_minutes_the_ratio_is_that_of_the_clocks_and_steady(ppm: int) -> None:
    """Within 20 ppm: a canceller of echo takes the two for one clock."""
    following = Following()
    call_s = TICK_S / (1 + ppm * 1e-6)
    ratios, calls, level = [], 1, float(LEAST_WAITING)
    for tick in range(1, 20_000):
        while calls * call_s + 0.004 <= tick * TICK_S:
            following.note_card(FRAME_SAMPLES, calls * call_s + 0.004)
            level += FRAME_SAMPLES / following.ratio
            calls += 1
        following.note_tick(int(level), LEAST_WAITING, tick * TICK_S)
        level -= FRAME_SAMPLES
        ratios.append(1e6 * (following.ratio - 1.0))
    settled = ratios[12_000:]
    assert min(settled) > ppm - 20
    assert max(settled) < ppm + 20
