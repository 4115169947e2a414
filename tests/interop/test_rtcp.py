"""RTCP of other phones over one port and over two: it is understood, and every word is heard."""

import re
from pathlib import Path

import pytest

from tests.interop.comparison import find_speech
from tests.interop.passing_time import let_talk
from tests.interop.peers import phone
from tests.interop.peers.baresip import Baresip
from tests.interop.peers.linphonec import Linphonec
from tests.interop.peers.speaker import Speaker
from tests.interop.sound_file import read_sound
from tests.interop.speech import Sentence

PCMU = 'sip.codecs=["PCMU"]'
TALK_S = 7.0
"""PJSIP and Linphone report every 5 s; our answer to the first report comes within 3 s more."""


@pytest.mark.parametrize("options", [("--rtcp-mux",), ()], ids=["one port", "two ports"])
def test_pjsip_finds_the_round_trip(
    tmp_path: Path, callers_words: Sentence, room_words: Sentence, options: tuple[str, ...]
) -> None:
    recording = tmp_path / "phone.wav"
    talk = ("--play", callers_words.path, "--record", recording, "--duration", str(TALK_S))
    with (
        Speaker(tmp_path / "speaker", PCMU, microphone=room_words.path) as speaker,
        phone.call(speaker.uri, *talk, *options, "--verbose") as caller,
    ):
        outcome = caller.outcome()
        speaker.wait_for_calls()
        played = speaker.played()
        log = caller.err.text
    assert (outcome.result, outcome.packets_lost) == ("completed", 0)
    assert log.count("a=rtcp-mux") == 2 * len(options)  # of the offer and of the answer
    assert outcome.round_trip_ms is not None
    assert outcome.round_trip_ms < 500
    assert find_speech(callers_words.sound, played).faithful
    assert find_speech(room_words.sound, read_sound(recording)).faithful


@pytest.mark.usefixtures("needs_baresip")
def test_baresip_reports_over_one_port(
    tmp_path: Path, callers_words: Sentence, room_words: Sentence
) -> None:
    with (
        Speaker(tmp_path / "speaker", PCMU, microphone=room_words.path) as speaker,
        Baresip(tmp_path / "baresip", callers_words.path, rtcp_mux=True) as baresip,
    ):
        baresip.call(speaker.uri)
        baresip.wait_until_talking()
        let_talk(TALK_S)
        baresip.hang_up()
        speaker.wait_for_calls()
        played = speaker.played()
        heard = baresip.heard()
        log = baresip.program.out.text
    assert "RTP/RTCP multiplexing enabled" in log
    reported = re.search(r"pkt\.report: +(\d+) +(\d+)", log)
    assert reported is not None
    assert min(map(int, reported.groups())) > 50  # packets that either side's reports tell of
    assert find_speech(callers_words.sound, played).faithful
    assert find_speech(room_words.sound, heard).faithful


@pytest.mark.usefixtures("needs_linphonec")
def test_linphone_is_asked_for_the_round_trip_and_takes_our_extended_reports(
    tmp_path: Path, callers_words: Sentence, room_words: Sentence
) -> None:
    """It wants them for the whole session (RFC 3611 §5.1), and all RTCP goes over one port."""
    with (
        Speaker(tmp_path / "speaker", PCMU, microphone=room_words.path) as speaker,
        Linphonec(tmp_path / "linphonec", callers_words.path, extended_reports=True) as linphone,
    ):
        linphone.call(speaker.uri)
        linphone.wait_until_talking()
        let_talk(TALK_S)
        linphone.hang_up()
        speaker.wait_for_calls()
        played = speaker.played()
        heard = linphone.heard()
    (round_trip_ms,) = re.findall(r"round_trip_ms=([\d.]+)", speaker.program.err.text)
    assert float(round_trip_ms) < 500
    assert find_speech(callers_words.sound, played).faithful
    assert find_speech(room_words.sound, heard).faithful
