"""Keys of the sound by DTLS (RFC 5763), with baresip and Linphone, judged by content."""

from collections.abc import Iterator
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
    assert find_speech(callers_words.sound, dtls_speaker.played()).faithful
    assert find_speech(room_words.sound, dtls_telephone.heard()).faithful
