"""44.1 kHz, the one rate of a codec that is no whole part of 48 kHz."""

from __future__ import annotations

import numpy as np
import pytest

from media.frame import FloatArray
from media.resampling.whole_factor import Downsampler, Upsampler, delay_s, resampler
from tests.media.synthetic_voice import voice

LOW, HIGH = 44_100, 48_000
BOTH_WAYS = pytest.mark.parametrize(("from_hz", "to_hz"), [(LOW, HIGH), (HIGH, LOW)])


def tone(rate_hz: int, frequency_hz: float, seconds: float = 0.5) -> FloatArray:
    time = np.arange(round(rate_hz * seconds)) / rate_hz
    return np.sin(2 * np.pi * frequency_hz * time).astype(np.float32)


def resampled(sound: FloatArray, from_hz: int, to_hz: int, block: int = 0) -> FloatArray:
    block = block or from_hz // 100
    one = resampler(from_hz, to_hz)
    assert one is not None
    blocks = [one.resample(sound[at : at + block]) for at in range(0, sound.size, block)]
    return np.concatenate(blocks)


def level_db(sound: FloatArray) -> float:
    middle = sound[sound.size // 4 : -sound.size // 4]
    return float(10 * np.log10(2 * np.mean(middle**2) + 1e-12))


@BOTH_WAYS
def test_10_ms_in_give_10_ms_out_at_once(from_hz: int, to_hz: int) -> None:
    one = resampler(from_hz, to_hz)
    assert one is not None
    block = np.zeros(from_hz // 100, dtype=np.float32)
    assert {one.resample(block).size for _ in range(100)} == {to_hz // 100}


@BOTH_WAYS
@pytest.mark.parametrize("block", [1, 7, 147, 160, 441, 4096])
def test_blocks_of_any_size_give_the_same_sound(from_hz: int, to_hz: int, block: int) -> None:
    sound = voice(from_hz, 0.1, pauses=False)
    whole = resampled(sound, from_hz, to_hz, block=sound.size)
    assert whole.size == -(-sound.size * to_hz // from_hz)
    assert resampled(sound, from_hz, to_hz, block) == pytest.approx(whole, abs=1e-6)


@BOTH_WAYS
@pytest.mark.parametrize("frequency_hz", [50, 1000, 10_000, 18_000])
def test_a_tone_stays_the_tone_that_it_was(from_hz: int, to_hz: int, frequency_hz: float) -> None:
    """Its level within 0.1 dB, delayed by what is stated, all else 50 dB below."""
    heard = resampled(tone(from_hz, frequency_hz), from_hz, to_hz)
    delay = delay_s(LOW) * frequency_hz
    time = np.arange(heard.size) / to_hz
    meant = np.sin(2 * np.pi * (frequency_hz * time - delay)).astype(np.float32)
    assert level_db(heard) == pytest.approx(0.0, abs=0.1)
    assert level_db(heard - meant) < -50


def test_each_ratio_has_its_kind_of_resampler() -> None:
    assert resampler(48_000, 48_000) is None
    assert isinstance(resampler(8000, 48_000), Upsampler)
    assert isinstance(resampler(48_000, 16_000), Downsampler)
