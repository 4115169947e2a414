"""A hold and its end, started by the speaker: it offers `inactive` (RFC 3264 §8.4)."""

from pathlib import Path

import pytest

from tests.interop.comparison import find_speech
from tests.interop.passing_time import let_talk
from tests.interop.pauses import longest_pause
from tests.interop.peers import phone
from tests.interop.peers.linphonec import Linphonec
from tests.interop.peers.speaker import Speaker
from tests.interop.sound_file import Sound, read_sound
from tests.interop.speech import Sentence

BEFORE_S = 1.0
HOLD_S = 2.0
SHORTEST_PAUSE_S = 1.6
"""What the re-INVITEs and the buffers leave of the hold; the repeated sentences pause for less."""


def assert_paused_then_whole(sentence: Sentence, heard: Sound) -> None:
    """Silence as long as the hold, and afterwards the sentence, whole."""
    pause = longest_pause(heard)
    assert pause.duration_s > SHORTEST_PAUSE_S
    assert find_speech(sentence.sound, heard.between(pause.end_s, heard.duration_s)).faithful


def test_phone_and_speaker_hear_nothing_during_a_hold_and_every_word_afterwards(
    tmp_path: Path,
    idle_speaker: Speaker,
    callers_words: Sentence,
    room_words: Sentence,
    talk_s: float,
) -> None:
    recording = tmp_path / "phone.wav"
    options = ("--play", callers_words.path, "--play-loop", "--record", recording)
    with phone.call(idle_speaker.uri, *options) as caller:
        caller.wait_until_answered()
        (call,) = idle_speaker.state()["calls"]
        let_talk(BEFORE_S)
        idle_speaker.hold(call["call"])
        let_talk(HOLD_S)
        idle_speaker.resume(call["call"])
        let_talk(max(talk_s, 2 * callers_words.sound.duration_s))
        caller.hang_up()
        assert caller.outcome().result == "completed"
        idle_speaker.wait_for_calls()
        played = idle_speaker.played()
    assert_paused_then_whole(callers_words, played)
    assert_paused_then_whole(room_words, read_sound(recording))


@pytest.mark.usefixtures("needs_linphonec")
def test_linphone_is_held_and_heard_again(
    tmp_path: Path,
    idle_speaker: Speaker,
    callers_words: Sentence,
    room_words: Sentence,
    talk_s: float,
) -> None:
    """Linphone records nothing during a hold, so what it hears is judged afterwards only."""
    with Linphonec(tmp_path / "linphone", callers_words.path) as linphone:
        call = idle_speaker.call(linphone.uri)
        linphone.wait_until_talking()
        let_talk(BEFORE_S)
        idle_speaker.hold(call)
        let_talk(HOLD_S)
        idle_speaker.resume(call)
        let_talk(max(talk_s, 2 * callers_words.sound.duration_s))
        idle_speaker.hang_up(call)
        linphone.wait_until_ended()
        idle_speaker.wait_for_calls()
        played = idle_speaker.played()
        heard = linphone.heard()
    assert_paused_then_whole(callers_words, played)
    assert find_speech(room_words.sound, heard).faithful
