"""The speaker over IPv6: at its loopback address alone, and beside IPv4."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.interop.comparison import find_speech
from tests.interop.passing_time import let_talk
from tests.interop.peers import phone
from tests.interop.peers.baresip import Baresip
from tests.interop.peers.loopback import LOOPBACK, LOOPBACK_6
from tests.interop.peers.sipp import Sipp
from tests.interop.peers.speaker import Speaker
from tests.interop.sound_file import read_sound
from tests.interop.speech import Sentence


@pytest.fixture(scope="module")
def speaker(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, room_words: Sentence
) -> Iterator[Speaker]:
    """A speaker that listens on the parameter: an address, or None for all of both families."""
    folder = tmp_path_factory.mktemp("ipv6") / "speaker"
    with Speaker(
        folder, "sip.max_calls=2", microphone=room_words.path, bind=request.param
    ) as speaker:
        yield speaker


@pytest.mark.usefixtures("needs_baresip")
@pytest.mark.parametrize("speaker", [LOOPBACK_6], indirect=True)
def test_baresip_calls_and_both_sides_hear_every_word(
    tmp_path: Path, speaker: Speaker, callers_words: Sentence, room_words: Sentence, talk_s: float
) -> None:
    speaker.listen_anew()
    with Baresip(tmp_path / "baresip", callers_words.path, address=LOOPBACK_6) as baresip:
        baresip.call(speaker.uri)
        baresip.wait_for("CALL_ESTABLISHED")
        let_talk(talk_s)
        baresip.hang_up()
        speaker.wait_for_calls()
        heard = baresip.heard()
    assert find_speech(callers_words.sound, speaker.played()).faithful
    assert find_speech(room_words.sound, heard).faithful


@pytest.mark.usefixtures("needs_sipp")
@pytest.mark.parametrize("tcp", [False, True], ids=["udp", "tcp"])
@pytest.mark.parametrize("speaker", [LOOPBACK_6, None], indirect=True)
def test_speaker_keeps_to_the_scenarios(tmp_path: Path, speaker: Speaker, tcp: bool) -> None:
    target = speaker.uri_at(LOOPBACK_6)
    for scenario in ("options", "call", "hold", "late_offer"):
        folder = tmp_path / scenario
        with Sipp(folder, f"{scenario}.xml", target=target, tcp=tcp, address=LOOPBACK_6) as sipp:
            assert sipp.succeed().retransmissions == 0
    with Sipp(tmp_path / "called", "called_until_bye.xml", tcp=tcp, address=LOOPBACK_6) as sipp:
        call = speaker.call(sipp.uri)
        speaker.wait_for_calls("talking")
        speaker.hang_up(call)
        sipp.succeed()
    speaker.wait_for_calls()


@pytest.mark.usefixtures("needs_baresip")
@pytest.mark.parametrize("speaker", [None], indirect=True)
def test_speaker_calls_baresip_while_a_phone_calls_it_over_ipv4(
    tmp_path: Path, speaker: Speaker, callers_words: Sentence, room_words: Sentence, talk_s: float
) -> None:
    recording = tmp_path / "phone.wav"
    speaker.listen_anew()
    with (
        Baresip(tmp_path / "baresip", callers_words.path, address=LOOPBACK_6) as newer,
        phone.call(speaker.uri_at(LOOPBACK), "--record", recording) as older,
    ):
        older.wait_until_answered()
        speaker.call(newer.uri)
        newer.wait_for("CALL_ESTABLISHED")
        let_talk(talk_s)
        older.hang_up()
        assert older.outcome().result == "completed"
        newer.hang_up()
        speaker.wait_for_calls()
        heard_by_newer = newer.heard()
    assert find_speech(callers_words.sound, speaker.played()).faithful
    assert find_speech(room_words.sound, read_sound(recording)).faithful
    assert find_speech(room_words.sound, heard_by_newer).faithful
