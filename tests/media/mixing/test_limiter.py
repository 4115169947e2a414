"""A mix never clips, and what is quiet enough passes untouched."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import signal

from media.frame import FRAME_SAMPLES, RATE_HZ, FloatArray, linear, silence
from media.mixing.limiter import CEILING_DB, DELAY_SAMPLES, Limiter
from media.mixing.mixer import GainRamp, Mixer

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


@pytest.mark.parametrize("frequency_hz", [50, 100, 200, 440, 1000, 3000])
@pytest.mark.parametrize("over_db", [1.0, 6.0, 12.0])
def test_a_tone_that_is_too_loud_is_made_quieter_and_not_distorted(
    frequency_hz: int, over_db: float
) -> None:
    """THD+N below -80 dB, down to what such a loudspeaker can give: a clipper makes -20 dB."""
    out = limited(sine(linear(over_db), seconds=1.0, frequency_hz=frequency_hz))[RATE_HZ // 2 :]
    power = np.abs(np.fft.rfft(out * np.hanning(out.size))) ** 2
    tone = slice(frequency_hz // 2 - 3, frequency_hz // 2 + 4)
    rest = power.sum() - power[tone].sum()
    assert rest < power[tone].sum() * 1e-8


@pytest.mark.parametrize("frequency_hz", [997.0, 6000.0, 11_999.0, 12_000.0])
def test_the_wave_between_the_samples_stays_below_full_scale(frequency_hz: float) -> None:
    """ITU-R BS.1770 annex 2; at a quarter of the rate all samples may lie 3 dB below the crests."""
    time_s = np.arange(RATE_HZ // 2) / RATE_HZ
    samples = (2.0 * np.sin(2 * np.pi * frequency_hz * time_s + np.pi / 4)).astype(np.float32)
    out = limited(samples)
    assert np.abs(signal.resample_poly(out, 16, 1)).max() < 1.0


@given(st.integers(0, 2**32 - 1), st.floats(500.0, 12_000.0), st.floats(-20.0, 30.0))
def test_the_wave_of_any_noise_stays_below_full_scale(
    seed: int, highest_hz: float, level_db: float
) -> None:
    noise = np.random.default_rng(seed).standard_normal(10 * FRAME_SAMPLES)
    band = signal.sosfilt(signal.butter(8, highest_hz, fs=RATE_HZ, output="sos"), noise)
    out = limited((linear(level_db) * band / band.std()).astype(np.float32))
    assert np.abs(signal.resample_poly(out, 8, 1)).max() < 1.0


@given(
    st.lists(
        st.tuples(st.integers(0, 2**32 - 1), st.floats(-60.0, 24.0), st.integers(1, 12)),
        min_size=1,
        max_size=12,
    ),
    st.floats(-60.0, 12.0),
)
def test_no_mix_of_any_sources_passes_the_ceiling(
    sources: list[tuple[int, float, int]], output_gain_db: float
) -> None:
    """Noise, each source from its own tick on and with a ramp of its own, through any gain."""
    mixer, limiter, ramps = Mixer(), Limiter(), [GainRamp() for _ in sources]
    for tick in range(20):
        mixer.set_output_gain(linear(output_gain_db))
        for (seed, gain_db, begins), ramp in zip(sources, ramps, strict=True):
            ramp.aim(linear(gain_db) if tick >= begins else 0.0)
            frame = np.random.default_rng(seed + tick).uniform(-1.0, 1.0, FRAME_SAMPLES)
            mixer.add(frame.astype(np.float32), ramp)
        out = limiter.limit(mixer.take())
        assert out is None or np.abs(out).max() <= CEILING * 1.00001


@pytest.mark.parametrize("nonsense", [np.nan, np.inf, -np.inf, 3e38])
def test_what_is_no_sound_is_not_heard_and_silences_nothing_for_long(nonsense: float) -> None:
    samples = sine(0.5, seconds=1.5)
    samples[1000:1100] = nonsense
    out = limited(samples)
    assert np.abs(out).max() <= CEILING * 1.00001
    assert np.array_equal(out[RATE_HZ:], samples[RATE_HZ:])


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
