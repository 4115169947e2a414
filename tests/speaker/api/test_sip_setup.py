"""`POST /api/v1/sip/setup`, with a PBX in this process."""

import json
import socket
import ssl
from pathlib import Path
from typing import Any

import httpx
import pytest

from sip.syntax.message import Request, Response, make_response
from tests.certificates import Authority, Issued, self_signed
from tests.speaker.http.serving import Served, serving
from tests.speaker.stream_pbx import stream_pbx
from tests.speaker.udp_pbx import HOST, Pbx, asks_to_be_forgotten, running_pbx

pytestmark = pytest.mark.real_time

PASSWORD = "correct horse"
QUICK = "sip.max_retransmissions=0"


async def set_up(http: httpx.AsyncClient, pbx: Pbx, **more: object) -> list[dict[str, Any]]:
    """The lines of a set-up of extension 100 at the PBX."""
    facts = {
        "registrar": f"{HOST}:{pbx.port}",
        "user_id": "100",
        "password": PASSWORD,
        **more,
    }
    answered = await http.post("/api/v1/sip/setup", json=facts, timeout=60)
    assert answered.status_code == 200, answered.text
    assert PASSWORD not in answered.text
    return [json.loads(line) for line in answered.text.splitlines()]


def told(lines: list[dict[str, Any]], step: str) -> str:
    """The results and words of a step."""
    return "\n".join(f"{each['result']} {each['words']}" for each in lines if each["step"] == step)


def credentials(pbx: Pbx) -> list[str]:
    """Those that were sent to the PBX."""
    return [value for each in pbx.requests if (value := each.headers.get("Authorization"))]


def server_context(folder: Path, issued: Issued) -> ssl.SSLContext:
    files = issued.kept(folder, "pbx-shows")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.chain, files.key)
    return context


def assert_nothing_is_left(served: Served) -> None:
    accounts = {each.id for each in served.device.settings.sip.accounts if each.active}
    assert served.device.telephony.accounts.keys() == accounts
    assert not [each for each in served.device.bus.conditions() if "set-up" in str(each)]


async def test_what_works_is_found_called_saved_and_registered(tmp_path: Path) -> None:
    async with (
        running_pbx(Pbx(password=PASSWORD)) as pbx,
        serving(tmp_path, QUICK) as served,
        served.local() as http,
    ):
        lines = await set_up(http, pbx, test_number="200", save=True, default=True, name="Office")
        end = lines[-1]
        assert (end["step"], end["result"], end["saved"]) == ("conclusion", "ok", "pbx")
        assert end["works"]["transport"] == "udp"
        assert f"note port {pbx.port} of {HOST} is closed" in told(lines, "connection")
        assert "ok answered after" in told(lines, "answer")
        assert "packets of sound came" in told(lines, "rtp")
        sip = served.device.settings.sip
        account = sip.default_account
        assert (account.id, account.name, account.transport) == ("pbx", "Office", "udp")
        assert account.password.reveal() == PASSWORD
        assert sip.accounts[0].id == "peer_to_peer"
        await pbx.first(lambda each: "reg-id=1" in (each.headers.get("Contact") or ""))
        entries = served.device.store.audit.entries(2)
        assert [each.address for each in entries] == ["192.0.2.77"] * 2
        assert PASSWORD not in str(entries)


async def test_what_is_not_to_be_saved_leaves_no_trace(tmp_path: Path) -> None:
    async with (
        running_pbx(Pbx(password=PASSWORD)) as pbx,
        serving(tmp_path, QUICK) as served,
        served.local() as http,
    ):
        before = served.device.settings
        end = (await set_up(http, pbx))[-1]
        assert (end["result"], end["saved"]) == ("ok", None)
        assert served.device.settings is before
        assert not pbx.registered
        assert_nothing_is_left(served)


async def test_accounts_that_the_command_line_fixes_are_not_set_up(tmp_path: Path) -> None:
    """Else it would find out for minutes what it may not save."""
    async with (
        running_pbx(Pbx(password=PASSWORD)) as pbx,
        serving(tmp_path, QUICK, fixed=['sip.accounts=[{id="door", default=true}]']) as served,
        served.local() as http,
    ):
        before = served.device.settings, served.device.store.audit.entries()
        facts = {"registrar": f"{HOST}:{pbx.port}", "user_id": "100", "password": PASSWORD}
        for save in (True, False):
            refused = await http.post("/api/v1/sip/setup", json={**facts, "save": save})
            assert refused.status_code == 409
            (problem,) = refused.json()["problems"]
            assert problem["key"] == "sip.accounts"
            assert "--set" in problem["rule"]
        assert (served.device.settings, served.device.store.audit.entries()) == before
        assert not pbx.requests
        assert_nothing_is_left(served)


async def test_a_wrong_password_is_sent_once_and_ends_it(tmp_path: Path) -> None:
    async with (
        running_pbx(Pbx(password="other")) as pbx,
        serving(tmp_path, QUICK) as served,
        served.local() as http,
    ):
        lines = await set_up(http, pbx, save=True)
        end = lines[-1]
        assert end["result"] == "failed"
        assert "does not accept the user name and password" in end["words"]
        assert "does not lock the account" in end["words"]
        assert len(credentials(pbx)) == 1
        assert len(served.device.settings.sip.accounts) == 1
        assert_nothing_is_left(served)


class WithoutUsers(Pbx):
    """Knows nobody."""

    def _registered(self, request: Request) -> Response:
        return make_response(request, 404, to_tag="pbx")


async def test_an_unknown_user_is_told_and_asked_for_no_second_time(tmp_path: Path) -> None:
    async with (
        stream_pbx(WithoutUsers()) as pbx,
        serving(tmp_path, QUICK) as served,
        served.local() as http,
    ):
        end = (await set_up(http, pbx, transport="tcp"))[-1]
        assert "the server does not know this user: compare `user_id`" in end["words"]
        assert "other ways were not tried" in end["words"]
        assert len(pbx.of_method("REGISTER")) == 1


async def test_a_server_that_keeps_silent_is_told(tmp_path: Path) -> None:
    async with (
        running_pbx(Pbx(silent=True)) as pbx,
        serving(tmp_path, QUICK) as served,
        served.local() as http,
    ):
        lines = await set_up(http, pbx, transport="udp")
        assert "does a firewall let SIP pass" in lines[-1]["words"]
        assert credentials(pbx) == []


async def test_a_closed_port_is_told_for_each_way(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind((HOST, 0))
        pbx = Pbx()
        pbx.port = taken.getsockname()[1]
    async with serving(tmp_path, QUICK) as served, served.local() as http:
        lines = await set_up(http, pbx)
    assert told(lines, "connection").count(f"port {pbx.port} of {HOST} is closed") == 3
    assert "it uses another port or transport" in lines[-1]["words"]


async def test_a_name_that_nobody_knows_is_told(tmp_path: Path) -> None:
    pbx = Pbx()
    pbx.port = 5060
    async with serving(tmp_path, QUICK) as served, served.local() as http:
        lines = await set_up(http, pbx, registrar="pbx.invalid", transport="tcp")
    assert "'pbx.invalid' is not found: the name is misspelt" in lines[-1]["words"]


async def test_a_certificate_that_nobody_vouches_for_is_asked_about_and_no_password_is_sent(
    tmp_path: Path,
) -> None:
    shown = self_signed("pbx")
    async with (
        stream_pbx(Pbx(password=PASSWORD), server_context(tmp_path, shown)) as pbx,
        serving(tmp_path / "data", QUICK) as served,
        served.local() as http,
    ):
        end = (await set_up(http, pbx, save=True))[-1]
        assert (end["result"], end["saved"]) == ("failed", None)
        assert "Compare the fingerprint" in end["words"]
        assert "CN=pbx" in end["certificate"]["subject"]
        assert pbx.requests == []
        other = (await set_up(http, pbx, save=True, accept_certificate="00" * 32))[-1]
        assert other["saved"] is None
        assert pbx.requests == []


async def test_an_accepted_certificate_is_kept_and_from_then_on_no_other_is_believed(
    tmp_path: Path,
) -> None:
    shown = self_signed("pbx")
    async with (
        stream_pbx(Pbx(password=PASSWORD), server_context(tmp_path, shown)) as pbx,
        serving(tmp_path / "data", QUICK) as served,
        served.local() as http,
    ):
        asked = (await set_up(http, pbx))[-1]
        fingerprint = asked["certificate"]["sha256"]
        lines = await set_up(http, pbx, save=True, accept_certificate=fingerprint)
        assert lines[-1]["result"] == "ok", lines
        assert lines[-1]["works"]["transport"] == "tls"
        account = served.device.settings.sip.accounts[-1]
        assert account.verify_server_certificate
        assert account.trusted_certificates == ("pbx-server",)
        kept = served.device.certificates_folder / "pbx-server.pem"
        assert kept.read_bytes() == shown.pem
        await pbx.first(lambda each: "reg-id=1" in (each.headers.get("Contact") or ""))


async def test_a_certificate_of_an_authority_that_is_trusted_is_enough(tmp_path: Path) -> None:
    folder = tmp_path / "authority"
    folder.mkdir()
    authority, _ = Authority.kept(folder)
    shown = authority.issue(addresses=[HOST])
    async with (
        stream_pbx(Pbx(password=PASSWORD), server_context(tmp_path, shown)) as pbx,
        serving(tmp_path / "data", QUICK) as served,
        served.local() as http,
    ):
        folder.joinpath("ca.pem").rename(served.device.certificates_folder / "house.pem")
        lines = await set_up(http, pbx, trusted_certificates=["house"])
        assert lines[-1]["result"] == "ok", lines
        assert f"ok {HOST} proves to us who it is; TLSv1.3" in told(lines, "certificate")
        assert lines[-1]["works"]["media_encryption"] == "best_effort"


async def test_an_accepted_certificate_that_has_expired_is_of_no_use(tmp_path: Path) -> None:
    shown = self_signed("pbx", days=(-20, -10))
    async with (
        stream_pbx(Pbx(password=PASSWORD), server_context(tmp_path, shown)) as pbx,
        serving(tmp_path / "data", QUICK) as served,
        served.local() as http,
    ):
        fingerprint = (await set_up(http, pbx))[-1]["certificate"]["sha256"]
        end = (await set_up(http, pbx, save=True, accept_certificate=fingerprint))[-1]
        assert "renew it on the PBX" in end["words"]
        assert (end["saved"], pbx.requests) == (None, [])


class Picky(Pbx):
    """Takes calls without encryption only."""

    def _answer(self, request: Request, code: int) -> Response:
        return super()._answer(request, 488 if b"SAVP" in request.body else code)


async def test_encryption_is_given_up_as_far_as_calls_are_refused_for_it(tmp_path: Path) -> None:
    shown = self_signed("pbx")
    async with (
        stream_pbx(Picky(answers=(200,)), server_context(tmp_path, shown)) as pbx,
        serving(tmp_path / "data", QUICK) as served,
        served.local() as http,
    ):
        fingerprint = shown.certificate.fingerprint(shown.certificate.signature_hash_algorithm)  # type: ignore[arg-type]
        lines = await set_up(http, pbx, test_number="200", accept_certificate=fingerprint.hex())
        assert lines[-1]["result"] == "ok", lines
        assert lines[-1]["works"]["media_encryption"] == "best_effort"
        assert told(lines, "answer").startswith("note no common codec or encryption")


async def test_a_second_set_up_has_to_wait_and_one_that_is_given_up_leaves_nothing(
    tmp_path: Path,
) -> None:
    """Whoever asks hangs up while it rings."""
    async with (
        running_pbx(Pbx(password=PASSWORD, answers=(180,))) as pbx,
        serving(tmp_path, QUICK, serves_http=True) as served,
        served.local() as http,
    ):
        port = served.device.ready_line().split("http=")[1].split()[0]
        token = {"Authorization": f"Bearer {served.device.local_token}"}
        facts = {
            "registrar": f"{HOST}:{pbx.port}",
            "user_id": "100",
            "password": PASSWORD,
            "test_number": "200",
            "transport": "udp",
        }
        address = f"http://{port}/api/v1/sip/setup"
        async with (
            httpx.AsyncClient(headers=token) as real,
            real.stream("POST", address, json=facts) as answered,
        ):
            lines = answered.aiter_lines()  # while it is held, the answer goes on
            while "it rings there" not in await anext(lines):
                pass
            second = await real.post(address, json=facts)
            assert second.status_code == 409
            assert "setting up SIP already" in second.json()["detail"]
            assert pbx.registered
        await pbx.first(lambda each: each.method == "CANCEL")
        await pbx.first(
            lambda each: asks_to_be_forgotten(each) and "Authorization" in dict(each.headers)
        )
        assert_nothing_is_left(served)
        assert (await set_up(http, pbx, transport="udp"))[-1]["result"] == "ok"


async def test_other_accounts_and_calls_notice_nothing(tmp_path: Path) -> None:
    async with (
        running_pbx(Pbx(password=PASSWORD)) as pbx,
        serving(tmp_path, QUICK, "sip.max_calls=2") as served,
        served.local() as http,
    ):
        await set_up(http, pbx, user_id="200", save=True, account="desk", transport="udp")
        await http.post("/api/v1/call", json={"uri": "300", "account": "desk"})
        running = served.device.calls.calls
        registers = len(_of_user(pbx, "200"))
        end = (await set_up(http, pbx, test_number="300", save=True, transport="udp"))[-1]
        assert (end["result"], end["saved"]) == ("ok", "pbx")
        assert served.device.calls.calls == running != ()
        assert len(_of_user(pbx, "200")) == registers


def _of_user(pbx: Pbx, user: str) -> list[Request]:
    return [each for each in pbx.of_method("REGISTER") if f"sip:{user}@" in str(each.to)]


@pytest.mark.parametrize(
    ("facts", "key"),
    [
        ({"registrar": "no server!"}, "registrar"),
        ({"registrar": HOST, "user_id": ""}, "user_id"),
        ({"registrar": "", "user_id": "", "password": "x", "test_number": ""}, "password"),
    ],
)
async def test_facts_that_make_no_account_are_refused_at_once(
    tmp_path: Path, facts: dict[str, str], key: str
) -> None:
    async with serving(tmp_path) as served, served.local() as http:
        answered = await http.post("/api/v1/sip/setup", json=facts)
    assert answered.status_code == 422
    assert key in answered.json()["detail"]


async def test_without_a_server_it_is_told_how_the_speaker_is_called(tmp_path: Path) -> None:
    async with (
        running_pbx(Pbx()) as phone,
        serving(tmp_path, QUICK) as served,
        served.local() as http,
    ):
        number = f"sip:desk@{HOST}:{phone.port}"
        facts = {"test_number": number, "user_id": "door", "save": True}
        answered = await http.post("/api/v1/sip/setup", json=facts, timeout=60)
        lines = [json.loads(line) for line in answered.text.splitlines()]
        assert lines[-1]["result"] == "ok", lines
        assert lines[-1]["saved"] == "peer_to_peer"
        assert f"phones call sip:door@{HOST}:{served.device.telephony.port}" in answered.text
        assert phone.of_method("REGISTER") == []
        assert served.device.settings.sip.accounts[0].user_id == "door"
        assert_nothing_is_left(served)
