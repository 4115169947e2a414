"""Gains, ramps and sums."""

import numpy as np
import pytest

from media.frame import FRAME_SAMPLES, FloatArray, silence
from media.mixing.mixer import RAMP_FRAMES, GainRamp, Mixer

RAMP_SAMPLES = RAMP_FRAMES * FRAME_SAMPLES


def constant(value: float) -> FloatArray:
    return np.full(FRAME_SAMPLES, value, dtype=np.float32)


def gains(ramp: GainRamp, frames: int) -> FloatArray:
    return np.concatenate([constant(1.0) * ramp.step() for _ in range(frames)])


@pytest.mark.parametrize(("start", "aim"), [(0.0, 1.0), (1.0, 0.0), (1.0, 0.1), (0.5, 2.0)])
def test_a_gain_reaches_its_aim_in_20_ms_without_a_step(start: float, aim: float) -> None:
    ramp = GainRamp(start)
    ramp.aim(aim)
    curve = gains(ramp, 3)
    assert np.abs(np.diff(curve, prepend=start)).max() <= abs(aim - start) / RAMP_SAMPLES + 1e-6
    assert curve[RAMP_SAMPLES - 1] == pytest.approx(aim)
    assert np.all(curve[RAMP_SAMPLES:] == np.float32(aim))


def test_a_ramp_turned_around_half_way_goes_on_from_where_it_is() -> None:
    ramp = GainRamp(0.0)
    ramp.aim(1.0)
    first = gains(ramp, 1)
    ramp.aim(0.0)
    curve = np.concatenate([first, gains(ramp, 2)])
    assert np.abs(np.diff(curve)).max() <= 1.1 / RAMP_SAMPLES
    assert curve[-1] == 0.0
    assert ramp.is_silent


def test_a_ramp_on_its_way_to_zero_is_not_silent_yet() -> None:
    ramp = GainRamp(1.0)
    ramp.aim(0.0)
    ramp.step()
    assert not ramp.is_silent


def test_sources_add_up_each_at_its_own_gain() -> None:
    mixer = Mixer()
    mixer.add(constant(0.5), GainRamp(1.0))
    mixer.add(constant(0.5), GainRamp(0.5))
    mixed = mixer.take()
    assert mixed is not None
    assert mixed == pytest.approx(constant(0.75))


def test_a_mix_of_nothing_is_silence_and_does_not_repeat_the_last_one() -> None:
    mixer = Mixer()
    mixer.add(constant(0.5), GainRamp(1.0))
    mixer.take()
    assert mixer.take() is None
    mixer.add(constant(0.5), GainRamp(0.0))
    assert mixer.take() is None


def test_the_frames_of_the_sources_are_left_as_they_were() -> None:
    mixer, frame = Mixer(), constant(0.5)
    mixer.add(frame, GainRamp(1.0))
    mixer.add(frame, GainRamp(0.5))
    mixer.set_output_gain(0.1)
    mixer.take()
    assert np.all(frame == 0.5)


def test_the_output_gain_is_a_ramp_too_and_mutes() -> None:
    mixer = Mixer()
    mixer.set_output_gain(0.0)
    heard = []
    for _ in range(3):
        mixer.add(constant(1.0), GainRamp(1.0))
        mixed = mixer.take()
        heard.append(silence() if mixed is None else mixed.copy())
    curve = np.concatenate(heard)
    assert np.abs(np.diff(curve, prepend=1.0)).max() <= 1.1 / RAMP_SAMPLES
    assert np.all(curve[RAMP_SAMPLES:] == 0.0)


def test_an_output_gain_set_in_silence_holds_when_sound_comes() -> None:
    mixer = Mixer()
    mixer.set_output_gain(0.5)
    for _ in range(RAMP_FRAMES):
        mixer.take()
    mixer.add(constant(1.0), GainRamp(1.0))
    mixed = mixer.take()
    assert mixed is not None
    assert np.all(mixed == 0.5)
