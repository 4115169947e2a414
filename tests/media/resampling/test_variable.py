"""The resampler with a ratio that moves: purity, continuity, and nothing lost or doubled."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.errors import MisuseError
from media.frame import FRAME_SAMPLES, RATE_HZ, FloatArray
from media.resampling.variable import VariableResampler
from tests.media.spectrum import gain_and_residue_db

PAIRS = [(48_000, 48_000), (44_100, 48_000), (48_000, 44_100), (8_000, 48_000), (48_000, 8_000),
         (96_000, 48_000)]  # fmt: skip


def tone(rate_hz: int, frequency_hz: float, duration_s: float) -> FloatArray:
    at = np.arange(round(rate_hz * duration_s)) / rate_hz
    return np.sin(2 * np.pi * frequency_hz * at).astype(np.float32)


def in_blocks(
    resampler: VariableResampler, sound: FloatArray, block: int, ratio: float
) -> FloatArray:
    blocks = [sound[at : at + block] for at in range(0, sound.size, block)]
    return np.concatenate([resampler.resample(each, ratio) for each in blocks])


@pytest.mark.parametrize(("from_hz", "to_hz"), PAIRS)
@pytest.mark.parametrize("ratio", [1.0, 1.0002, 0.998, 1.002])
def test_a_tone_stays_a_pure_tone_at_every_ratio(from_hz: int, to_hz: int, ratio: float) -> None:
    """Up to 41 % of the lower rate, 70 dB pure and level within 0.05 dB."""
    for share in (0.01, 0.2, 0.41):
        frequency_hz = share * min(from_hz, to_hz)
        sound = tone(from_hz, frequency_hz, 0.3)
        got = in_blocks(VariableResampler(from_hz, to_hz), sound, from_hz // 100, ratio)
        gain_db, residue_db = gain_and_residue_db(got, to_hz, frequency_hz * ratio)
        assert gain_db == pytest.approx(0.0, abs=0.05)
        assert residue_db < -70


@pytest.mark.parametrize(("from_hz", "to_hz"), [(48_000, 8_000), (96_000, 48_000)])
def test_what_the_lower_rate_cannot_hold_is_gone(from_hz: int, to_hz: int) -> None:
    sound = tone(from_hz, 0.6 * to_hz, 0.2)
    got = in_blocks(VariableResampler(from_hz, to_hz), sound, from_hz // 100, 1.0)
    assert 10 * math.log10(2 * np.mean(got[to_hz // 20 :] ** 2)) < -75


def test_a_ratio_that_changes_with_every_block_bends_the_tone_without_a_click() -> None:
    """Its phase is the sum of all the steps, to a thousandth of a turn."""
    resampler = VariableResampler()
    ratios = 1.0 + 0.002 * np.sin(np.arange(200))
    sound = tone(RATE_HZ, 1000.0, 2.2)
    got, place, at = [], [], 0
    position = -resampler.delay_s * RATE_HZ + 0.5
    for ratio in ratios:
        size = resampler.lacking(FRAME_SAMPLES, ratio)
        resampler.put(sound[at : at + size])
        at += size
        got.append(resampler.take(FRAME_SAMPLES, ratio))
        place.append(position + ratio * np.arange(FRAME_SAMPLES))
        position += ratio * FRAME_SAMPLES
    expected = np.sin(2 * np.pi * 1000.0 / RATE_HZ * (np.concatenate(place) - 0.5))
    settled = slice(FRAME_SAMPLES, None)
    assert np.abs(np.concatenate(got)[settled] - expected[settled]).max() < 0.001


@pytest.mark.parametrize(("from_hz", "to_hz"), PAIRS)
def test_the_delay_is_what_is_stated_and_short(from_hz: int, to_hz: int) -> None:
    resampler = VariableResampler(from_hz, to_hz)
    click = np.zeros(from_hz // 10, dtype=np.float32)
    click[from_hz // 20] = 1.0
    heard_s = int(np.argmax(resampler.resample(click))) / to_hz
    assert heard_s - 0.05 == pytest.approx(resampler.delay_s, abs=1 / min(from_hz, to_hz))
    assert resampler.delay_s <= 0.0004 * 48_000 / min(from_hz, to_hz)


@given(
    st.sampled_from(PAIRS),
    st.lists(st.tuples(st.integers(0, 700), st.floats(0.99, 1.01)), min_size=1, max_size=30),
)
def test_blocks_of_any_size_are_used_up_and_none_is_lost(
    pair: tuple[int, int], blocks: list[tuple[int, float]]
) -> None:
    resampler = VariableResampler(*pair)
    given, expected, got = 0, 0.0, 0
    for size, ratio in blocks:
        got += resampler.resample(np.zeros(size, dtype=np.float32), ratio).size
        given += size
        expected += size * pair[1] / pair[0] / ratio
    assert got == pytest.approx(expected, abs=2 + 0.02 * pair[1] / pair[0])


@given(st.sampled_from(PAIRS), st.lists(st.tuples(st.integers(0, 700), st.floats(0.99, 1.01))))
def test_what_is_lacking_is_enough_and_one_less_is_refused(
    pair: tuple[int, int], wanted: list[tuple[int, float]]
) -> None:
    resampler = VariableResampler(*pair)
    for count, ratio in wanted:
        lacking = resampler.lacking(count, ratio)
        if lacking:
            resampler.put(np.zeros(lacking - 1, dtype=np.float32))
            with pytest.raises(MisuseError, match=f"{count} samples wanted"):
                resampler.take(count, ratio)
            resampler.put(np.zeros(1, dtype=np.float32))
        assert resampler.take(count, ratio).size == count
