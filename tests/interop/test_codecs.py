"""Every codec against those of others: sound both ways, judged by its content.

Each with one peer that has it: baresip, PJSIP (GSM and Speex of its own) and Linphone. None has
G.726 as RFC 3551 packs it: baresip 1.0.0 uses the order of the AAL2 names under the other name. It
is ffmpeg that judges both orders, in `tests/media/codecs/test_g726.py`.
"""

from pathlib import Path

import pytest

from tests.interop.comparison import find_speech, hears, resampled
from tests.interop.passing_time import let_talk
from tests.interop.peers import phone
from tests.interop.peers.baresip import Baresip
from tests.interop.peers.linphonec import Linphonec
from tests.interop.peers.speaker import Speaker
from tests.interop.sound_file import Sound, read_sound, write_sound
from tests.interop.speech import Sentence

WITH_BARESIP = [
    pytest.param("opus", "opus/48000/2", 48000, id="opus"),
    pytest.param("G722", "G722/16000/1", 16000, id="G722"),
    pytest.param("L16/16000", "L16/16000/1", 16000, id="L16"),
]


@pytest.mark.usefixtures("needs_baresip")
@pytest.mark.parametrize(("codec", "name", "rate_hz"), WITH_BARESIP)
def test_baresip_and_the_room_hear_every_word(
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


@pytest.mark.parametrize("codec", ["GSM", "speex/16000", "L16/44100"])
def test_pjsip_and_the_room_hear_every_word(
    tmp_path: Path, callers_words: Sentence, room_words: Sentence, talk_s: float, codec: str
) -> None:
    """The speaker calls, with its payload numbers. A vocoder keeps the words and not the waves."""
    recording = tmp_path / "phone.wav"
    options = ("--play", callers_words.path, "--record", recording, "--duration", str(talk_s))
    setting = f'sip.codecs=["{codec}", "PCMU"]'
    with (
        Speaker(tmp_path / "speaker", setting, microphone=room_words.path) as speaker,
        phone.listen(*options, "--codec", codec, "--codec", "PCMU") as called,
    ):
        speaker.call(called.uri)
        outcome = called.outcome()
        speaker.wait_for_calls()
        played = speaker.played()
    name, _, rate = codec.partition("/")
    assert (outcome.result, outcome.codec) == ("completed", f"{name}/{rate or 8000}")
    assert hears(callers_words.sound, played)
    assert hears(room_words.sound, read_sound(recording))


@pytest.mark.usefixtures("needs_linphonec")
def test_linphone_and_the_room_hear_every_word_by_opus(
    tmp_path: Path, callers_words: Sentence, room_words: Sentence, talk_s: float
) -> None:
    """With the settings as they come: Opus is what both have first."""
    with (
        Speaker(tmp_path / "speaker", microphone=room_words.path) as speaker,
        Linphonec(
            tmp_path / "linphone", callers_words.path, codecs=(("opus", 48000), ("PCMU", 8000))
        ) as linphone,
    ):
        linphone.call(speaker.uri)
        linphone.wait_until_talking()
        (call,) = speaker.state()["calls"]
        let_talk(talk_s)
        linphone.hang_up()
        linphone.wait_until_ended()
        speaker.wait_for_calls()
        played = speaker.played()
        heard = linphone.heard()
    assert call["codec"] == "opus"
    assert find_speech(callers_words.sound, played).faithful
    assert find_speech(room_words.sound, heard).faithful
