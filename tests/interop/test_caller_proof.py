"""Callers prove by a password who they are, to a speaker that is called directly (RFC 3261 §22)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.interop.comparison import find_speech
from tests.interop.passing_time import let_talk
from tests.interop.peers.baresip import Baresip
from tests.interop.peers.linphonec import Linphonec
from tests.interop.peers.pbx_account import PbxAccount
from tests.interop.peers.speaker import Speaker
from tests.interop.speech import Sentence

pytestmark = pytest.mark.usefixtures("needs_linphonec")

ASKS_FOR_PROOF = """
[[sip.accounts]]
id = "door"
default = true
callers = [{ username = "desk", password = "fish-and-chips" }]
"""


def desk(speaker: Speaker, password: str) -> PbxAccount:
    """What a telephone must know to call the speaker, as if that were its PBX."""
    server = speaker.uri.partition("@")[2]
    return PbxAccount(user="desk", password=password, server=server)


def test_who_knows_the_password_is_heard(
    tmp_path: Path, callers_words: Sentence, talk_s: float
) -> None:
    with Speaker(tmp_path / "speaker", config=ASKS_FOR_PROOF) as speaker:
        account = desk(speaker, "fish-and-chips")
        with Linphonec(tmp_path / "linphone", callers_words.path, account=account) as linphone:
            linphone.call(speaker.uri)
            linphone.wait_until_talking()
            let_talk(talk_s)
            linphone.hang_up()
            linphone.wait_until_ended()
        speaker.wait_for_calls()
        assert "call challenged" in speaker.program.err.text
        assert find_speech(callers_words.sound, speaker.played()).faithful


def test_who_does_not_know_it_is_not_heard(tmp_path: Path, callers_words: Sentence) -> None:
    with Speaker(tmp_path / "speaker", config=ASKS_FOR_PROOF) as speaker:
        account = desk(speaker, "guessed")
        with Linphonec(tmp_path / "linphone", callers_words.path, account=account) as linphone:
            linphone.call(speaker.uri)
            linphone.wait_until_ended()
        speaker.program.err.wait_for("caller proves nothing", 5)
        assert "call arrives" not in speaker.program.err.text
        assert "guessed" not in speaker.program.err.text


@pytest.mark.usefixtures("needs_baresip")
def test_a_phone_that_knows_md5_alone_may_be_asked_for_that(
    tmp_path: Path, callers_words: Sentence
) -> None:
    """Such as baresip 1.0, which gives up when it is offered SHA-256 as well."""
    config = f"{ASKS_FOR_PROOF}callers_md5_only = true\n"
    with Speaker(tmp_path / "speaker", config=config) as speaker:
        account = desk(speaker, "fish-and-chips")
        with Baresip(tmp_path / "baresip", callers_words.path, account=account) as baresip:
            baresip.call(speaker.uri)
            baresip.wait_until_talking()
            baresip.hang_up()
        speaker.wait_for_calls()
