"""The set-up assistant at a kamailio: what works is found, proved by a call, and saved."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.certificates import AuthorityFolder
from tests.interop.peers import phone
from tests.interop.peers.kamailio import Kamailio
from tests.interop.peers.speaker import Speaker

PASSWORD = "tea-at-five"


@pytest.fixture
def speaker(tmp_path: Path, authority: AuthorityFolder) -> Iterator[Speaker]:
    """Out of the box, but for the certificate of the authority."""
    with Speaker(tmp_path / "speaker", certificates={"authority": authority.path}) as running:
        yield running


def facts(pbx: Kamailio, port: int, **more: object) -> dict[str, Any]:
    """What an installer knows of the speaker's extension."""
    return {
        "registrar": f"{pbx.sockets.address}:{port}",
        "domain": "pbx.test",
        "user_id": "speaker",
        "password": PASSWORD,
        **more,
    }


def result_of(lines: list[dict[str, Any]]) -> dict[str, Any]:
    """The conclusion."""
    assert lines[-1]["step"] == "conclusion"
    return lines[-1]


def failures_in(lines: list[dict[str, Any]]) -> list[str]:
    """What went wrong, in words, but for what the load of this machine has done to the sound."""
    words = [each["words"] for each in lines[:-1] if each["result"] == "failed"]
    return [each for each in words if "this machine could not keep up" not in each]


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_without_tls_it_registers_by_what_works_and_the_phone_hears_it(
    speaker: Speaker, pbx: Kamailio, transport: str
) -> None:
    only = {} if transport == "tcp" else {"transport": "udp"}
    with phone.listen(*phone.at_pbx(pbx.account("phone"))) as called:
        pbx.wait_until_registered("phone")
        lines = speaker.set_up_sip(
            **facts(pbx, pbx.sockets.port, test_number="phone", save=True, **only)
        )
        assert called.outcome().code == 200
    end = result_of(lines)
    assert (end["saved"], failures_in(lines)) == ("pbx", [])
    assert end["works"]["transport"] == transport
    assert [each for each in lines if each["step"] == "rtp" and each["result"] == "ok"]
    assert speaker.wait_for_registration("registered")["value"] == "registered"
    (contact,) = pbx.wait_for_contacts("speaker", 1)
    assert contact.reg_id == 1  # the account's own, not the guest's


def test_by_tls_the_sound_is_encrypted_with_a_phone_that_can(
    speaker: Speaker, pbx: Kamailio
) -> None:
    options = (*phone.at_pbx(pbx.account("phone", "tls")), "--srtp", "optional")
    with phone.listen(*options) as called:
        pbx.wait_until_registered("phone")
        lines = speaker.set_up_sip(
            **facts(
                pbx,
                pbx.sockets.tls_port,
                test_number="phone",
                trusted_certificates=["authority"],
                save=True,
            )
        )
        assert called.outcome().code == 200
    end = result_of(lines)
    assert failures_in(lines) == []
    assert (end["works"]["transport"], end["works"]["media_encryption"]) == ("tls", "mandatory")
    assert speaker.wait_for_registration("registered")["value"] == "registered"


def test_by_tls_a_phone_without_encryption_is_talked_to_all_the_same(
    speaker: Speaker, pbx: Kamailio
) -> None:
    with phone.listen(*phone.at_pbx(pbx.account("phone")), "--wait", "30") as called:
        pbx.wait_until_registered("phone")
        lines = speaker.set_up_sip(
            **facts(
                pbx,
                pbx.sockets.tls_port,
                test_number="phone",
                trusted_certificates=["authority"],
            )
        )
        assert called.outcome().code == 200
    end = result_of(lines)
    assert failures_in(lines) == []
    assert end["works"]["media_encryption"] == "best_effort"
    assert pbx.wait_for_contacts("speaker", 0) == []


def test_a_certificate_that_nobody_vouches_for_is_kept_once_it_is_accepted(
    tmp_path: Path, speaker: Speaker, pbx: Kamailio
) -> None:
    heard = pbx.heard("REGISTER")
    end = result_of(speaker.set_up_sip(**facts(pbx, pbx.sockets.tls_port, save=True)))
    assert (end["result"], end["saved"]) == ("failed", None)
    assert pbx.heard("REGISTER") == heard
    fingerprint = end["certificate"]["sha256"]
    accepted = facts(pbx, pbx.sockets.tls_port, save=True, accept_certificate=fingerprint)
    end = result_of(speaker.set_up_sip(**accepted))
    assert (end["result"], end["saved"]) == ("ok", "pbx")
    assert speaker.wait_for_registration("registered")["value"] == "registered"


@pytest.mark.parametrize(("user", "password"), [("speaker", "wrong"), ("nobody", PASSWORD)])
def test_wrong_credentials_are_told_and_not_tried_a_second_time(
    speaker: Speaker, pbx: Kamailio, user: str, password: str
) -> None:
    """Kamailio does not tell strangers from wrong passwords."""
    heard = pbx.heard("REGISTER")
    lines = speaker.set_up_sip(
        **facts(pbx, pbx.sockets.port, user_id=user) | {"password": password, "save": True}
    )
    end = result_of(lines)
    assert (end["result"], end["saved"]) == ("failed", None)
    assert "does not accept the user name and password" in end["words"]
    assert pbx.heard("REGISTER") - heard == 2  # the question, and the one answer to it
