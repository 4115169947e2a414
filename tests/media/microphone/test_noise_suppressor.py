"""Lowering steady noise."""

import numpy as np
import pytest

from media.frame import FRAME_SAMPLES, RATE_HZ, FloatArray, linear
from media.microphone.noise_suppressor import NoiseSuppression, NoiseSuppressor
from tests.media.synthetic_voice import voice


def suppressed(suppression: NoiseSuppression, sound: FloatArray) -> FloatArray:
    suppressor = NoiseSuppressor(suppression)
    frames = sound.reshape(-1, FRAME_SAMPLES)
    return np.concatenate([suppressor.suppress(frame) for frame in frames])


def noise(seconds: int, level_dbfs: float) -> FloatArray:
    samples = np.random.default_rng(1).standard_normal(seconds * RATE_HZ) * linear(level_dbfs)
    return np.asarray(samples, dtype=np.float32)


@pytest.mark.parametrize(
    ("suppression", "least_db"),
    [
        (NoiseSuppression.LOW, 5.0),
        (NoiseSuppression.MODERATE, 11.0),
        (NoiseSuppression.HIGH, 15.0),
        (NoiseSuppression.VERY_HIGH, 17.0),
    ],
)
def test_steady_noise_is_lowered_by_its_level(
    suppression: NoiseSuppression, least_db: float
) -> None:
    sound = noise(4, -50.0)
    late = suppressed(suppression, sound)[-RATE_HZ:]
    fall_db = 10 * np.log10(np.mean(sound[-RATE_HZ:] ** 2) / np.mean(late**2))
    assert least_db < fall_db < least_db + 5.0


def test_a_voice_in_noise_stands_out_more_and_is_not_lost() -> None:
    speech = voice(RATE_HZ, 5.0) * np.float32(0.3)
    pauses = np.abs(speech) < 1e-4
    out = suppressed(NoiseSuppression.HIGH, speech + noise(5, -45.0))
    late = slice(3 * RATE_HZ, None)
    spoken = np.sqrt(np.mean(out[late][~pauses[late]] ** 2))
    assert spoken == pytest.approx(np.sqrt(np.mean(speech[late][~pauses[late]] ** 2)), rel=0.2)


def test_reset_forgets_the_noise() -> None:
    suppressor = NoiseSuppressor(NoiseSuppression.HIGH)
    frames = noise(1, -50.0).reshape(-1, FRAME_SAMPLES)
    first = [suppressor.suppress(frame).copy() for frame in frames]
    suppressor.reset()
    assert np.allclose(first, [suppressor.suppress(frame) for frame in frames], atol=1e-6)
