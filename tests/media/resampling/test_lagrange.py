"""Following a clock that is nearly ours."""

from __future__ import annotations

import numpy as np
import pytest

from media.frame import PAIR_SAMPLES, RATE_HZ, FloatArray
from media.resampling.lagrange import LagrangeResampler

BLOCKS = 150
LAG = 256
PPM = 1e-6 * PAIR_SAMPLES


def tone(hz: float, places: np.ndarray) -> FloatArray:
    return np.asarray(np.sin(2 * np.pi * hz / RATE_HZ * places), dtype=np.float32)


def followed(sound: FloatArray, drift: float) -> list[FloatArray]:
    resampler = LagrangeResampler()
    blocks = []
    for start in range(0, sound.size, PAIR_SAMPLES):
        resampler.put(sound[start : start + PAIR_SAMPLES])
        while (block := resampler.take(drift)) is not None:
            blocks.append(block)
    return blocks


@pytest.mark.parametrize(
    ("hz", "ppm", "wrong_db"),
    [(500, 100, -100), (4000, -100, -75), (8000, 100, -65), (4000, 500, -45), (8000, 0, -120)],
)
def test_each_sample_is_what_the_other_clock_would_have_heard(
    hz: float, ppm: float, wrong_db: float
) -> None:
    sound = tone(hz, np.arange(BLOCKS * PAIR_SAMPLES))
    out = np.concatenate(followed(sound, ppm * PPM))[2 * PAIR_SAMPLES :]
    places = np.arange(2 * PAIR_SAMPLES, 2 * PAIR_SAMPLES + out.size) * (1 - ppm * 1e-6) - LAG
    wrong = np.mean((out - tone(hz, places)) ** 2) / np.mean(out**2)
    assert 10 * np.log10(wrong) < wrong_db


def test_a_block_is_left_out_or_added_when_the_clocks_have_come_apart_by_one() -> None:
    sound = np.zeros(BLOCKS * PAIR_SAMPLES, dtype=np.float32)
    drift = 6000 * PPM  # 864 samples in all of it
    assert [len(followed(sound, way * drift)) - BLOCKS for way in (-1, 0, 1)] == [-1, 0, 1]


def test_silence_stays_silence() -> None:
    blocks = followed(np.zeros(10 * PAIR_SAMPLES, dtype=np.float32), 50 * PPM)
    assert not np.any(blocks)
