"""Bringing voices to one loudness."""

import numpy as np
import pytest

from media.frame import FRAME_SAMPLES, RATE_HZ, FloatArray, linear
from media.microphone.automatic_gain import (
    HIGHEST_GAIN_DB,
    LOUDEST_NOISE_DBFS,
    RISE_DB_PER_S,
    AutomaticGain,
)
from media.mixing.limiter import DELAY_SAMPLES
from tests.media.synthetic_voice import voice


def spoken(level_dbfs: float, seconds: float = 8.0) -> FloatArray:
    sound = voice(RATE_HZ, seconds)
    return np.asarray(sound * (linear(level_dbfs) / np.sqrt(np.mean(sound**2))), dtype=np.float32)


def adjusted(
    gain: AutomaticGain, sound: FloatArray, *, is_speech: bool | None = None
) -> FloatArray:
    """Frame by frame; what is loud is speech, unless it is said."""
    out = []
    threshold = 0.3 * np.sqrt(np.mean(sound**2))
    for start in range(0, sound.size, FRAME_SAMPLES):
        frame = sound[start : start + FRAME_SAMPLES]
        speaks = bool(np.sqrt(np.mean(frame**2)) > threshold) if is_speech is None else is_speech
        out.append(gain.adjust(frame, is_speech=speaks).copy())
    return np.concatenate(out)


def level_dbfs(sound: FloatArray) -> float:
    return float(10 * np.log10(np.mean(sound[-2 * RATE_HZ :] ** 2)))


@pytest.mark.parametrize("level", [-40.0, -30.0, -22.0, -12.0])
def test_quiet_and_loud_voices_come_to_one_level(level: float) -> None:
    assert level_dbfs(adjusted(AutomaticGain(), spoken(level))) == pytest.approx(-20.5, abs=1.5)


def test_the_gain_has_a_most_and_rises_slowly() -> None:
    gain = AutomaticGain()
    adjusted(gain, spoken(-60.0, seconds=2.0), is_speech=True)
    assert gain.gain_db == pytest.approx(2.0 * RISE_DB_PER_S, abs=0.2)
    adjusted(gain, spoken(-60.0), is_speech=True)
    assert gain.gain_db == HIGHEST_GAIN_DB


def test_what_is_not_speech_moves_nothing() -> None:
    gain = AutomaticGain()
    sound = spoken(-40.0)
    adjusted_sound = adjusted(gain, sound, is_speech=False)[DELAY_SAMPLES:]
    assert np.allclose(adjusted_sound, sound[:-DELAY_SAMPLES], atol=1e-7)
    assert gain.gain_db == 0.0


def test_noise_is_not_lifted_above_its_limit() -> None:
    gain = AutomaticGain()
    noise = np.random.default_rng(1).standard_normal(8 * RATE_HZ) * linear(-55.0)
    adjusted(gain, (spoken(-42.0) + noise).astype(np.float32))
    assert gain.gain_db == pytest.approx(LOUDEST_NOISE_DBFS + 55.0, abs=2.0)


def test_a_shout_after_a_whisper_does_not_clip_nor_click() -> None:
    gain = AutomaticGain()
    adjusted(gain, spoken(-50.0))
    time_s = np.arange(RATE_HZ) / RATE_HZ
    shout = (0.9 * np.sin(2 * np.pi * 200 * time_s)).astype(np.float32)
    out = adjusted(gain, shout, is_speech=True)
    assert np.abs(out).max() < 1.0
    assert np.abs(np.diff(out[RATE_HZ // 2 :])).max() < 0.05


def test_reset_forgets_who_spoke() -> None:
    gain = AutomaticGain()
    first = adjusted(gain, spoken(-40.0, seconds=1.0))
    gain.reset()
    assert gain.gain_db == 0.0
    assert np.array_equal(adjusted(gain, spoken(-40.0, seconds=1.0)), first)
