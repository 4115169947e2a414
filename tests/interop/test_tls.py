"""The speaker, phones and OpenSSL by TLS."""

import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.certificates import Authority, AuthorityFolder, Issued, self_signed
from tests.interop.comparison import find_speech
from tests.interop.passing_time import let_talk
from tests.interop.peers import phone
from tests.interop.peers.baresip import Baresip
from tests.interop.peers.linphonec import Linphonec
from tests.interop.peers.loopback import LOOPBACK
from tests.interop.peers.speaker import Speaker
from tests.interop.sound_file import read_sound
from tests.interop.speech import Sentence

BY_TLS = """
[[sip.accounts]]
id = "tls"
default = true
transport = "tls"
trusted_certificates = ["authority"]
"""
"""Calls by TLS, and believes the authority of the tests."""


@pytest.fixture(scope="module")
def tls_speaker(
    tmp_path_factory: pytest.TempPathFactory, room_words: Sentence, authority: AuthorityFolder
) -> Iterator[Speaker]:
    """Calls by TLS, is called by TLS, and hears `room_words` over and over."""
    with Speaker(
        tmp_path_factory.mktemp("tls") / "speaker",
        "sip.certificate=shown",
        microphone=room_words.path,
        certificates={"authority": authority.path, "shown": authority.issue(LOOPBACK)},
        config=BY_TLS,
    ) as speaker:
        yield speaker


def uri_of(speaker: Speaker) -> str:
    return f"sip:speaker@{LOOPBACK}:{speaker.tls_port};transport=tls"


def test_phone_calls_and_both_sides_hear_every_word(
    tmp_path: Path,
    tls_speaker: Speaker,
    callers_words: Sentence,
    room_words: Sentence,
    talk_s: float,
) -> None:
    """PJSIP with OpenSSL 1.0.2: TLS 1.2."""
    recording = tmp_path / "phone.wav"
    options = ("--play", callers_words.path, "--record", recording, "--transport", "tls")
    with phone.call(uri_of(tls_speaker), *options, "--duration", str(talk_s)) as caller:
        outcome = caller.outcome()
        tls_speaker.wait_for_calls()
        played = tls_speaker.played()
    assert (outcome.result, outcome.ended_by) == ("completed", "local")
    assert find_speech(callers_words.sound, played).faithful
    assert find_speech(room_words.sound, read_sound(recording)).faithful


def test_speaker_calls_phone_and_both_sides_hear_every_word(
    tmp_path: Path,
    tls_speaker: Speaker,
    authority: AuthorityFolder,
    callers_words: Sentence,
    room_words: Sentence,
    talk_s: float,
) -> None:
    recording = tmp_path / "phone.wav"
    options = ("--play", callers_words.path, "--record", recording, "--transport", "tls")
    certificate = ("--certificate", authority.issue(LOOPBACK, "phone"))
    with phone.listen(*options, *certificate, "--duration", str(talk_s)) as called:
        tls_speaker.call(f"{called.uri};transport=tls")
        outcome = called.outcome()
        tls_speaker.wait_for_calls()
        played = tls_speaker.played()
    assert outcome.result == "completed"
    assert find_speech(callers_words.sound, played).faithful
    assert find_speech(room_words.sound, read_sound(recording)).faithful


@pytest.mark.usefixtures("needs_baresip")
def test_baresip_calls_and_both_sides_hear_every_word(
    tmp_path: Path,
    tls_speaker: Speaker,
    authority: AuthorityFolder,
    callers_words: Sentence,
    room_words: Sentence,
    talk_s: float,
) -> None:
    certificate = authority.issue(LOOPBACK, "baresip")
    with Baresip(tmp_path / "baresip", callers_words.path, certificate=certificate) as baresip:
        baresip.call(uri_of(tls_speaker))
        baresip.wait_until_talking()
        let_talk(talk_s)
        baresip.hang_up()
        tls_speaker.wait_for_calls()
        played, heard = tls_speaker.played(), baresip.heard()
    assert find_speech(callers_words.sound, played).faithful
    assert find_speech(room_words.sound, heard).faithful


@pytest.mark.usefixtures("needs_baresip")
def test_speaker_calls_baresip_and_both_sides_hear_every_word(
    tmp_path: Path,
    tls_speaker: Speaker,
    authority: AuthorityFolder,
    callers_words: Sentence,
    room_words: Sentence,
    talk_s: float,
) -> None:
    certificate = authority.issue(LOOPBACK, "baresip")
    with Baresip(tmp_path / "baresip", callers_words.path, certificate=certificate) as baresip:
        call = tls_speaker.call(baresip.tls_uri)
        baresip.wait_until_talking()
        let_talk(talk_s)
        tls_speaker.hang_up(call)
        baresip.wait_until_ended()
        tls_speaker.wait_for_calls()
        played, heard = tls_speaker.played(), baresip.heard()
    assert find_speech(callers_words.sound, played).faithful
    assert find_speech(room_words.sound, heard).faithful


@pytest.mark.usefixtures("needs_linphonec")
def test_linphone_calls_and_both_sides_hear_every_word(
    tmp_path: Path,
    tls_speaker: Speaker,
    callers_words: Sentence,
    room_words: Sentence,
    talk_s: float,
) -> None:
    with Linphonec(tmp_path / "linphone", callers_words.path, transport="tls") as linphone:
        linphone.call(uri_of(tls_speaker))
        linphone.wait_until_talking()
        let_talk(talk_s)
        linphone.hang_up()
        tls_speaker.wait_for_calls()
        linphone.wait_until_ended()
        played, heard = tls_speaker.played(), linphone.heard()
    assert find_speech(callers_words.sound, played).faithful
    assert find_speech(room_words.sound, heard).faithful


def test_calls_by_sips_uris_go_through_in_both_directions(
    tmp_path: Path, authority: AuthorityFolder
) -> None:
    """RFC 5630: PJSIP ends a dialog whose other side is not at a `sips:` URI."""
    shown = authority.issue(LOOPBACK)
    certificates = {"authority": authority.path, "shown": shown}
    settings = ("sip.certificate=shown", "sip.accounts[0].sips=true")
    options = ("--transport", "tls", "--certificate", shown, "--duration", "0.5")
    with Speaker(
        tmp_path / "speaker", *settings, certificates=certificates, config=BY_TLS
    ) as speaker:
        with phone.listen(*options) as called:
            speaker.call(called.uri.replace("sip:", "sips:"))
            assert called.outcome().result == "completed"
            speaker.wait_for_calls()
        with phone.call(f"sips:speaker@{LOOPBACK}:{speaker.tls_port}", *options) as caller:
            assert caller.outcome().result == "completed"
            speaker.wait_for_calls()


def _expired(authority: Authority) -> Issued:
    return authority.issue(addresses=[LOOPBACK], days=(-20, -10))


def _wrong_name(authority: Authority) -> Issued:
    return authority.issue(dns=["other.example"], addresses=["192.0.2.1"])


def _unknown(_authority: Authority) -> Issued:
    return Authority("Nobody").issue(addresses=[LOOPBACK])


def _signed_by_itself(_authority: Authority) -> Issued:
    return self_signed("phone")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (_expired, "shows a certificate that has expired"),
        (_wrong_name, f"shows a certificate for other.example, 192.0.2.1, and not for {LOOPBACK}"),
        (_unknown, "shows a certificate from an unknown CA"),
        (_signed_by_itself, "shows a self-signed certificate that is not among the trusted ones"),
    ],
)
def test_a_phone_that_is_not_who_it_should_be_is_not_called_and_the_log_says_why(
    tmp_path: Path, make: Callable[[Authority], Issued], words: str
) -> None:
    """RFC 5922 §7; nothing of the call, no number and no name, reaches the phone."""
    authority, ca = Authority.kept(tmp_path)
    shown = make(authority)
    (tmp_path / "phone.pem").write_bytes(shown.key_pem + shown.pem)
    with (
        Speaker(tmp_path / "speaker", certificates={"authority": ca}, config=BY_TLS) as speaker,
        phone.listen(
            "--transport", "tls", "--certificate", tmp_path / "phone.pem", "--wait", "2"
        ) as called,
    ):
        speaker.call(f"{called.uri};transport=tls")
        speaker.wait_for_calls()
        speaker.program.err.wait_for(re.escape(words), 5)
        assert called.outcome().result == "network"  # nobody has called


def test_a_pinned_certificate_is_enough(tmp_path: Path) -> None:
    """It is signed by nobody else and names nobody."""
    shown = self_signed("phone")
    (tmp_path / "phone.pem").write_bytes(shown.key_pem + shown.pem)
    (tmp_path / "pin.pem").write_bytes(shown.pem)
    pinned = {"authority": tmp_path / "pin.pem"}
    certificate = ("--certificate", tmp_path / "phone.pem")
    with (
        Speaker(tmp_path / "speaker", certificates=pinned, config=BY_TLS) as speaker,
        phone.listen("--transport", "tls", *certificate, "--duration", "0.5") as called,
    ):
        speaker.call(f"{called.uri};transport=tls")
        assert called.outcome().result == "completed"
        speaker.wait_for_calls()


def shakes_hands(speaker: Speaker, *options: str) -> str:
    """What `openssl s_client` has to say of the speaker."""
    command = ["openssl", "s_client", "-connect", f"{LOOPBACK}:{speaker.tls_port}", *options]
    done = subprocess.run(command, input=b"", capture_output=True, timeout=10)
    return (done.stdout + done.stderr).decode(errors="replace")


@pytest.mark.parametrize(
    ("options", "spoken"),
    [
        (["-tls1_3"], "New, TLSv1.3, Cipher is TLS_AES_256_GCM_SHA384"),
        (["-tls1_2"], "New, TLSv1.2, Cipher is ECDHE-ECDSA-AES256-GCM-SHA384"),
        (["-tls1_2", "-cipher", "ECDHE+CHACHA20"], "Cipher is ECDHE-ECDSA-CHACHA20-POLY1305"),
    ],
)
def test_openssl_and_the_speaker_agree_on_good_terms(
    tls_speaker: Speaker, authority: AuthorityFolder, options: list[str], spoken: str
) -> None:
    told = shakes_hands(tls_speaker, "-CAfile", str(authority.path), *options)
    assert spoken in told
    assert "Verification: OK" in told
    assert "Compression: NONE" in told


@pytest.mark.parametrize(
    "options",
    [
        ["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"],
        ["-tls1", "-cipher", "ALL:@SECLEVEL=0"],
        ["-tls1_2", "-cipher", "AES128-SHA:@SECLEVEL=0"],
        ["-tls1_2", "-cipher", "AES256-GCM-SHA384:@SECLEVEL=0"],
        ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0"],
        ["-tls1_2", "-cipher", "aNULL:eNULL:@SECLEVEL=0"],
    ],
    ids=" ".join,
)
def test_openssl_is_refused_on_bad_terms(tls_speaker: Speaker, options: list[str]) -> None:
    """RFC 8996, RFC 9325: old versions; no forward secrecy; CBC; nobody's and no encryption."""
    told = shakes_hands(tls_speaker, *options)
    assert "Cipher is (NONE)" in told
    assert "alert" in told


def test_a_certificate_is_renewed_in_the_middle_of_a_call(tmp_path: Path) -> None:
    """New connections see the new one; the call goes on by its own and ends as it should."""
    authority, ca = Authority.kept(tmp_path)
    first, second = (authority.issue(addresses=[LOOPBACK], common_name=n) for n in "ab")
    folder = tmp_path / "speaker"
    (tmp_path / "shown.pem").write_bytes(first.key_pem + first.pem)
    certificates = {"authority": ca, "shown": tmp_path / "shown.pem"}
    with (
        Speaker(
            folder, "sip.certificate=shown", certificates=certificates, config=BY_TLS
        ) as speaker,
        phone.call(uri_of(speaker), "--transport", "tls") as caller,
    ):
        caller.wait_until_answered()
        assert "CN = a" in shakes_hands(speaker)
        new = folder / "data" / "certificates" / "shown.pem"
        new.write_bytes(second.key_pem + second.pem)
        assert "CN = b" in shakes_hands(speaker)
        caller.hang_up()
        assert caller.outcome().result == "completed"
        speaker.wait_for_calls()


def test_a_certificate_that_expires_soon_is_warned_of(tmp_path: Path) -> None:
    authority, ca = Authority.kept(tmp_path)
    shown = authority.issue(addresses=[LOOPBACK], days=(-1, 10.5))
    (tmp_path / "shown.pem").write_bytes(shown.key_pem + shown.pem)
    certificates = {"authority": ca, "shown": tmp_path / "shown.pem"}
    with Speaker(
        tmp_path / "speaker", "sip.certificate=shown", certificates=certificates, config=BY_TLS
    ) as speaker:
        speaker.program.err.wait_for(r"shown\.pem expires in 10 days", 5)
