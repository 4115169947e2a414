"""The speaker and Linphone."""

from pathlib import Path

import pytest

from tests.interop.comparison import find_speech
from tests.interop.device_settings import KEY_ACTS_S
from tests.interop.passing_time import let_talk
from tests.interop.pauses import SILENT
from tests.interop.peers.linphonec import Linphonec
from tests.interop.peers.speaker import Speaker
from tests.interop.sound_file import read_sound
from tests.interop.speech import Sentence

QUIET_S = 0.5

pytestmark = pytest.mark.usefixtures("needs_linphonec")


@pytest.mark.parametrize("caller", ["linphone", "speaker"])
def test_both_sides_hear_every_word(
    tmp_path: Path,
    idle_speaker: Speaker,
    callers_words: Sentence,
    room_words: Sentence,
    talk_s: float,
    caller: str,
) -> None:
    with Linphonec(tmp_path / "linphone", callers_words.path) as linphone:
        if caller == "linphone":
            linphone.call(idle_speaker.uri)
        else:
            idle_speaker.call(linphone.uri)
        linphone.wait_until_talking()
        let_talk(talk_s)
        linphone.hang_up()
        linphone.wait_until_ended()
        idle_speaker.wait_for_calls()
        played = idle_speaker.played()
        heard = read_sound(linphone.heard)
    assert find_speech(callers_words.sound, played).faithful
    assert find_speech(room_words.sound, heard).faithful


@pytest.mark.parametrize("info_digits", [False, True], ids=["rfc4733", "info"])
def test_keys_start_a_clip_and_stop_it(
    tmp_path: Path,
    idle_speaker: Speaker,
    announcement: Sentence,
    silence: Path,
    info_digits: bool,
) -> None:
    with Linphonec(tmp_path / "linphone", silence, info_digits=info_digits) as linphone:
        linphone.call(idle_speaker.uri)
        linphone.wait_until_talking()
        linphone.press("1")
        let_talk(announcement.sound.duration_s + KEY_ACTS_S)
        linphone.press("0")
        let_talk(KEY_ACTS_S + QUIET_S)
        played = idle_speaker.played()
        linphone.hang_up()
        idle_speaker.wait_for_calls()
    assert find_speech(announcement.sound, played).correlation > 0.9
    assert played.between(played.duration_s - QUIET_S, played.duration_s).peak < SILENT


def test_linphone_hears_the_keys_of_the_speaker(
    tmp_path: Path, idle_speaker: Speaker, silence: Path
) -> None:
    """RFC 4733, sent by the speaker."""
    with Linphonec(tmp_path / "linphone", silence) as linphone:
        call = idle_speaker.call(linphone.uri)
        idle_speaker.wait_for_calls("talking")
        idle_speaker.press(call, "7")
        assert linphone.wait_for_digit() == "7"
        idle_speaker.hang_up(call)
        linphone.wait_until_ended()


def test_held_and_resumed_call_goes_on(
    tmp_path: Path,
    idle_speaker: Speaker,
    callers_words: Sentence,
    room_words: Sentence,
    talk_s: float,
) -> None:
    """RFC 3264 §8.4, offered by Linphone."""
    with Linphonec(tmp_path / "linphone", callers_words.path) as linphone:
        linphone.call(idle_speaker.uri)
        linphone.wait_until_talking()
        linphone.pause()
        linphone.wait_until_paused()
        linphone.resume()
        linphone.wait_until_talking()
        let_talk(talk_s)
        linphone.hang_up()
        linphone.wait_until_ended()
        idle_speaker.wait_for_calls()
        heard = read_sound(linphone.heard)
    assert find_speech(room_words.sound, heard).faithful


def test_caller_who_gives_up_is_forgotten(
    tmp_path: Path, ringing_speaker: Speaker, silence: Path
) -> None:
    """RFC 3261 §9."""
    with Linphonec(tmp_path / "linphone", silence) as linphone:
        linphone.call(ringing_speaker.uri)
        linphone.wait_until_ringing()
        linphone.hang_up()
        linphone.wait_until_ended()


def test_linphone_that_does_not_answer_is_given_up(
    tmp_path: Path, ringing_speaker: Speaker, silence: Path
) -> None:
    with Linphonec(tmp_path / "linphone", silence, answers=False) as linphone:
        ringing_speaker.call(linphone.uri)
        linphone.wait_until_ringing()
        linphone.wait_until_ended()
