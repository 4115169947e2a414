"""Three phones at once: all hear the room, and the room hears all."""

from contextlib import ExitStack
from pathlib import Path

import numpy as np

from tests.interop.comparison import (
    COMMON_RATE_HZ,
    MAXIMUM_LEVEL_DIFFERENCE_DB,
    find_speech,
    resampled,
)
from tests.interop.passing_time import let_talk
from tests.interop.peers import phone
from tests.interop.peers.speaker import Speaker
from tests.interop.sound_file import Sound, read_sound
from tests.interop.speech import Sentence

MIXTURE_CORRELATION = 0.8


def mixed_as_in(heard: Sound, voices: list[Sentence]) -> Sound:
    """The sum of the voices, each where it is found in `heard`."""
    places = [round(find_speech(voice.sound, heard).offset_s * COMMON_RATE_HZ) for voice in voices]
    fine = [resampled(voice.sound, COMMON_RATE_HZ) for voice in voices]
    first = min(places)
    mixture = np.zeros(max(place + len(voice) for place, voice in zip(places, fine, strict=True)))
    for place, voice in zip(places, fine, strict=True):
        mixture[place : place + len(voice)] += voice
    return Sound(mixture[first:], COMMON_RATE_HZ)


def test_three_phones_hear_the_microphone_and_are_heard_together(
    tmp_path: Path,
    callers_words: Sentence,
    room_words: Sentence,
    announcement: Sentence,
    talk_s: float,
) -> None:
    voices = [callers_words, announcement, room_words]
    recordings = [tmp_path / f"phone{number}.wav" for number in range(len(voices))]
    with ExitStack() as stack:
        speaker = stack.enter_context(
            Speaker(tmp_path / "speaker", "sip.max_calls=3", microphone=room_words.path)
        )
        phones = [
            stack.enter_context(
                phone.call(speaker.uri, "--play", voice.path, "--record", recording)
            )
            for voice, recording in zip(voices, recordings, strict=True)
        ]
        for one in phones:
            one.wait_until_answered()
        speaker.wait_for_calls("talking", "talking", "talking")
        let_talk(talk_s)
        for one in phones:
            one.hang_up()
            assert one.outcome().result == "completed"
        speaker.wait_for_calls()
        played = speaker.played()
    # One voice of the three may move by a step of its jitter buffer, and the mixture then has no
    # one place that fits all; that each is there, and as loud, the levels tell.
    mixture = find_speech(mixed_as_in(played, voices), played)
    assert mixture.correlation > MIXTURE_CORRELATION
    assert abs(mixture.level_difference_db) <= MAXIMUM_LEVEL_DIFFERENCE_DB
    for recording in recordings:
        assert find_speech(room_words.sound, read_sound(recording)).faithful
