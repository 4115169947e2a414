from __future__ import annotations

import numpy as np
import pytest

from media.frame import FloatArray
from media.playout.time_scaling import TimeScaling

RATE_HZ = 8000
TEN_MS = 80


def hum(count: int) -> FloatArray:
    """Speech with a period of 50 samples."""
    phase = 2 * np.pi * np.arange(count) / 50
    return (0.3 * np.sin(phase) + 0.1 * np.sin(3 * phase + 1)).astype(np.float32)


def hiss(count: int) -> FloatArray:
    """Loud sound of which nothing looks like what follows it."""
    return np.random.default_rng(3).uniform(-0.5, 0.5, count).astype(np.float32)


def added(sound: FloatArray, surplus_s: float) -> int:
    return TimeScaling(RATE_HZ).scaled(sound, surplus_s).size - sound.size


@pytest.mark.parametrize(
    ("surplus_ms", "of_hum", "of_hiss"),
    [
        (-110, 50, None),
        (-50, 50, 0),
        (-3, 50, 0),
        (0, 0, 0),
        (20, 0, 0),
        (50, -50, 0),
        (110, -50, None),
    ],
)
def test_speech_changes_by_its_period_and_hiss_only_where_there_is_no_other_way(
    surplus_ms: float, of_hum: int, of_hiss: int | None
) -> None:
    assert added(hum(160), surplus_ms / 1000) == of_hum
    changed = added(hiss(160), surplus_ms / 1000)
    assert changed == of_hiss if of_hiss is not None else changed * surplus_ms < 0


@pytest.mark.parametrize(("surplus_ms", "change"), [(-3, TEN_MS), (0, 0), (20, -TEN_MS)])
def test_quiet_sound_changes_by_10_ms_at_once(surplus_ms: float, change: int) -> None:
    scaling = TimeScaling(RATE_HZ)
    scaling.scaled(hum(160), 0.0)
    quiet = hiss(160) * np.float32(0.001)
    assert scaling.scaled(quiet, surplus_ms / 1000).size - quiet.size == change


def test_a_packet_of_10_ms_is_made_longer_from_what_was_heard_before_it() -> None:
    scaling = TimeScaling(RATE_HZ)
    sound = hum(240)
    parts = [scaling.scaled(sound[:80], 0.0), scaling.scaled(sound[80:160], -0.01), sound[160:]]
    assert np.concatenate(parts) == pytest.approx(hum(290), abs=1e-5)


def test_what_was_heard_before_a_gap_is_not_used_after_it() -> None:
    scaling = TimeScaling(RATE_HZ)
    scaling.scaled(hum(80), 0.0)
    scaling.interrupted()
    assert scaling.scaled(hum(80), -0.01).size == 80
