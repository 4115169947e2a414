from __future__ import annotations

import numpy as np
import pytest

from media.frame import FloatArray
from media.playout.splice import best_match, lengthened, shortened

PERIOD = 50


def hum(count: int) -> FloatArray:
    """A sound that repeats each 50 samples."""
    phase = 2 * np.pi * np.arange(count) / PERIOD
    return (np.sin(phase) + 0.5 * np.sin(3 * phase + 1)).astype(np.float32)


def test_a_period_less_or_more_of_a_steady_sound_is_not_heard() -> None:
    sound = hum(160)
    assert shortened(sound, PERIOD) == pytest.approx(hum(110), abs=1e-5)
    assert lengthened(sound, PERIOD) == pytest.approx(hum(210), abs=1e-5)


@pytest.mark.parametrize("change", [shortened, lengthened])
def test_any_sound_keeps_its_ends_and_gets_no_step_that_it_did_not_have(change: object) -> None:
    sound = np.cumsum(np.random.default_rng(5).uniform(-0.01, 0.01, 160)).astype(np.float32)
    assert callable(change)
    changed = change(sound, 80)
    assert (changed[0], changed[-1]) == (sound[0], sound[-1])
    assert np.abs(np.diff(changed)).max() <= 2 * np.abs(np.diff(sound)).max() + 0.01


def test_the_lag_of_a_periodic_sound_is_its_period() -> None:
    lag, likeness = best_match(hum(160), 32, 80)
    assert lag == PERIOD
    assert likeness == pytest.approx(1.0, abs=1e-3)


def test_what_has_no_like_beside_it_is_told() -> None:
    noise = np.random.default_rng(3).uniform(-0.5, 0.5, 160).astype(np.float32)
    assert best_match(noise, 32, 80).likeness < 0.5
