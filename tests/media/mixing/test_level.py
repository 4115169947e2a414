"""Levels against what they are by definition."""

import math

import numpy as np
import pytest

from media.frame import silence
from media.mixing.level import SILENCE_DBFS, Level, LevelMeter


def sine(amplitude: float) -> Level:
    meter = LevelMeter()
    wave = amplitude * np.sin(2 * np.pi * 1000 * np.arange(4800) / 48000)
    for frame in wave.astype(np.float32).reshape(-1, 480):
        meter.add(frame)
    return meter.level


@pytest.mark.parametrize("amplitude", [0.001, 0.1, 0.5])
def test_a_sine_has_its_peak_and_three_db_less(amplitude: float) -> None:
    level = sine(amplitude)
    assert level.peak_dbfs == pytest.approx(20 * math.log10(amplitude), abs=0.01)
    assert level.rms_dbfs == pytest.approx(level.peak_dbfs - 3.01, abs=0.02)
    assert level.seconds == pytest.approx(0.1)
    assert level.clipped_fraction == 0


def test_a_peak_below_zero_counts_like_one_above() -> None:
    frame = silence()
    frame[7] = -0.5
    meter = LevelMeter()
    meter.add(frame)
    assert meter.level.peak_dbfs == pytest.approx(-6.02, abs=0.01)


def test_frames_count_before_ten_of_them_have_come_and_after() -> None:
    meter, sum_ = LevelMeter(), LevelMeter()
    for number in range(1, 24):
        meter.add(np.full(480, 0.5, dtype=np.float32))
        assert meter.level.seconds == pytest.approx(number / 100)
        assert meter.level.rms_dbfs == pytest.approx(-6.02, abs=0.01)
    meter.add(np.full(480, 0.9, dtype=np.float32))
    sum_.add_all(meter)
    assert sum_.level == meter.level
    assert sum_.level.peak_dbfs == pytest.approx(-0.92, abs=0.01)


def test_silence_has_a_level_too() -> None:
    meter = LevelMeter()
    meter.add(silence())
    meter.add(None)
    assert meter.level == Level(seconds=0.02)
    assert meter.level.peak_dbfs == SILENCE_DBFS


def test_frames_at_the_end_of_the_scale_are_counted() -> None:
    meter = LevelMeter()
    frame = silence()
    meter.add(frame)
    frame[3] = -32768 / 32768
    meter.add(frame)
    frame[3] = 32767 / 32768
    meter.add(frame)
    frame[3] = 0.99
    meter.add(frame)
    assert meter.level.clipped_fraction == 0.5


def test_a_meter_that_was_given_nothing_says_so() -> None:
    assert LevelMeter().level.seconds == 0
