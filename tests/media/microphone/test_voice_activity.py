from __future__ import annotations

import numpy as np
import pytest

from media.frame import FRAME_SAMPLES, RATE_HZ, FloatArray
from media.microphone.voice_activity import VoiceActivity
from tests.media.synthetic_voice import voice

HANGOVER_FRAMES = 20


def frames(sound: FloatArray) -> list[FloatArray]:
    whole = sound.size // FRAME_SAMPLES
    return list(sound[: whole * FRAME_SAMPLES].reshape(whole, FRAME_SAMPLES))


def noise(seconds: float, level_db: float) -> FloatArray:
    rng = np.random.default_rng(5)
    return (rng.standard_normal(round(seconds * RATE_HZ)) * 10 ** (level_db / 20)).astype(
        np.float32
    )


def decisions(sound: FloatArray, **options: float) -> list[bool]:
    detector = VoiceActivity(**options)  # type: ignore[arg-type]
    return [detector.hears(frame) for frame in frames(sound)]


def test_a_talker_is_heard_from_the_first_frames_to_the_hangover_and_no_longer() -> None:
    quiet = noise(2.0, -70)
    speech = voice(RATE_HZ, 2.0, pauses=False)
    heard = decisions(np.concatenate((quiet, speech, quiet)))
    assert not any(heard[100:199])
    first = heard.index(True, 100)
    assert first <= 204
    assert all(heard[first:400])
    last = max(index for index, is_heard in enumerate(heard) if is_heard)
    assert 400 + HANGOVER_FRAMES - 3 <= last <= 400 + HANGOVER_FRAMES + 50  # and WebRTC's own


def test_without_a_hangover_the_end_is_the_end() -> None:
    speech = voice(RATE_HZ, 1.0, pauses=False)
    sound = np.concatenate((speech, np.zeros(RATE_HZ, dtype=np.float32)))
    short, usual = decisions(sound, hangover_s=0.0), decisions(sound)
    assert sum(usual) - sum(short) == pytest.approx(HANGOVER_FRAMES, abs=2)


@pytest.mark.parametrize("sound", [np.zeros(RATE_HZ, np.float32), noise(1.0, -80)])
def test_what_nobody_can_hear_is_no_speech(sound: FloatArray) -> None:
    assert not any(decisions(sound))


def test_too_loud_a_sound_is_clipped_and_not_wrapped() -> None:
    speech = voice(RATE_HZ, 1.0, pauses=False)
    assert all(decisions(speech * 20)[10:95])
