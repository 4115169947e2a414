"""The PBX and its phones, with a speaker that has no account there."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.interop.comparison import hears
from tests.interop.passing_time import let_talk
from tests.interop.peers.kamailio import Kamailio
from tests.interop.peers.sipp import Sipp
from tests.interop.peers.speaker import Speaker
from tests.interop.peers.telephone import TelephoneMaker
from tests.interop.speech import Sentence

pytestmark = pytest.mark.usefixtures("needs_kamailio")


@pytest.fixture
def door(pbx: Kamailio, idle_speaker: Speaker) -> Iterator[str]:
    """A name that the PBX sends to the speaker, which knows of no PBX."""
    pbx.enter_contact("door", idle_speaker.uri)
    yield "door"
    pbx.forget("door")


def test_telephone_calls_the_speaker_which_hangs_up(
    tmp_path: Path,
    new_telephone: TelephoneMaker,
    pbx: Kamailio,
    door: str,
    idle_speaker: Speaker,
    callers_words: Sentence,
    room_words: Sentence,
    talk_s: float,
) -> None:
    """RFC 3261 §16 and §12.2.1.1: record-routed, and the speaker's BYE goes by that route."""
    account = pbx.account("phone", "tcp")
    with new_telephone(tmp_path / "telephone", callers_words.path, account=account) as telephone:
        assert pbx.wait_until_registered("phone") == "tcp"
        telephone.call(account.uri_of(door))
        telephone.wait_until_talking()
        let_talk(talk_s)
        idle_speaker.hang_up(idle_speaker.only_call)
        pbx.wait_for("heard BYE from .*/udp")
        telephone.wait_until_ended()
        idle_speaker.wait_for_calls()
        heard = telephone.heard()
    assert hears(callers_words.sound, idle_speaker.played())
    assert hears(room_words.sound, heard)


@pytest.mark.usefixtures("needs_sipp")
@pytest.mark.parametrize("tcp", [False, True], ids=["udp", "tcp"])
def test_sipp_calls_the_speaker_many_times(
    tmp_path: Path, pbx: Kamailio, door: str, idle_speaker: Speaker, tcp: bool
) -> None:
    with Sipp(
        tmp_path / "sipp", "call.xml", target=pbx.uri_of(door), calls=10, talk_ms=50, tcp=tcp
    ) as sipp:
        assert sipp.succeed().successful == 10
    idle_speaker.wait_for_calls()
