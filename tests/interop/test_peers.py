"""The peers among themselves: what the other tests blame on the speaker is not the peers' fault."""

from pathlib import Path

import pytest

from tests.interop.comparison import find_speech
from tests.interop.peers import phone
from tests.interop.peers.baresip import Baresip
from tests.interop.peers.linphonec import Linphonec
from tests.interop.peers.sipp import Sipp
from tests.interop.sound_file import read_sound
from tests.interop.speech import Sentence
from tools.phone.outcome import ExitCode

SENTENCE_S = 4.0
"""Long enough for either sentence, its lead-in and the delay of the line."""


@pytest.mark.usefixtures("needs_baresip")
def test_phone_calls_baresip_and_both_hear_every_word(
    tmp_path: Path, callers_words: Sentence, room_words: Sentence
) -> None:
    recording = tmp_path / "phone.wav"
    with Baresip(tmp_path / "baresip", room_words.path) as baresip:
        options = ("--play", callers_words.path, "--record", recording)
        with phone.call(baresip.uri, *options, "--duration", str(SENTENCE_S)) as caller:
            baresip.wait_for("CALL_ESTABLISHED")
            baresip.wait_for("CALL_CLOSED")
            outcome = caller.outcome()
        heard = baresip.heard()
    assert (outcome.code, outcome.codec, outcome.packets_lost) == (200, "PCMU/8000", 0)
    assert find_speech(callers_words.sound, heard).faithful
    assert find_speech(room_words.sound, read_sound(recording)).faithful


@pytest.mark.usefixtures("needs_baresip")
def test_baresip_calls_phone_and_presses_a_key(tmp_path: Path, room_words: Sentence) -> None:
    with (
        phone.listen("--answer-after", "0.3", "--dtmf", "4") as called,
        Baresip(tmp_path / "baresip", room_words.path) as baresip,
    ):
        baresip.call(called.uri)
        baresip.wait_for("CALL_RINGING")
        baresip.wait_for("CALL_ESTABLISHED")
        baresip.press("7")
        called.err.wait_for("^heard key 7", 5)
        assert baresip.wait_for("CALL_DTMF_START") == "4"
        baresip.hang_up()
        outcome = called.outcome()
    assert (outcome.digits_sent, outcome.digits_received) == ("4", "7")
    assert outcome.ended_by == "remote"
    assert outcome.ringing_ms == pytest.approx(300, rel=0.5)


@pytest.mark.usefixtures("needs_linphonec")
def test_phone_calls_linphone_and_both_hear_every_word(
    tmp_path: Path, callers_words: Sentence, room_words: Sentence
) -> None:
    recording = tmp_path / "phone.wav"
    with Linphonec(tmp_path / "linphone", room_words.path) as linphone:
        options = ("--play", callers_words.path, "--record", recording)
        with phone.call(linphone.uri, *options, "--duration", str(SENTENCE_S)) as caller:
            linphone.wait_until_talking()
            linphone.wait_until_ended()
            assert caller.outcome().code == 200
        heard = linphone.heard()
    assert find_speech(callers_words.sound, heard).faithful
    assert find_speech(room_words.sound, read_sound(recording)).faithful


@pytest.mark.usefixtures("needs_linphonec")
def test_linphone_calls_phone_and_presses_a_key(tmp_path: Path, room_words: Sentence) -> None:
    with (
        phone.listen("--dtmf", "5", "--dtmf-method", "info") as called,
        Linphonec(tmp_path / "linphone", room_words.path) as linphone,
    ):
        linphone.call(called.uri)
        linphone.wait_until_talking()
        linphone.press("8")
        called.err.wait_for("^heard key 8", 5)
        assert linphone.wait_for_digit() == "5"
        called.hang_up()
        linphone.wait_until_ended()
        assert called.outcome().ended_by == "local"


@pytest.mark.usefixtures("needs_baresip", "needs_sipp")
@pytest.mark.parametrize("tcp", [False, True], ids=["udp", "tcp"])
def test_sipp_calls_baresip(tmp_path: Path, room_words: Sentence, tcp: bool) -> None:
    with (
        Baresip(tmp_path / "baresip", room_words.path) as baresip,
        Sipp(tmp_path / "sipp", "call.xml", target=baresip.uri, tcp=tcp) as sipp,
    ):
        assert sipp.succeed().successful == 1


def test_phone_says_when_nobody_is_there() -> None:
    with phone.call("sip:nobody@127.0.0.1:9", "--transport", "tcp") as caller:
        outcome = caller.outcome()
    assert (outcome.result, outcome.code) == ("network", 503)


def test_phone_says_when_it_is_refused() -> None:
    with (
        phone.listen("--refuse", "486") as called,
        phone.call(called.uri) as caller,
    ):
        outcome = caller.outcome()
    assert (outcome.result, outcome.code, outcome.ended_by) == ("refused", 486, "remote")


def test_phone_gives_up_when_nobody_answers() -> None:
    with (
        phone.listen("--answer-after", "30") as called,
        phone.call(called.uri, "--give-up-after", "0.3") as caller,
    ):
        outcome = caller.outcome()
        assert called.outcome().result == "no_answer"
    assert (outcome.result, outcome.code, outcome.ended_by) == ("no_answer", 487, "local")


def test_phones_agree_on_encryption_over_tcp() -> None:
    """SDES (RFC 4568), as far as two instances of one library can show it."""
    options = ("--srtp", "mandatory", "--transport", "tcp", "--codec", "PCMA")
    with (
        phone.listen(*options) as called,
        phone.call(called.uri, *options, "--duration", "0.3") as caller,
    ):
        outcome = caller.outcome()
    assert (outcome.encrypted, outcome.codec) == (True, "PCMA/8000")


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--codec", "opus"), "codec opus: this build of PJSIP has only"),
        (("--record", "/nowhere/heard.wav"), "/nowhere/heard.wav: "),
        (("--play", __file__), "test_peers.py: Not a valid WAVE file"),
        (("--bind", "::1"), "::1: this build of PJSIP speaks IPv4 only"),
    ],
)
def test_phone_names_what_it_cannot_use(options: tuple[str, str], complaint: str) -> None:
    with phone.call("sip:nobody@127.0.0.1:9", *options) as caller:
        assert caller.wait(5) == ExitCode.BROKEN
        assert complaint in caller.err.text
        assert caller.out.text == ""
