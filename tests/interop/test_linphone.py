"""The speaker and what Linphone alone does."""

from pathlib import Path

import pytest

from tests.interop.comparison import find_speech
from tests.interop.passing_time import let_talk
from tests.interop.peers.linphonec import Linphonec
from tests.interop.peers.speaker import Speaker
from tests.interop.speech import Sentence

pytestmark = pytest.mark.usefixtures("needs_linphonec")


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
        heard = linphone.heard()
    assert find_speech(room_words.sound, heard).faithful


def test_linphone_that_does_not_answer_is_given_up(
    tmp_path: Path, ringing_speaker: Speaker, silence: Path
) -> None:
    with Linphonec(tmp_path / "linphone", silence, answers=False) as linphone:
        ringing_speaker.call(linphone.uri)
        linphone.wait_until_ringing()
        linphone.wait_until_ended()
