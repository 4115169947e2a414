"""Three phones at once: all hear the room, and the room hears all."""

from contextlib import ExitStack
from pathlib import Path

import numpy as np

from tests.interop.comparison import COMMON_RATE_HZ, Match, find_speech, resampled
from tests.interop.passing_time import let_talk
from tests.interop.peers import phone
from tests.interop.peers.speaker import Speaker
from tests.interop.sound_file import Sound, read_sound
from tests.interop.speech import Sentence

MIXTURE_CORRELATION = 0.7
MIXTURE_LEVEL_DB = 2.0
"""One voice of three may move by a step or two of its jitter buffer, and the mixture then has no
one place that fits all. A voice that is missing costs more than this where it speaks alone."""


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
        let_talk(talk_s + 1.0)  # the phones begin one after the other
        for one in phones:
            one.hang_up()
            assert one.outcome().result == "completed"
        speaker.wait_for_calls()
        played = speaker.played()
    assert is_complete(find_speech(mixed_as_in(played, voices), played))
    for recording in recordings:
        assert find_speech(room_words.sound, read_sound(recording)).faithful


def is_complete(mixture: Match) -> bool:
    return (
        mixture.correlation > MIXTURE_CORRELATION
        and abs(mixture.level_difference_db) <= MIXTURE_LEVEL_DB
    )


def test_a_mixture_without_one_of_its_voices_is_not_complete(
    callers_words: Sentence, room_words: Sentence, announcement: Sentence
) -> None:
    """What the judgement of mixtures refuses."""
    voices = [callers_words, announcement, room_words]

    def mixed(sentences: list[Sentence]) -> Sound:
        mixture = np.zeros(5 * COMMON_RATE_HZ)
        for sentence in sentences:
            voice = resampled(sentence.sound, COMMON_RATE_HZ)
            mixture[COMMON_RATE_HZ : COMMON_RATE_HZ + len(voice)] += voice
        return Sound(mixture, COMMON_RATE_HZ)

    whole = mixed(voices)
    assert is_complete(find_speech(whole, whole))
    for missing in voices:
        assert not is_complete(find_speech(whole, mixed([v for v in voices if v is not missing])))
