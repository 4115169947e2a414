"""Tones: pitch, cadence, level and edges."""

import numpy as np
import pytest

from media.clips import tones
from media.clips.tone_set import TONES
from media.frame import RATE_HZ, FloatArray, linear

HANN = np.hanning(480)


def loudest_hz(samples: FloatArray) -> float:
    spectrum = np.abs(np.fft.rfft(samples))
    return float(spectrum.argmax() * RATE_HZ / samples.size)


def level(samples: FloatArray) -> float:
    return float(np.abs(samples).max())


@pytest.mark.parametrize(
    ("samples", "on_s", "off_s"),
    [
        (tones.ringback(), 1.0, 4.0),
        (tones.busy(), 0.5, 0.5),
        (tones.busy(on_s=0.2), 0.2, 0.5),
        (tones.congestion(), 0.25, 0.25),
    ],
)
def test_a_tone_has_the_cadence_and_pitch_of_e180(
    samples: FloatArray, on_s: float, off_s: float
) -> None:
    on = round(on_s * RATE_HZ)
    assert samples.size == round((on_s + off_s) * RATE_HZ)
    assert loudest_hz(samples[:on]) == pytest.approx(425.0, abs=2.0)
    assert not np.any(samples[on:])
    assert level(samples) == pytest.approx(linear(-18.0), rel=0.01)


def test_a_tone_of_two_frequencies_has_both_and_keeps_the_level() -> None:
    samples = tones.cadence((440.0, 480.0), on_s=1.0, off_s=0.0, level_db=-10.0)
    spectrum = np.abs(np.fft.rfft(samples))
    assert set(np.argsort(spectrum)[-2:].tolist()) == {440, 480}
    assert level(samples) <= linear(-10.0)


def test_the_chime_goes_down_in_two_notes_and_dies_away() -> None:
    samples = tones.chime((659.26, 523.25), note_s=0.5, level_db=-9.0)
    half = RATE_HZ // 2
    assert loudest_hz(samples[:half]) == pytest.approx(659.26, abs=4.0)
    assert loudest_hz(samples[half : 2 * half]) == pytest.approx(523.25, abs=4.0)
    assert level(samples) == pytest.approx(linear(-9.0), rel=0.01)
    assert level(samples[-half // 10 :]) < linear(-30.0)


@pytest.mark.parametrize("name", ["tone", "chime_up", "chime_down", "melody"])
def test_no_note_that_is_struck_while_another_rings_begins_with_a_knock(name: str) -> None:
    """A bend in a wave reaches up to frequencies far above the notes and their overtones."""
    samples = TONES[name]()
    spectra = np.fft.rfft(np.lib.stride_tricks.sliding_window_view(samples, 480)[::240] * HANN)
    high = np.abs(spectra[:, 100:]).max()  # above 10 kHz
    assert high < np.abs(spectra).max() * linear(-80.0)


@pytest.mark.parametrize("name", TONES)
def test_every_tone_begins_and_ends_at_zero_without_a_step_and_is_below_full_scale(
    name: str,
) -> None:
    samples = TONES[name]()
    assert samples.dtype == np.float32
    assert abs(samples[0]) < 1e-4
    assert abs(samples[-1]) < 1e-4
    assert np.abs(samples[:24]).max() < 0.03 * level(samples), "not faded in"
    assert np.abs(samples[-24:]).max() < 0.03 * level(samples), "not faded out"
    assert linear(-18.1) <= level(samples) <= linear(-8.9)


@pytest.mark.parametrize(
    ("name", "notes_hz", "note_s", "length_s"),
    [
        ("chime_up", (523.25, 659.26, 783.99), 0.45, 2.25),
        ("chime_down", (783.99, 659.26, 523.25), 0.45, 2.25),
        ("tone", (659.26, 523.25), 0.55, 2.2),
        ("attention", (800.0, 1000.0, 800.0, 1000.0, 800.0, 1000.0), 0.3, 1.8),
        ("beep", (1000.0,), 0.2, 0.2),
    ],
)
def test_a_tone_of_an_announcement_has_its_notes_in_order(
    name: str, notes_hz: tuple[float, ...], note_s: float, length_s: float
) -> None:
    samples, note = TONES[name](), round(note_s * RATE_HZ)
    assert samples.size == round(length_s * RATE_HZ)
    for number, note_hz in enumerate(notes_hz):
        struck = samples[number * note : number * note + note]
        assert loudest_hz(struck) == pytest.approx(note_hz, abs=5.0)


def test_a_gong_is_struck_once_and_its_partials_are_no_multiples() -> None:
    samples = TONES["gong"]()
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(samples.size)))
    strongest = {round(place / 3) for place in np.argsort(spectrum)[-40:].tolist()}
    for ratio in (1.0, 1.47, 2.09):
        assert any(abs(place - 155.56 * ratio) < 3 for place in strongest), ratio
    assert level(samples[: RATE_HZ // 2]) == level(samples)
    assert level(samples[-RATE_HZ // 2 :]) < level(samples) / 4


def instants_hz(samples: FloatArray) -> FloatArray:
    """The frequency from one rise through zero to the next."""
    rises = np.flatnonzero((samples[:-1] < 0.0) & (samples[1:] >= 0.0))
    part = -samples[rises] / (samples[rises + 1] - samples[rises])
    return np.asarray(RATE_HZ / np.diff(rises + part), dtype=np.float32)


def test_the_alarm_falls_evenly_each_second() -> None:
    samples = TONES["alarm"]()
    assert samples.size == RATE_HZ
    frequencies = instants_hz(samples)
    assert frequencies[3] == pytest.approx(1200.0, rel=0.01)
    assert frequencies[-3] == pytest.approx(500.0, rel=0.02)
    assert np.all(np.diff(frequencies[:-1]) < 0.0)  # the last wave is faded


def test_the_sound_to_be_found_by_is_four_short_rises_and_a_pause() -> None:
    samples = TONES["locate"]()
    assert samples.size == round(1.5 * RATE_HZ)
    for number in range(4):
        start = round(number * 0.15 * RATE_HZ)
        rise = samples[start : start + round(0.09 * RATE_HZ)]
        frequencies = instants_hz(rise)
        assert frequencies[0] < 900.0
        assert frequencies[-1] > 5000.0
        assert np.all(np.diff(frequencies) > 0.0)
        assert not np.any(samples[start + rise.size : start + round(0.15 * RATE_HZ)])
    assert not np.any(samples[round(0.6 * RATE_HZ) :])


def test_the_sweep_takes_as_long_for_each_octave() -> None:
    samples = tones.sweep(100.0, 12_800.0, seconds=3.5)  # seven octaves
    octave = RATE_HZ // 2
    for number in range(7):
        piece = instants_hz(samples[number * octave : (number + 1) * octave])
        assert piece[1] == pytest.approx(100.0 * 2**number, rel=0.05)
        assert piece[-2] == pytest.approx(200.0 * 2**number, rel=0.05)
    assert level(samples) == pytest.approx(linear(-12.0), rel=0.01)


def test_the_sweep_folded_with_its_mirror_image_is_a_pulse() -> None:
    """So that a room's impulse response can be read off its echo."""
    samples = tones.sweep(seconds=1.0).astype(np.float64)
    size = 1 << 17
    spectrum = np.fft.rfft(samples, size)
    frequencies = np.fft.rfftfreq(size, 1 / RATE_HZ)
    folded = np.fft.irfft(np.abs(spectrum) ** 2 * frequencies, size)  # its level falls by octaves
    pulse = np.abs(np.roll(folded, size // 2))
    centre = size // 2
    assert pulse.argmax() == centre
    away = np.concatenate([pulse[: centre - RATE_HZ // 20], pulse[centre + RATE_HZ // 20 :]])
    assert away.max() < pulse[centre] * linear(-30.0)


def test_the_multitone_has_all_its_tones_as_strong_in_each_octave_and_low_peaks() -> None:
    samples = tones.multitone()
    inside = samples[RATE_HZ // 4 : 3 * RATE_HZ // 4]  # half a second: tones at whole places
    power = np.abs(np.fft.rfft(inside)) ** 2
    tones_at = np.arange(200, 10_001, 100) // 2
    octaves = [power[tones_at[(tones_at >= low) & (tones_at < 2 * low)]].sum() for low in
               (100, 200, 400, 800, 1600)]  # fmt: skip
    assert max(octaves) / min(octaves) < linear(2.0) ** 2
    assert power[tones_at].sum() > 0.9999 * power.sum()
    assert level(samples) == pytest.approx(linear(-12.0), rel=0.01)
    crest = level(inside) / np.sqrt(np.mean(inside**2))
    assert crest < linear(6.0), "a hundred tones that meet have 20 dB"


@pytest.mark.parametrize(
    ("frequencies_hz", "on_s", "named"),
    [((), 1.0, "none"), ((24_000.0,), 1.0, "24000"), ((425.0,), 0.001, "0.001")],
)
def test_a_tone_that_cannot_be_is_refused(
    frequencies_hz: tuple[float, ...], on_s: float, named: str
) -> None:
    with pytest.raises(ValueError, match=named):
        tones.cadence(frequencies_hz, on_s=on_s, off_s=0.0, level_db=-18.0)
