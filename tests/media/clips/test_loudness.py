"""Loudness and true peak, beside pyloudnorm and libavfilter's ebur128 and by EBU Tech 3341."""

import math

import av
import numpy as np
import pyloudnorm
import pytest

from media.clips.loudness import HIGHEST_TRUE_PEAK_DB, Loudness, LoudnessMeter, loudness_of
from media.frame import RATE_HZ, FloatArray, linear
from tests.media.synthetic_voice import voice


def sine(level_db: float, seconds: float, frequency_hz: float = 1000.0) -> FloatArray:
    time_s = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    return (linear(level_db) * np.sin(2 * np.pi * frequency_hz * time_s)).astype(np.float32)


def rising_noise(seconds: float) -> FloatArray:
    generator = np.random.default_rng(7)
    rise = np.linspace(0.001, 0.2, round(seconds * RATE_HZ))
    return (rise * generator.standard_normal(rise.size)).astype(np.float32)


def talk_and_silence() -> FloatArray:
    talk = voice(RATE_HZ, 3.0)
    return np.concatenate([talk, np.zeros(3 * RATE_HZ, np.float32), linear(-30.0) * talk, talk])


SOUNDS = {
    "tone": sine(-20.0, 5.0),
    "low tone": sine(-6.0, 5.0, 60.0),
    "high tone": sine(-6.0, 5.0, 9000.0),
    "noise": rising_noise(8.0),
    "voice": talk_and_silence(),
}


def by_libavfilter(samples: FloatArray) -> tuple[float, float]:
    """Its loudness, and its true peak in dB."""
    graph = av.filter.Graph()
    source = graph.add("abuffer", f"sample_rate={RATE_HZ}:sample_fmt=flt:channel_layout=mono")
    meter, sink = graph.add("ebur128", "metadata=1:peak=true"), graph.add("abuffersink")
    source.link_to(meter)
    meter.link_to(sink)
    graph.configure()
    hop = RATE_HZ // 10
    told: dict[str, str] = {}
    for start in range(0, samples.size // hop * hop, hop):
        piece = np.ascontiguousarray(samples[None, start : start + hop])
        frame = av.AudioFrame.from_ndarray(piece, format="flt", layout="mono")
        frame.rate, frame.pts = RATE_HZ, start
        source.push(frame)
        told = sink.pull().metadata
    peak = float(told["lavfi.r128.true_peak"])
    return float(told["lavfi.r128.I"]), 20 * math.log10(peak)


@pytest.mark.parametrize("name", SOUNDS)
def test_loudness_is_what_others_measure(name: str) -> None:
    samples = SOUNDS[name]
    found = loudness_of(samples).integrated_lufs
    # Its other filters are its own approximation; these are the standard's.
    meter = pyloudnorm.Meter(RATE_HZ, filter_class="DeMan")
    assert found == pytest.approx(meter.integrated_loudness(samples.astype(np.float64)), abs=0.01)
    assert found == pytest.approx(by_libavfilter(samples)[0], abs=0.1)


@pytest.mark.parametrize("name", SOUNDS)
def test_true_peak_is_what_libavfilter_measures(name: str) -> None:
    """EBU Tech 3341 lets meters differ by 0.6 dB: filters differ where a tone starts abruptly."""
    found = loudness_of(SOUNDS[name]).true_peak_db
    assert found == pytest.approx(by_libavfilter(SOUNDS[name])[1], abs=0.6)


def test_a_tone_at_minus_23_has_minus_26_lufs_in_one_channel() -> None:
    """EBU Tech 3341 case 1 has it in two channels, where it is -23."""
    assert loudness_of(sine(-23.0, 20.0)).integrated_lufs == pytest.approx(-26.0, abs=0.1)


def test_what_is_much_quieter_than_the_rest_does_not_count() -> None:
    """EBU Tech 3341 case 3: the quiet ends lie below the relative gate."""
    sound = np.concatenate([sine(-36.0, 10.0), sine(-23.0, 60.0), sine(-36.0, 10.0)])
    assert loudness_of(sound).integrated_lufs == pytest.approx(-26.0, abs=0.1)


def test_the_crests_between_the_samples_count() -> None:
    """EBU Tech 3341 case 16: all samples of this tone lie 3 dB below its crests."""
    time = np.arange(RATE_HZ)
    tone = (0.5 * np.sin(np.pi / 2 * time + np.pi / 4)).astype(np.float32)
    assert loudness_of(tone).true_peak_db == pytest.approx(-6.0, abs=0.3)


@pytest.mark.parametrize("seconds", [0.02, 0.1, 0.3, 0.399, 0.4, 0.45])
def test_clips_shorter_than_a_gating_block_are_measured_too(seconds: float) -> None:
    assert loudness_of(sine(-20.0, seconds)).integrated_lufs == pytest.approx(-23.0, abs=0.4)


@pytest.mark.parametrize("samples", [0, 1, 1000, 100_000])
def test_silence_is_infinitely_quiet_and_left_alone(samples: int) -> None:
    silent = loudness_of(np.zeros(samples, np.float32))
    assert silent == Loudness(-math.inf, -math.inf)
    assert silent.gain_db(-20.0) == 0.0


@pytest.mark.parametrize("piece", [1000, 4800, 28_673, 100_000])
def test_it_does_not_matter_in_which_pieces_the_sound_comes(piece: int) -> None:
    sound, meter = SOUNDS["voice"], LoudnessMeter()
    for start in range(0, sound.size, piece):
        meter.add(sound[start : start + piece])
    found, whole = meter.result(), loudness_of(sound)
    assert found.integrated_lufs == pytest.approx(whole.integrated_lufs, abs=1e-6)
    assert found.true_peak_db == pytest.approx(whole.true_peak_db, abs=0.01)


@pytest.mark.parametrize("name", SOUNDS)
@pytest.mark.parametrize("target_lufs", [-40.0, -26.0, -20.0])
def test_at_its_gain_a_clip_has_the_target_loudness(name: str, target_lufs: float) -> None:
    samples = SOUNDS[name]
    loudness = loudness_of(samples)
    out = loudness_of(samples * np.float32(linear(loudness.gain_db(target_lufs))))
    assert out.true_peak_db <= HIGHEST_TRUE_PEAK_DB + 0.01
    if out.true_peak_db < HIGHEST_TRUE_PEAK_DB - 0.01:
        assert out.integrated_lufs == pytest.approx(target_lufs, abs=0.05)


def test_peaks_keep_a_clip_from_the_target() -> None:
    assert Loudness(-30.0, -6.0).gain_db(-20.0) == 5.0
    assert Loudness(-10.0, 2.0).gain_db(-20.0) == -10.0
