"""Tones: pitch, cadence, level and edges."""

import numpy as np
import pytest

from media import tones
from media.frame import RATE_HZ, FloatArray, linear


def loudest_hz(samples: FloatArray) -> float:
    spectrum = np.abs(np.fft.rfft(samples))
    return float(spectrum.argmax() * RATE_HZ / samples.size)


def level(samples: FloatArray) -> float:
    return float(np.abs(samples).max())


@pytest.mark.parametrize(
    ("samples", "on_s", "off_s"),
    [(tones.ringback(), 1.0, 4.0), (tones.busy(), 0.5, 0.5), (tones.busy(on_s=0.2), 0.2, 0.5)],
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


@pytest.mark.parametrize("samples", [tones.chime(), tones.ringback(), tones.busy()])
def test_every_tone_begins_and_ends_at_zero(samples: FloatArray) -> None:
    assert samples.dtype == np.float32
    assert abs(samples[0]) < 1e-4
    assert abs(samples[-1]) < 1e-4


@pytest.mark.parametrize(
    ("frequencies_hz", "on_s", "named"),
    [((), 1.0, "none"), ((24_000.0,), 1.0, "24000"), ((425.0,), 0.001, "0.001")],
)
def test_a_tone_that_cannot_be_is_refused(
    frequencies_hz: tuple[float, ...], on_s: float, named: str
) -> None:
    with pytest.raises(ValueError, match=named):
        tones.cadence(frequencies_hz, on_s=on_s, off_s=0.0, level_db=-18.0)
