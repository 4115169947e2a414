"""The PBX and its phones, before the speaker has an account there: what the tests stand on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.interop.comparison import find_speech
from tests.interop.passing_time import let_talk
from tests.interop.peers import phone
from tests.interop.peers.baresip import Baresip
from tests.interop.peers.kamailio import Kamailio
from tests.interop.peers.linphonec import Linphonec
from tests.interop.peers.speaker import Speaker
from tests.interop.sound_file import read_sound
from tests.interop.speech import Sentence

pytestmark = pytest.mark.usefixtures("needs_kamailio")


@pytest.fixture
def door(pbx: Kamailio, idle_speaker: Speaker) -> Iterator[str]:
    """A name that the PBX sends to the speaker, which knows of no PBX."""
    pbx.enter_contact("door", idle_speaker.uri)
    yield "door"
    pbx.forget("door")


@pytest.mark.parametrize("transport", ["tls"])
def test_phone_calls_the_speaker(
    tmp_path: Path,
    pbx: Kamailio,
    door: str,
    idle_speaker: Speaker,
    callers_words: Sentence,
    room_words: Sentence,
    talk_s: float,
    transport: str,
) -> None:
    """RFC 3261 §16: record-routed, so that the BYE comes by."""
    account = pbx.account("phone", transport)
    recording = tmp_path / "heard.wav"
    sound = ("--play", callers_words.path, "--record", recording, "--duration", str(talk_s))
    with phone.call(account.uri_of(door), *phone.at_pbx(account), *sound) as caller:
        assert pbx.wait_until_registered("phone") == transport
        pbx.wait_for(f"heard INVITE from .*/{transport}")
        outcome = caller.outcome()
        pbx.wait_for(f"heard BYE from .*/{transport}")
        pbx.wait_until_unregistered("phone")
    idle_speaker.wait_for_calls()
    assert outcome.code == 200
    assert find_speech(callers_words.sound, idle_speaker.played()).faithful
    assert find_speech(room_words.sound, read_sound(recording)).faithful


@pytest.mark.parametrize("transport", ["tcp"])
@pytest.mark.usefixtures("needs_baresip")
def test_baresip_calls_the_speaker_which_hangs_up(
    tmp_path: Path,
    pbx: Kamailio,
    door: str,
    idle_speaker: Speaker,
    callers_words: Sentence,
    room_words: Sentence,
    talk_s: float,
    transport: str,
) -> None:
    """RFC 3261 §12.2.1.1: the speaker's BYE takes the route of the dialog."""
    account = pbx.account("phone", transport)
    with Baresip(tmp_path / "baresip", callers_words.path, account=account) as baresip:
        assert pbx.wait_until_registered("phone") == transport
        baresip.call(account.uri_of(door))
        baresip.wait_for("CALL_ESTABLISHED")
        let_talk(talk_s)
        idle_speaker.hang_up(idle_speaker.only_call)
        pbx.wait_for("heard BYE from .*/udp")
        baresip.wait_for("CALL_CLOSED")
        idle_speaker.wait_for_calls()
        heard = read_sound(baresip.heard())
    assert find_speech(callers_words.sound, idle_speaker.played()).faithful
    assert find_speech(room_words.sound, heard).faithful


@pytest.mark.parametrize("transport", ["udp"])
@pytest.mark.usefixtures("needs_linphonec")
def test_linphone_calls_the_speaker(
    tmp_path: Path,
    pbx: Kamailio,
    door: str,
    idle_speaker: Speaker,
    callers_words: Sentence,
    room_words: Sentence,
    talk_s: float,
    transport: str,
) -> None:
    account = pbx.account("phone", transport)
    with Linphonec(tmp_path / "linphone", callers_words.path, account=account) as linphone:
        assert pbx.wait_until_registered("phone") == transport
        linphone.call(account.uri_of(door))
        linphone.wait_until_talking()
        let_talk(talk_s)
        linphone.hang_up()
        pbx.wait_for(f"heard BYE from .*/{transport}")
        linphone.wait_until_ended()
        idle_speaker.wait_for_calls()
        heard = read_sound(linphone.heard)
    assert find_speech(callers_words.sound, idle_speaker.played()).faithful
    assert find_speech(room_words.sound, heard).faithful
