"""The speaker and telephones that others have written."""

from pathlib import Path

import pytest

from tests.interop.comparison import find_speech
from tests.interop.device_settings import KEY_ACTS_S
from tests.interop.passing_time import let_talk
from tests.interop.pauses import SILENT
from tests.interop.peers.speaker import Speaker
from tests.interop.peers.telephone import TelephoneMaker
from tests.interop.speech import Sentence

QUIET_S = 0.5


@pytest.mark.parametrize("caller", ["telephone", "speaker"])
def test_both_sides_hear_every_word(
    tmp_path: Path,
    new_telephone: TelephoneMaker,
    idle_speaker: Speaker,
    callers_words: Sentence,
    room_words: Sentence,
    talk_s: float,
    caller: str,
) -> None:
    with new_telephone(tmp_path / "telephone", callers_words.path) as telephone:
        if caller == "telephone":
            telephone.call(idle_speaker.uri)
        else:
            idle_speaker.call(telephone.uri)
        telephone.wait_until_talking()
        let_talk(talk_s)
        telephone.hang_up()
        telephone.wait_until_ended()
        idle_speaker.wait_for_calls()
        heard = telephone.heard()
    assert find_speech(callers_words.sound, idle_speaker.played()).faithful
    assert find_speech(room_words.sound, heard).faithful


@pytest.mark.parametrize("info_digits", [False, True], ids=["rfc4733", "info"])
def test_keys_start_a_clip_and_stop_it(
    tmp_path: Path,
    new_telephone: TelephoneMaker,
    idle_speaker: Speaker,
    announcement: Sentence,
    silence: Path,
    info_digits: bool,
) -> None:
    with new_telephone(tmp_path / "telephone", silence, info_digits=info_digits) as telephone:
        telephone.call(idle_speaker.uri)
        telephone.wait_until_talking()
        telephone.press("1")
        let_talk(announcement.sound.duration_s + KEY_ACTS_S)
        telephone.press("0")
        let_talk(KEY_ACTS_S + QUIET_S)
        played = idle_speaker.played()
        telephone.hang_up()
        idle_speaker.wait_for_calls()
    assert find_speech(announcement.sound, played).correlation > 0.9
    assert played.between(played.duration_s - QUIET_S, played.duration_s).peak < SILENT


def test_caller_who_gives_up_is_forgotten(
    tmp_path: Path, new_telephone: TelephoneMaker, ringing_speaker: Speaker, silence: Path
) -> None:
    """RFC 3261 §9."""
    with new_telephone(tmp_path / "telephone", silence) as telephone:
        telephone.call(ringing_speaker.uri)
        telephone.wait_until_ringing()
        telephone.hang_up()
        telephone.wait_until_ended()
