"""Keys by RTP in the units of the codec's clock (RFC 4733 §2.1): an Opus call's run at 48 kHz.

Linphone has them so, and PJSIP at the clocks of its own codecs. baresip 1.0.0 has keys at 8 kHz
only, whatever the codec, and gets them so.
"""

from pathlib import Path

import pytest

from tests.interop.comparison import find_speech, resampled
from tests.interop.device_settings import KEY_ACTS_S, KEYS_PLAY_AND_STOP
from tests.interop.passing_time import let_talk
from tests.interop.peers import phone
from tests.interop.peers.baresip import Baresip
from tests.interop.peers.linphonec import G711, Linphonec
from tests.interop.peers.speaker import Speaker
from tests.interop.sound_file import Sound, read_sound, write_sound
from tests.interop.speech import Sentence

OPUS = (("opus", 48000), *G711)
KEYS_TAKE_S = "2.5"
"""Both keys of the phone: it begins after a second."""


@pytest.mark.usefixtures("needs_linphonec")
def test_linphone_by_opus_and_the_speaker_hear_each_others_keys(
    tmp_path: Path, announcement: Sentence, silence: Path
) -> None:
    with (
        Speaker(
            tmp_path / "speaker", clips={"closing": announcement.path}, config=KEYS_PLAY_AND_STOP
        ) as speaker,
        Linphonec(tmp_path / "linphone", silence, codecs=OPUS) as linphone,
    ):
        linphone.call(speaker.uri)
        linphone.wait_until_talking()
        speaker.press(speaker.only_call, "7")
        assert linphone.wait_for_digit() == "7"
        linphone.press("1")
        let_talk(announcement.sound.duration_s + KEY_ACTS_S)
        linphone.hang_up()
        linphone.wait_until_ended()
        speaker.wait_for_calls()
        report = speaker.only_report()
        played = speaker.played()
    assert "telephone-event/48000" in report["descriptions"]["answer"]
    assert (report["agreed"]["codec"], report["keys"]) == ("opus", 1)
    assert find_speech(announcement.sound, played).correlation > 0.9


@pytest.mark.usefixtures("needs_baresip")
@pytest.mark.parametrize("caller", ["baresip", "speaker"])
def test_keys_of_baresip_by_opus_are_heard(tmp_path: Path, silence: Path, caller: str) -> None:
    voice = tmp_path / "voice.wav"
    write_sound(voice, Sound(resampled(read_sound(silence), 48000), 48000))
    with (
        Speaker(tmp_path / "speaker", 'sip.codecs=["opus", "PCMU"]') as speaker,
        Baresip(tmp_path / "baresip", voice, codec="opus/48000/2,pcmu", rate_hz=48000) as baresip,
    ):
        if caller == "baresip":
            baresip.call(speaker.uri)
        else:
            speaker.call(baresip.uri)
        baresip.wait_until_talking()
        baresip.press("12")
        let_talk(2 * KEY_ACTS_S)
        baresip.hang_up()
        speaker.wait_for_calls()
        report = speaker.only_report()
    assert (report["agreed"]["codec"], report["keys"]) == ("opus", 2)


@pytest.mark.parametrize(("codec", "clock_hz"), [("speex/16000", 16000), ("L16/44100", 44100)])
def test_pjsip_and_the_speaker_hear_each_others_keys(
    tmp_path: Path, codec: str, clock_hz: int
) -> None:
    with (
        Speaker(tmp_path / "speaker", f'sip.codecs=["{codec}"]') as speaker,
        phone.listen("--codec", codec, "--dtmf", "1#", "--duration", KEYS_TAKE_S) as called,
    ):
        call = speaker.call(called.uri)
        called.wait_until_answered()
        speaker.press(call, "5")
        called.err.wait_for("^heard key 5", 5)
        outcome = called.outcome()
        speaker.wait_for_calls()
        report = speaker.only_report()
    assert f"telephone-event/{clock_hz}" in report["descriptions"]["answer"]
    assert (outcome.digits_received, report["keys"]) == ("5", 2)
