from __future__ import annotations

import numpy as np
import pytest

from media.frame import FloatArray
from media.resampling.whole_factor import Downsampler, Upsampler, delay_s
from tests.media.synthetic_voice import voice

FACTORS = [(6, 8000), (3, 16000)]


def tone(rate_hz: int, frequency_hz: float, count: int) -> FloatArray:
    return np.sin(2 * np.pi * frequency_hz * np.arange(count) / rate_hz).astype(np.float32)


def up(sound: FloatArray, factor: int, block: int = 80) -> FloatArray:
    resampler = Upsampler(factor)
    return np.concatenate(
        [resampler.resample(sound[at : at + block]) for at in range(0, sound.size, block)]
    )


def down(sound: FloatArray, factor: int, block: int = 480) -> FloatArray:
    resampler = Downsampler(factor)
    return np.concatenate(
        [resampler.resample(sound[at : at + block]) for at in range(0, sound.size, block)]
    )


def level_db(sound: FloatArray) -> float:
    """Of the middle of the sound, against a full sine."""
    middle = sound[sound.size // 4 : -sound.size // 4]
    return float(10 * np.log10(2 * np.mean(middle**2) + 1e-12))


@pytest.mark.parametrize("factor", [6, 3])
def test_every_block_gives_its_whole_block_at_once(factor: int) -> None:
    assert Upsampler(factor).resample(np.zeros(80, dtype=np.float32)).size == 80 * factor
    assert Downsampler(factor).resample(np.zeros(480, dtype=np.float32)).size == 480 // factor


@pytest.mark.parametrize(("factor", "rate_hz"), FACTORS)
def test_the_delay_is_what_is_stated_and_short(factor: int, rate_hz: int) -> None:
    click = np.zeros(800, dtype=np.float32)
    click[100] = 1.0
    peak = int(np.argmax(up(click, factor)))
    assert peak - 100 * factor == round(delay_s(rate_hz) * rate_hz * factor)
    assert delay_s(rate_hz) <= 0.0015


@pytest.mark.parametrize(("factor", "rate_hz"), FACTORS)
@pytest.mark.parametrize("share", [0.03, 0.25, 0.4, 0.425])
def test_the_voice_band_keeps_its_level(factor: int, rate_hz: int, share: float) -> None:
    """Up to 3400 Hz at 8 kHz, within 0.1 dB, both ways."""
    low = tone(rate_hz, share * rate_hz, rate_hz // 2)
    high = tone(rate_hz * factor, share * rate_hz, rate_hz * factor // 2)
    assert level_db(up(low, factor)) == pytest.approx(0.0, abs=0.1)
    assert level_db(down(high, factor)) == pytest.approx(0.0, abs=0.1)


@pytest.mark.parametrize(("factor", "rate_hz"), FACTORS)
@pytest.mark.parametrize("share", [0.575, 0.7, 1.2])
def test_what_the_lower_rate_cannot_hold_does_not_come_back_as_another_tone(
    factor: int, rate_hz: int, share: float
) -> None:
    """From 4600 Hz on at 8 kHz, 50 dB down."""
    high = tone(rate_hz * factor, share * rate_hz, rate_hz * factor // 2)
    assert level_db(down(high, factor)) < -50


@pytest.mark.parametrize(("factor", "rate_hz"), FACTORS)
def test_a_raised_tone_has_no_image(factor: int, rate_hz: int) -> None:
    raised = up(tone(rate_hz, 0.4 * rate_hz, rate_hz), factor)
    spectrum = np.abs(np.fft.rfft(raised * np.hanning(raised.size)))
    frequencies = np.fft.rfftfreq(raised.size, 1 / (rate_hz * factor))
    images = spectrum[frequencies > 0.55 * rate_hz].max()
    assert 20 * np.log10(images / spectrum.max()) < -50


def test_blocks_of_changing_size_give_the_same_sound_as_equal_ones() -> None:
    sound = voice(48_000, 0.3, pauses=False)
    whole = down(sound, 6, block=sound.size)
    resampler = Downsampler(6)
    pieces, at = [], 0
    for size in (6, 480, 12, 960, 480, 600):
        pieces.append(resampler.resample(sound[at : at + size]))
        at += size
    together = np.concatenate(pieces)
    assert together == pytest.approx(whole[: together.size], abs=1e-6)
    low = whole[:400]
    resampler_up = Upsampler(6)
    parts = [resampler_up.resample(low[:3]), resampler_up.resample(low[3:163])]
    assert np.concatenate(parts) == pytest.approx(up(low, 6, block=400)[: 163 * 6], abs=1e-6)
