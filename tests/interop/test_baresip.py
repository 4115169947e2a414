"""The speaker and what baresip alone does."""

from pathlib import Path

import pytest

from tests.interop.comparison import find_speech
from tests.interop.passing_time import let_talk
from tests.interop.peers.baresip import Baresip
from tests.interop.peers.speaker import Speaker
from tests.interop.sound_file import write_sound
from tests.interop.speech import Sentence

pytestmark = pytest.mark.usefixtures("needs_baresip")


def test_speaker_hangs_up(tmp_path: Path, idle_speaker: Speaker, silence: Path) -> None:
    with Baresip(tmp_path / "baresip", silence) as baresip:
        call = idle_speaker.call(baresip.uri)
        idle_speaker.wait_for_calls("talking")
        idle_speaker.hang_up(call)
        baresip.wait_until_ended()
        idle_speaker.wait_for_calls()


def test_held_and_resumed_call_goes_on(
    tmp_path: Path, idle_speaker: Speaker, callers_words: Sentence
) -> None:
    """RFC 3264 §8.4, offered by baresip, which after a hold no longer records what it hears."""
    quiet_s = 2.0
    late = callers_words.sound.after_silence(quiet_s)
    voice = tmp_path / "late.wav"
    write_sound(voice, late)
    with Baresip(tmp_path / "baresip", voice) as baresip:
        baresip.call(idle_speaker.uri)
        baresip.wait_until_talking()
        baresip.hold()
        let_talk(quiet_s / 2)
        baresip.resume()
        let_talk(late.duration_s - quiet_s / 2 + 0.5)
        baresip.hang_up()
        idle_speaker.wait_for_calls()
        played = idle_speaker.played()
    assert find_speech(callers_words.sound, played).faithful


def test_second_call_hears_busy(tmp_path: Path, idle_speaker: Speaker, silence: Path) -> None:
    with (
        Baresip(tmp_path / "first", silence) as first,
        Baresip(tmp_path / "second", silence) as second,
    ):
        first.call(idle_speaker.uri)
        first.wait_until_talking()
        second.call(idle_speaker.uri)
        assert "486" in second.wait_until_ended()
        first.hang_up()
