"""Every codec against baresip's own: sound both ways, judged by its content."""

from pathlib import Path

import pytest

from tests.interop.comparison import find_speech, resampled
from tests.interop.passing_time import let_talk
from tests.interop.peers.baresip import Baresip
from tests.interop.peers.speaker import Speaker
from tests.interop.sound_file import Sound, write_sound
from tests.interop.speech import Sentence

pytestmark = pytest.mark.usefixtures("needs_baresip")

CODECS = [
    pytest.param("opus", "opus/48000/2", 48000, id="opus"),
    pytest.param("G722", "G722/16000/1", 16000, id="G722"),
    pytest.param("L16/16000", "L16/16000/1", 16000, id="L16"),
]


@pytest.mark.parametrize(("codec", "name", "rate_hz"), CODECS)
def test_both_sides_hear_every_word(
    tmp_path: Path,
    callers_words: Sentence,
    room_words: Sentence,
    talk_s: float,
    codec: str,
    name: str,
    rate_hz: int,
) -> None:
    voice = tmp_path / "voice.wav"
    write_sound(voice, Sound(resampled(callers_words.sound, rate_hz), rate_hz))
    setting = f'sip.codecs=["{codec}"]'
    with (
        Speaker(tmp_path / "speaker", setting, microphone=room_words.path) as speaker,
        Baresip(tmp_path / "baresip", voice, codec=name, rate_hz=rate_hz) as baresip,
    ):
        baresip.call(speaker.uri)
        baresip.wait_until_talking()
        (call,) = speaker.state()["calls"]
        let_talk(talk_s)
        baresip.hang_up()
        speaker.wait_for_calls()
        played = speaker.played()
        heard = baresip.heard()
    assert call["codec"] == codec
    assert find_speech(callers_words.sound, played).faithful
    assert find_speech(room_words.sound, heard).faithful
