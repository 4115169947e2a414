"""Keys of the sound by DTLS (RFC 5763), with baresip and Linphone, judged by content."""

from collections.abc import Iterator
from operator import itemgetter
from pathlib import Path

import pytest

from tests.interop.comparison import find_speech
from tests.interop.passing_time import let_talk
from tests.interop.peers.baresip import Baresip
from tests.interop.peers.linphonec import Linphonec
from tests.interop.peers.speaker import Speaker
from tests.interop.speech import Sentence

MANDATORY_BY_DTLS = """
[[sip.accounts]]
id = "safe"
default = true
media_encryption = "mandatory"
media_key_exchange = "dtls"
"""


@pytest.fixture(scope="module")
def dtls_speaker(
    tmp_path_factory: pytest.TempPathFactory, room_words: Sentence
) -> Iterator[Speaker]:
    """A speaker that talks encrypted or not at all, and asks for keys by DTLS."""
    folder = tmp_path_factory.mktemp("dtls") / "speaker"
    with Speaker(folder, microphone=room_words.path, config=MANDATORY_BY_DTLS) as speaker:
        yield speaker


Telephone = Baresip | Linphonec
PATIENCE_S = 5.0


@pytest.fixture(params=["baresip", "linphonec"])
def dtls_telephone(
    request: pytest.FixtureRequest, tmp_path: Path, callers_words: Sentence
) -> Iterator[Telephone]:
    request.getfixturevalue(f"needs_{request.param}")
    folder = tmp_path / request.param
    telephone: Telephone
    if request.param == "baresip":
        telephone = Baresip(folder, callers_words.path, encryption="dtls_srtp")
    else:
        telephone = Linphonec(folder, callers_words.path, encryption="dtls")
    with telephone:
        yield telephone


@pytest.mark.parametrize("caller", ["telephone", "speaker"])
def test_both_sides_hear_every_word_whoever_calls(
    dtls_speaker: Speaker,
    dtls_telephone: Telephone,
    callers_words: Sentence,
    room_words: Sentence,
    talk_s: float,
    caller: str,
) -> None:
    dtls_speaker.listen_anew()
    if caller == "telephone":
        dtls_telephone.call(dtls_speaker.uri)
    else:
        dtls_speaker.call(dtls_telephone.uri)
    dtls_telephone.wait_until_talking()
    let_talk(talk_s)
    dtls_telephone.hang_up()
    dtls_speaker.wait_for_calls()
    newest = max(dtls_speaker.reports(), key=itemgetter("number"))
    assert newest["packets"]["packets_before_keys"] == 0  # nothing of the first word is lost
    assert find_speech(callers_words.sound, dtls_speaker.played()).faithful
    assert find_speech(room_words.sound, dtls_telephone.heard()).faithful


def test_a_hold_by_the_speaker_lets_the_keys_be(
    dtls_speaker: Speaker, dtls_telephone: Telephone
) -> None:
    """Linphone answers it without a fingerprint, which RFC 8842 §5.3 asks for."""
    before = len(dtls_speaker.program.err.text)
    dtls_telephone.call(dtls_speaker.uri)
    dtls_telephone.wait_until_talking()
    dtls_speaker.wait_for_calls("talking")
    call = dtls_speaker.only_call
    dtls_speaker.hold(call)
    dtls_speaker.program.err.wait_for("direction=inactive", PATIENCE_S)
    dtls_speaker.resume(call)
    let_talk(1.0)
    dtls_telephone.hang_up()
    dtls_speaker.wait_for_calls()
    dtls_speaker.program.err.wait_for("sound ends", PATIENCE_S)
    log = dtls_speaker.program.err.text[before:]
    assert log.count("keys agreed") == 1
    assert "by=remote" in log
    assert int(log.partition("received=")[2].split()[0]) > 0.7 * 50
