"""The speaker as a user of a PBX."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.certificates import AuthorityFolder
from tests.interop.comparison import hears
from tests.interop.passing_time import let_talk
from tests.interop.pbx_settings import AUTHORITY, DOMAIN, registered
from tests.interop.peers import phone
from tests.interop.peers.kamailio import Kamailio, Rules
from tests.interop.peers.loopback import LOOPBACK
from tests.interop.peers.sipp import Sipp
from tests.interop.peers.speaker import Speaker
from tests.interop.peers.telephone import TelephoneMaker
from tests.interop.sound_file import read_sound
from tests.interop.speech import Sentence

PASSWORD = "tea-at-five"
USERS = {"speaker": PASSWORD}
SHORT_S = 10
"""A lifetime that is refreshed after 5 s, which is as often as the speaker does it at all."""

HAMMERING_S = 2.0
"""In which an impatient client would try a wrong password many times."""

COME_BACK_LIMIT_S = 40.0
"""RFC 5626 §4.5 lets a client wait for 30 s after the first failure, and half as long at random."""

pytestmark = pytest.mark.usefixtures("needs_kamailio")


@pytest.fixture
def user(
    tmp_path: Path, pbx: Kamailio, room_words: Sentence, authority: AuthorityFolder, transport: str
) -> Iterator[Speaker]:
    """A speaker that is registered at the shared PBX, and has left it when the test is over."""
    config = registered(pbx.account("speaker", transport))
    with Speaker(
        tmp_path / "speaker",
        microphone=room_words.path,
        certificates={AUTHORITY: authority.path},
        config=config,
    ) as speaker:
        assert pbx.wait_until_registered("speaker") == transport
        speaker.wait_for_registration("registered")
        yield speaker
        speaker.stop()
    sys.stderr.write(speaker.program.err.text)
    assert pbx.contacts("speaker") == []


@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
def test_phone_calls_the_speaker_and_hangs_up(
    tmp_path: Path,
    pbx: Kamailio,
    user: Speaker,
    callers_words: Sentence,
    room_words: Sentence,
    talk_s: float,
    transport: str,
) -> None:
    """The phone speaks by another transport than the speaker does."""
    account = pbx.account("phone", {"udp": "tls", "tcp": "udp", "tls": "tcp"}[transport])
    recording = tmp_path / "heard.wav"
    sound = ("--play", callers_words.path, "--record", recording, "--duration", str(talk_s))
    user.listen_anew()
    with phone.call(account.uri_of("speaker"), *phone.at_pbx(account), *sound) as caller:
        outcome = caller.outcome()
    user.wait_for_calls()
    assert outcome.code == 200
    assert hears(callers_words.sound, user.played())
    assert hears(room_words.sound, read_sound(recording))


@pytest.mark.parametrize(
    ("new_telephone", "transport"),
    [("baresip", "tls"), ("linphonec", "tcp")],
    indirect=["new_telephone"],
)
def test_speaker_calls_a_telephone_and_hangs_up(
    tmp_path: Path,
    new_telephone: TelephoneMaker,
    pbx: Kamailio,
    user: Speaker,
    callers_words: Sentence,
    room_words: Sentence,
    talk_s: float,
) -> None:
    """RFC 3261 §22.3: the PBX asks who is calling."""
    account = pbx.account("phone", "udp")
    with new_telephone(tmp_path / "telephone", callers_words.path, account=account) as telephone:
        pbx.wait_until_registered("phone")
        user.listen_anew()
        call = user.call(f"sip:phone@{DOMAIN}")
        telephone.wait_until_talking()
        let_talk(talk_s)
        user.hang_up(call)
        telephone.wait_until_ended()
        heard = telephone.heard()
    assert hears(callers_words.sound, user.played())
    assert hears(room_words.sound, heard)


@pytest.mark.usefixtures("needs_sipp")
@pytest.mark.parametrize("transport", ["udp"])
def test_sipp_calls_the_speaker_many_times(
    tmp_path: Path, pbx: Kamailio, user: Speaker, transport: str
) -> None:
    with Sipp(tmp_path / "sipp", "call.xml", target=pbx.uri_of("speaker"), calls=20) as sipp:
        assert sipp.succeed().successful == 20
    user.wait_for_calls()


@pytest.mark.parametrize(
    "rules",
    [
        Rules(users=USERS, algorithm="SHA-256", nonce_expire_s=1),
        Rules(users=USERS, counts_nonces=True),
        Rules(users=USERS, qop=""),
    ],
    ids=["SHA-256, stale nonces", "counted nonces", "no qop"],
)
def test_speaker_proves_itself_and_refreshes_in_time(tmp_path: Path, rules: Rules) -> None:
    """RFC 7616 and RFC 3261 §10.2.4, at a PBX that grants a few seconds only."""
    short = replace(rules, max_expires_s=SHORT_S)
    with (
        Kamailio(tmp_path / "kamailio", short) as kamailio,
        Speaker(tmp_path / "speaker", config=registered(kamailio.account("speaker"))),
    ):
        kamailio.wait_until_registered("speaker")
        (first,) = kamailio.contacts("speaker")
        kamailio.wait_for("registered speaker again", SHORT_S)
        (last,) = kamailio.contacts("speaker")
    assert (first.uri, first.call_id) == (last.uri, last.call_id)


def test_longer_interval_is_taken_when_the_registrar_wants_it(tmp_path: Path) -> None:
    """RFC 3261 §10.2.8: 423 with Min-Expires."""
    with (
        Kamailio(tmp_path / "kamailio", Rules(users=USERS, min_expires_s=1200)) as kamailio,
        Speaker(
            tmp_path / "speaker",
            config=registered(kamailio.account("speaker"), settings={"register_interval_s": 600}),
        ),
    ):
        kamailio.wait_for("answered REGISTER of speaker with 423")
        kamailio.wait_until_registered("speaker")
        (contact,) = kamailio.contacts("speaker")
    assert isinstance(contact.expires_s, int)
    assert 1190 < contact.expires_s <= 1200


def test_wrong_password_is_tried_once(tmp_path: Path) -> None:
    """RFC 3261 §22.2: credentials that were refused are not sent again."""
    with Kamailio(tmp_path / "kamailio", Rules(users=USERS)) as kamailio:
        account = replace(kamailio.account("speaker"), password="coffee")
        with Speaker(tmp_path / "speaker", config=registered(account)) as speaker:
            state = speaker.wait_for_registration("refused")
            let_talk(HAMMERING_S)
        assert (state["code"], "coffee" in speaker.program.err.text) == (401, False)
        assert kamailio.heard("REGISTER") == 2


@pytest.mark.parametrize("transport", ["tls"])
def test_speaker_comes_back_as_soon_as_the_pbx_does(
    tmp_path: Path, authority: AuthorityFolder, transport: str
) -> None:
    """RFC 5626 §4.4.1: the connection is gone, and the registration with it."""
    rules = Rules(users=USERS, certificate=authority.issue(LOOPBACK))
    with (
        Kamailio(tmp_path / "kamailio", rules) as kamailio,
        Speaker(
            tmp_path / "speaker",
            certificates={AUTHORITY: authority.path},
            config=registered(kamailio.account("speaker", transport)),
        ) as speaker,
    ):
        kamailio.wait_until_registered("speaker")
        speaker.wait_for_registration("registered")
        kamailio.end()
        speaker.wait_for_registration("waiting", "registering")
        kamailio.start_again()
        kamailio.wait_until_registered("speaker", COME_BACK_LIMIT_S)
        speaker.wait_for_registration("registered")
        assert len(kamailio.contacts("speaker")) == 1


def test_calls_come_by_the_way_of_the_registration(tmp_path: Path) -> None:
    """RFC 3327: the registrar sends calls through the edge that the speaker registered by."""
    with (
        Kamailio(tmp_path / "registrar", Rules(users=USERS)) as registrar,
        Kamailio(tmp_path / "edge", Rules(users={}, registrar_behind=registrar.sockets)) as edge,
        Speaker(
            tmp_path / "speaker",
            config=registered(registrar.account("speaker"), proxies=[edge.host_and_port]),
        ) as speaker,
    ):
        registrar.wait_until_registered("speaker")
        (contact,) = registrar.contacts("speaker")
        assert edge.host_and_port in contact.path
        with phone.call(registrar.uri_of("speaker"), "--duration", "0.2") as caller:
            edge.wait_for("heard INVITE")
            assert caller.outcome().code == 200
        speaker.wait_for_calls()


def test_server_that_cannot_prove_itself_hears_nothing(
    tmp_path: Path, authority: AuthorityFolder
) -> None:
    """RFC 5922 §7.1: its certificate is of an authority that nobody trusts."""
    impostor = AuthorityFolder.found(tmp_path / "impostor", "Impostor")
    rules = Rules(users=USERS, certificate=impostor.issue(LOOPBACK))
    with (
        Kamailio(tmp_path / "kamailio", rules) as kamailio,
        Speaker(
            tmp_path / "speaker",
            certificates={AUTHORITY: authority.path},
            config=registered(kamailio.account("speaker", "tls")),
        ) as speaker,
    ):
        speaker.wait_for_registration("waiting")
        assert "certificate" in speaker.program.err.text
        assert kamailio.heard("REGISTER") == 0


def test_server_is_shown_the_certificate_that_it_asks_for(
    tmp_path: Path, authority: AuthorityFolder
) -> None:
    rules = Rules(
        users=USERS,
        certificate=authority.issue(LOOPBACK),
        client_authority=authority.path,
    )
    with (
        Kamailio(tmp_path / "kamailio", rules) as kamailio,
        Speaker(
            tmp_path / "speaker",
            certificates={AUTHORITY: authority.path, "hall": authority.issue("hall.test")},
            config=registered(kamailio.account("speaker", "tls"), certificate="hall"),
        ),
    ):
        assert kamailio.wait_until_registered("speaker") == "tls"
