"""The microphone's way as the engine sees it."""

from pathlib import Path

import numpy as np
import pytest

from media.frame import FRAME_SAMPLES, RATE_HZ, FloatArray, linear, silence
from media.microphone.near_end import EchoCancellation, NearEnd
from media.microphone.noise_suppressor import NoiseSuppression
from tests.media.echo.room_recording import Recording, erle_db, far_voice, near_voice, record

OPENING = 240
"""Samples in which the height of the first one is worked off."""


def processed(near_end: NearEnd, recording: Recording) -> FloatArray:
    out = np.empty_like(recording.microphone)
    for start in range(0, out.size, FRAME_SAMPLES):
        frame = slice(start, start + FRAME_SAMPLES)
        out[frame] = near_end.process(recording.microphone[frame], recording.far[frame])
    return out


def shaped(
    echo: EchoCancellation = EchoCancellation.OFF,
    noise: NoiseSuppression = NoiseSuppression.OFF,
    *,
    automatic_gain: bool = False,
) -> NearEnd:
    near_end = NearEnd()
    near_end.shape(echo, noise, automatic_gain=automatic_gain)
    return near_end


def test_nothing_is_done_that_is_not_asked_for(tmp_path: Path) -> None:
    recording = record(tmp_path, "", far_voice(0.5), near_voice(0.5))
    for near_end in (NearEnd(), shaped()):
        out = processed(near_end, recording)
        assert np.array_equal(out[OPENING:], recording.microphone[OPENING:])


@pytest.mark.parametrize("echo", list(EchoCancellation)[1:])
def test_each_kind_of_cancellation_takes_the_echo_away(
    echo: EchoCancellation, tmp_path: Path
) -> None:
    recording = record(tmp_path, "noise_db=-75&reverberation_ms=50", far_voice(3.0), None)
    assert erle_db(recording, processed(shaped(echo), recording), 2.0, 3.0) > 25.0


def test_each_level_of_noise_suppression_lowers_noise_further(tmp_path: Path) -> None:
    recording = record(tmp_path, "noise_db=-50", silence(2 * RATE_HZ), None)
    falls = [
        erle_db(recording, processed(shaped(noise=noise), recording), 1.0, 2.0)
        for noise in NoiseSuppression
    ]
    assert falls[0] == pytest.approx(0.0, abs=0.01)
    assert np.all(np.diff(falls) > 0.9)


def test_automatic_gain_lifts_a_quiet_voice_and_not_what_is_left_of_the_echo(
    tmp_path: Path,
) -> None:
    quiet = near_voice(3.0, level=linear(-40.0))
    speaking = record(tmp_path, "", silence(quiet.size), quiet)
    rise_db = -erle_db(speaking, processed(shaped(automatic_gain=True), speaking), 2.0, 3.0)
    assert rise_db > 6.0
    # Somebody moves all the time, so that something of the echo is left that sounds like speech.
    room = "noise_db=-75&reverberation_ms=200&change_s=0.7&echo_db=0"
    listening = record(tmp_path, room, far_voice(3.0) * np.float32(2), None)
    out = [
        processed(shaped(EchoCancellation.AEC3, automatic_gain=gain), listening)
        for gain in (False, True)
    ]
    lifted_db = erle_db(listening, out[0], 2.0, 3.0) - erle_db(listening, out[1], 2.0, 3.0)
    assert lifted_db < 3.0


def test_what_is_asked_for_again_goes_on_undisturbed(tmp_path: Path) -> None:
    recording = record(tmp_path, "reverberation_ms=50", far_voice(0.5), None)
    once, twice = shaped(EchoCancellation.AEC3), shaped(EchoCancellation.AEC3)
    assert np.array_equal(processed(once, recording), processed(twice, recording))
    twice.shape(EchoCancellation.AEC3, NoiseSuppression.OFF, automatic_gain=False)
    assert np.array_equal(processed(once, recording), processed(twice, recording))


def test_the_next_call_begins_anew(tmp_path: Path) -> None:
    recording = record(tmp_path, "reverberation_ms=50", far_voice(0.5), None)
    near_end = shaped(EchoCancellation.AEC3, automatic_gain=True)
    first = processed(near_end, recording)
    assert not np.allclose(processed(near_end, recording), first, atol=1e-4)
    near_end.rest()
    assert np.allclose(processed(near_end, recording), first, atol=1e-6)


@pytest.mark.parametrize("fault", [np.nan, np.inf, 1e30])
def test_a_driver_that_delivers_no_numbers_costs_its_frame_and_no_more(fault: float) -> None:
    near_end = shaped(EchoCancellation.AUTO, NoiseSuppression.LOW, automatic_gain=True)
    near_end.process(np.full(FRAME_SAMPLES, fault, dtype=np.float32), None)
    tone = (0.1 * np.sin(np.arange(FRAME_SAMPLES) * 0.1)).astype(np.float32)
    out = [near_end.process(tone, None).copy() for _ in range(30)]
    assert np.all(np.isfinite(out))
    assert np.any(out[-1])
