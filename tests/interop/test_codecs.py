"""Every codec against those of others: sound both ways, judged by its content.

Opus and G.722 with each peer that has them (the package of PJSIP has no Opus), the others with one.
None has G.726 as RFC 3551 packs it: baresip 1.0.0 uses the order of the AAL2 names under the other
name. It is ffmpeg that judges both orders, in `tests/media/codecs/test_g726.py`.
"""

from pathlib import Path

import pytest

from tests.interop.baresip_talk import talk_with_baresip
from tests.interop.comparison import find_speech, hears
from tests.interop.passing_time import let_talk
from tests.interop.peers import phone
from tests.interop.peers.linphonec import Codecs, Linphonec
from tests.interop.peers.speaker import Speaker
from tests.interop.sound_file import Sound, read_sound
from tests.interop.speech import Sentence

OTHER_FULL_SCALE = 0.5
"""Of G.722 in PJSIP and Linphone, for whom 16 bits of sound are 14 of the codec: what they send is
half as large here, and the other way round (`docs/decisions/codecs.md`)."""


def scaled(sound: Sound, factor: float) -> Sound:
    return Sound(sound.samples * factor, sound.rate_hz)


WITH_BARESIP = [
    pytest.param("opus", "opus/48000/2", 48000, "baresip", id="opus"),
    pytest.param("opus", "opus/48000/2", 48000, "speaker", id="opus, called"),
    pytest.param("G722", "G722/16000/1", 16000, "baresip", id="G722"),
    pytest.param("L16/16000", "L16/16000/1", 16000, "baresip", id="L16"),
]


@pytest.mark.usefixtures("needs_baresip")
@pytest.mark.parametrize(("codec", "name", "rate_hz", "caller"), WITH_BARESIP)
def test_baresip_and_the_room_hear_every_word(
    tmp_path: Path,
    callers_words: Sentence,
    room_words: Sentence,
    talk_s: float,
    codec: str,
    name: str,
    rate_hz: int,
    caller: str,
) -> None:
    talk = talk_with_baresip(
        tmp_path,
        callers_words,
        room_words,
        talk_s,
        codec=codec,
        name=name,
        rate_hz=rate_hz,
        speaker_calls=caller == "speaker",
    )
    assert talk.call["codec"] == codec
    assert find_speech(callers_words.sound, talk.played).faithful
    assert find_speech(room_words.sound, talk.heard).faithful


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


@pytest.mark.parametrize("caller", ["phone", "speaker"])
def test_pjsip_and_the_room_hear_every_word_by_g722(
    tmp_path: Path, callers_words: Sentence, room_words: Sentence, talk_s: float, caller: str
) -> None:
    """With the speaker's settings as they come."""
    recording = tmp_path / "phone.wav"
    options = ("--play", callers_words.path, "--record", recording, "--duration", str(talk_s))
    codecs = ("--codec", "G722", "--codec", "PCMU")
    with Speaker(tmp_path / "speaker", microphone=room_words.path) as speaker:
        if caller == "phone":
            with phone.call(speaker.uri, *options, *codecs) as calling:
                outcome = calling.outcome()
        else:
            with phone.listen(*options, *codecs) as called:
                speaker.call(called.uri)
                outcome = called.outcome()
        speaker.wait_for_calls()
        played = speaker.played()
    heard = read_sound(recording)
    assert (outcome.result, outcome.codec) == ("completed", "G722/16000")
    assert find_speech(scaled(callers_words.sound, OTHER_FULL_SCALE), played).faithful
    assert find_speech(scaled(room_words.sound, 1 / OTHER_FULL_SCALE), heard).faithful


WITH_LINPHONE = [
    pytest.param("opus", (("opus", 48000), ("PCMU", 8000)), 1.0, id="opus"),
    pytest.param("G722", (("G722", 8000), ("PCMU", 8000)), OTHER_FULL_SCALE, id="G722"),
]
"""Linphone has G.722 too, but switched off as it comes."""


@pytest.mark.usefixtures("needs_linphonec")
@pytest.mark.parametrize("caller", ["linphone", "speaker"])
@pytest.mark.parametrize(("codec", "codecs", "full_scale"), WITH_LINPHONE)
def test_linphone_and_the_room_hear_every_word(
    tmp_path: Path,
    callers_words: Sentence,
    room_words: Sentence,
    talk_s: float,
    codec: str,
    codecs: Codecs,
    full_scale: float,
    caller: str,
) -> None:
    """With the speaker's settings as they come."""
    with (
        Speaker(tmp_path / "speaker", microphone=room_words.path) as speaker,
        Linphonec(tmp_path / "linphone", callers_words.path, codecs=codecs) as linphone,
    ):
        if caller == "linphone":
            linphone.call(speaker.uri)
        else:
            speaker.call(linphone.uri)
        linphone.wait_until_talking()
        (call,) = speaker.state()["calls"]
        let_talk(talk_s)
        linphone.hang_up()
        linphone.wait_until_ended()
        speaker.wait_for_calls()
        played = speaker.played()
        heard = linphone.heard()
    assert call["codec"] == codec
    assert find_speech(scaled(callers_words.sound, full_scale), played).faithful
    assert find_speech(scaled(room_words.sound, 1 / full_scale), heard).faithful
