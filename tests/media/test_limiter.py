"""A mix never clips, and what is quiet enough passes untouched."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.frame import FRAME_SAMPLES, RATE_HZ, FloatArray, linear, silence
from media.limiter import CEILING_DB, DELAY_SAMPLES, Limiter

CEILING = linear(CEILING_DB)


def limited(samples: FloatArray) -> FloatArray:
    """All of `samples` through a limiter, without its delay."""
    limiter = Limiter()
    padded = np.concatenate([samples, silence(-samples.size % FRAME_SAMPLES + FRAME_SAMPLES)])
    out = []
    for start in range(0, padded.size, FRAME_SAMPLES):
        frame = limiter.limit(padded[start : start + FRAME_SAMPLES])
        assert frame is not None
        out.append(frame.copy())
    return np.concatenate(out)[DELAY_SAMPLES : DELAY_SAMPLES + samples.size]


def sine(level: float, seconds: float = 0.5, frequency_hz: float = 440.0) -> FloatArray:
    time_s = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    return (level * np.sin(2 * np.pi * frequency_hz * time_s)).astype(np.float32)


def test_the_delay_is_at_most_2_ms() -> None:
    assert DELAY_SAMPLES <= 0.002 * RATE_HZ


def test_what_stays_below_the_ceiling_passes_sample_for_sample() -> None:
    samples = sine(0.94)
    assert np.array_equal(limited(samples), samples)


@pytest.mark.parametrize("level", [1.0, 2.0, 10.0, 100.0])
def test_what_is_louder_stays_below_the_ceiling_and_close_to_it(level: float) -> None:
    out = limited(sine(level))
    assert np.abs(out).max() <= CEILING * 1.00001
    assert np.abs(out[RATE_HZ // 10 :]).max() >= CEILING * 0.99


def test_a_loud_mix_keeps_its_shape() -> None:
    """A limiter is no clipper: the harmonics it makes are far below the tone."""
    spectrum = np.abs(np.fft.rfft(limited(sine(4.0, seconds=1.0))[RATE_HZ // 2 :]))
    tone = spectrum[220]
    spectrum[200:240] = 0.0
    assert spectrum.max() < tone * linear(-40.0)


def test_the_gain_comes_back_after_a_peak() -> None:
    samples = sine(0.5, seconds=1.0)
    samples[1000] = 8.0
    out = limited(samples)
    assert np.abs(out).max() <= CEILING
    assert np.array_equal(out[RATE_HZ // 2 :], samples[RATE_HZ // 2 :])


@given(st.lists(st.floats(-50.0, 50.0, width=32), min_size=1, max_size=40), st.integers(1, 300))
def test_no_sound_at_all_passes_the_ceiling(peaks: list[float], spacing: int) -> None:
    samples = silence(len(peaks) * spacing)
    samples[::spacing] = np.array(peaks, dtype=np.float32)
    assert np.abs(limited(samples)).max() <= CEILING * 1.00001


def test_silence_stays_silence_once_the_last_sound_is_out() -> None:
    limiter = Limiter()
    limiter.limit(sine(0.5)[:FRAME_SAMPLES])
    tail = limiter.limit(None)
    assert tail is not None
    assert np.any(tail[:DELAY_SAMPLES])
    assert limiter.limit(None) is None
