"""The speaker and baresip."""

from pathlib import Path

import pytest

from tests.interop.comparison import find_speech
from tests.interop.device_settings import KEY_ACTS_S
from tests.interop.passing_time import let_talk
from tests.interop.pauses import SILENT
from tests.interop.peers.baresip import Baresip
from tests.interop.peers.speaker import Speaker
from tests.interop.sound_file import read_sound, write_sound
from tests.interop.speech import Sentence

QUIET_S = 0.5

pytestmark = pytest.mark.usefixtures("needs_baresip")


@pytest.mark.parametrize("caller", ["baresip", "speaker"])
def test_both_sides_hear_every_word(
    tmp_path: Path,
    idle_speaker: Speaker,
    callers_words: Sentence,
    room_words: Sentence,
    talk_s: float,
    caller: str,
) -> None:
    with Baresip(tmp_path / "baresip", callers_words.path) as baresip:
        if caller == "baresip":
            baresip.call(idle_speaker.uri)
        else:
            idle_speaker.call(baresip.uri)
        baresip.wait_for("CALL_ESTABLISHED")
        let_talk(talk_s)
        baresip.hang_up()
        idle_speaker.wait_for_calls()
        played = idle_speaker.played()
        heard = read_sound(baresip.heard())
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
    with Baresip(tmp_path / "baresip", silence, info_digits=info_digits) as baresip:
        baresip.call(idle_speaker.uri)
        baresip.wait_for("CALL_ESTABLISHED")
        baresip.press("1")
        let_talk(announcement.sound.duration_s + KEY_ACTS_S)
        baresip.press("0")
        let_talk(KEY_ACTS_S + QUIET_S)
        played = idle_speaker.played()
        baresip.hang_up()
        idle_speaker.wait_for_calls()
    assert find_speech(announcement.sound, played).correlation > 0.9
    assert played.between(played.duration_s - QUIET_S, played.duration_s).peak < SILENT


def test_speaker_hangs_up(tmp_path: Path, idle_speaker: Speaker, silence: Path) -> None:
    with Baresip(tmp_path / "baresip", silence) as baresip:
        call = idle_speaker.call(baresip.uri)
        idle_speaker.wait_for_calls("talking")
        idle_speaker.hang_up(call)
        baresip.wait_for("CALL_CLOSED")
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
        baresip.wait_for("CALL_ESTABLISHED")
        baresip.hold()
        let_talk(quiet_s / 2)
        baresip.resume()
        let_talk(late.duration_s - quiet_s / 2 + 0.5)
        baresip.hang_up()
        idle_speaker.wait_for_calls()
        played = idle_speaker.played()
    assert find_speech(callers_words.sound, played).faithful


def test_caller_who_gives_up_is_forgotten(
    tmp_path: Path, ringing_speaker: Speaker, silence: Path
) -> None:
    """RFC 3261 §9."""
    with Baresip(tmp_path / "baresip", silence) as baresip:
        baresip.call(ringing_speaker.uri)
        baresip.wait_for("CALL_RINGING")
        baresip.hang_up()
        baresip.wait_for("CALL_CLOSED")


def test_second_call_hears_busy(tmp_path: Path, idle_speaker: Speaker, silence: Path) -> None:
    with (
        Baresip(tmp_path / "first", silence) as first,
        Baresip(tmp_path / "second", silence) as second,
    ):
        first.call(idle_speaker.uri)
        first.wait_for("CALL_ESTABLISHED")
        second.call(idle_speaker.uri)
        assert "486" in second.wait_for("CALL_CLOSED")
        first.hang_up()
