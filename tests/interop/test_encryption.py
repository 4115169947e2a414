"""Encrypted sound with PJSIP, baresip and Linphone, both ways, judged by content."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.interop.comparison import find_speech
from tests.interop.passing_time import let_talk
from tests.interop.peers import phone
from tests.interop.peers.baresip import Baresip
from tests.interop.peers.linphonec import Linphonec
from tests.interop.peers.speaker import Speaker
from tests.interop.sound_file import read_sound
from tests.interop.speech import Sentence

PJSIP_S_BEST = "AES_256_CM_HMAC_SHA1_80"
"""What a phone agrees to that has no AES-GCM (RFC 6188)."""
BEST_OF: Final = {
    (Baresip, "telephone"): "AES_CM_128_HMAC_SHA1_80",
    (Baresip, "speaker"): "AEAD_AES_256_GCM",
    (Linphonec, "telephone"): "AES_256_CM_HMAC_SHA1_80",
    (Linphonec, "speaker"): "AES_CM_128_HMAC_SHA1_80",
}
"""baresip offers one suite only, and takes all but those of AES-256 in counter mode. By UDP the
speaker offers none of these."""

MANDATORY = """
[[sip.accounts]]
id = "safe"
default = true
media_encryption = "mandatory"
"""


@pytest.fixture(scope="module")
def safe_speaker(
    tmp_path_factory: pytest.TempPathFactory, room_words: Sentence
) -> Iterator[Speaker]:
    """A speaker that talks encrypted or not at all."""
    folder = tmp_path_factory.mktemp("safe") / "speaker"
    with Speaker(folder, microphone=room_words.path, config=MANDATORY) as speaker:
        yield speaker


@pytest.mark.parametrize("wish", ["optional", "mandatory"])
def test_phone_calls_and_both_sides_hear_every_word(
    tmp_path: Path,
    safe_speaker: Speaker,
    callers_words: Sentence,
    room_words: Sentence,
    talk_s: float,
    wish: str,
) -> None:
    safe_speaker.listen_anew()
    before = len(safe_speaker.program.err.text)
    recording = tmp_path / "phone.wav"
    options = ("--play", callers_words.path, "--record", recording, "--srtp", wish)
    with phone.call(safe_speaker.uri, *options, "--duration", str(talk_s)) as caller:
        outcome = caller.outcome()
        safe_speaker.wait_for_calls()
        played = safe_speaker.played()
    assert (outcome.result, outcome.packets_lost) == ("completed", 0)
    assert f"encryption={PJSIP_S_BEST}" in safe_speaker.program.err.text[before:]
    assert find_speech(callers_words.sound, played).faithful
    assert find_speech(room_words.sound, read_sound(recording)).faithful


def test_speaker_calls_and_both_sides_hear_every_word(
    tmp_path: Path,
    safe_speaker: Speaker,
    callers_words: Sentence,
    room_words: Sentence,
    talk_s: float,
) -> None:
    safe_speaker.listen_anew()
    recording = tmp_path / "phone.wav"
    options = ("--play", callers_words.path, "--record", recording, "--srtp", "mandatory")
    with phone.listen(*options, "--duration", str(talk_s)) as called:
        safe_speaker.call(called.uri)
        outcome = called.outcome()
        safe_speaker.wait_for_calls()
        played = safe_speaker.played()
    assert outcome.result == "completed"
    assert find_speech(callers_words.sound, played).faithful
    assert find_speech(room_words.sound, read_sound(recording)).faithful


def test_a_phone_that_would_talk_plainly_is_refused(safe_speaker: Speaker) -> None:
    with phone.call(safe_speaker.uri, "--duration", "5") as caller:
        outcome = caller.outcome()
    assert (outcome.result, outcome.code) == ("refused", 488)
    assert safe_speaker.call_states() == []


@pytest.mark.parametrize(
    ("make", "encryption"),
    [
        pytest.param(Baresip, "srtp-mand", id="baresip"),
        pytest.param(Linphonec, "srtp", id="linphonec"),
    ],
)
@pytest.mark.parametrize("caller", ["telephone", "speaker"])
def test_telephone_and_room_hear_every_word_whoever_calls(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    safe_speaker: Speaker,
    callers_words: Sentence,
    room_words: Sentence,
    talk_s: float,
    make: type[Baresip] | type[Linphonec],
    encryption: str,
    caller: str,
) -> None:
    request.getfixturevalue(f"needs_{make.__name__.lower()}")
    safe_speaker.listen_anew()
    before = len(safe_speaker.program.err.text)
    with make(tmp_path / "telephone", callers_words.path, encryption=encryption) as telephone:
        if caller == "telephone":
            telephone.call(safe_speaker.uri)
        else:
            safe_speaker.call(telephone.uri)
        telephone.wait_until_talking()
        let_talk(talk_s)
        telephone.hang_up()
        safe_speaker.wait_for_calls()
        played = safe_speaker.played()
        heard = telephone.heard()
    assert f"encryption={BEST_OF[make, caller]}" in safe_speaker.program.err.text[before:]
    assert find_speech(callers_words.sound, played).faithful
    assert find_speech(room_words.sound, heard).faithful
