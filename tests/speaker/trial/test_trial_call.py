"""`speaker test-call`: each way to fail has its sentence."""

import asyncio
import socket
import ssl
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

from tests.certificates import Authority
from tests.speaker.running import running
from tests.speaker.trial.extension import PASSWORD, settings_of
from tests.speaker.udp_pbx import HOST, Pbx, running_pbx

pytestmark = pytest.mark.real_time

LONGEST_S = 60.0


async def trial(folder: Path, settings: str, *arguments: str) -> tuple[int, str]:
    """Exit code and output of a test call with these settings."""
    config = folder / "settings.toml"
    config.write_text(settings)
    command = [sys.executable, "-m", "speaker.main", "test-call", *arguments]
    command += ["--data", str(folder / "data"), "--config", str(config), "--bind", HOST]
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=PIPE)
    async with asyncio.timeout(LONGEST_S):
        out, errors = await process.communicate()
    assert process.returncode is not None
    assert errors == b"", errors.decode()
    return process.returncode, out.decode()


def told(report: str, result: str, stage: str) -> str:
    """The words of all steps of a stage that came out so."""
    lines = [line.split(maxsplit=2) for line in report.splitlines()]
    return "\n".join(words for kind, at, words in lines if (kind, at) == (result, stage))


async def test_a_call_that_goes_well_says_so_at_each_step(tmp_path: Path) -> None:
    async with running_pbx(Pbx(password=PASSWORD)) as pbx:
        code, report = await trial(tmp_path, settings_of(pbx.port), "pbx", "200")
    assert code == 0, report
    assert "failed" not in report
    for stage in ("settings", "account", "server", "registration", "call", "answer", "sound"):
        assert told(report, "ok", stage), f"{stage} in:\n{report}"
    assert "it rings there (180)" in told(report, "note", "progress")
    assert "packets of sound came" in told(report, "ok", "rtp")
    assert "packets of sound were sent" in told(report, "ok", "rtp")
    assert "confirmed" in told(report, "ok", "hang-up")
    assert PASSWORD not in report
    assert str(pbx.of_method("INVITE")[-1].uri) == f"sip:200@{HOST}"
    last = pbx.of_method("REGISTER")[-1]
    assert last.headers.get("Expires") == "0" or "expires=0" in (last.headers.get("Contact") or "")


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ((404,), "does not exist"),
        ((180, 486), "busy"),
        ((488,), "`sip.codecs`"),
        ((603,), "declined"),
    ],
)
async def test_a_refused_call_says_why(
    tmp_path: Path, answers: tuple[int, ...], words: str
) -> None:
    async with running_pbx(Pbx(answers=answers)) as pbx:
        code, report = await trial(tmp_path, settings_of(pbx.port), "pbx", "200")
    assert code == 1
    assert words in told(report, "failed", "answer"), report


async def test_a_wrong_password_is_named_and_not_tried_again(tmp_path: Path) -> None:
    async with running_pbx(Pbx(password="other")) as pbx:
        code, report = await trial(tmp_path, settings_of(pbx.port), "pbx", "200")
    assert code == 1
    assert "user name and password" in told(report, "failed", "registration"), report
    assert len(pbx.of_method("REGISTER")) <= 3
    assert pbx.of_method("INVITE") == []


async def test_a_server_that_keeps_silent_is_told(tmp_path: Path) -> None:
    async with running_pbx(Pbx(silent=True)) as pbx:
        code, report = await trial(tmp_path, settings_of(pbx.port), "pbx", "200")
    assert code == 1
    assert "firewall" in told(report, "failed", "registration"), report


async def test_a_closed_port_is_told(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as taken:
        taken.bind((HOST, 0))
        port = taken.getsockname()[1]
    code, report = await trial(tmp_path, settings_of(port, transport="tcp"), "pbx", "200")
    assert code == 1
    assert f"port {port} of {HOST} is closed" in told(report, "failed", "connection"), report


async def test_a_server_that_cannot_prove_who_it_is_is_told_as_such(tmp_path: Path) -> None:
    files = Authority("nobody's").issue(dns=["pbx.example"]).kept(tmp_path, "server")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.chain, files.key)
    server = await asyncio.start_server(lambda _r, writer: writer.close(), HOST, 0, ssl=context)
    async with server:
        port = server.sockets[0].getsockname()[1]
        code, report = await trial(tmp_path, settings_of(port, transport="tls"), "pbx", "200")
    assert code == 1
    assert "certificate" in told(report, "failed", "registration"), report


async def test_the_secondary_server_is_as_good(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as taken:
        taken.bind((HOST, 0))
        port = taken.getsockname()[1]
    async with running_pbx(Pbx()) as pbx:
        settings = settings_of(port, secondary_server=f"{HOST}:{pbx.port}")
        code, report = await trial(tmp_path, settings, "pbx", "200")
    assert code == 0, report
    assert f"port {port} of {HOST} is closed" in told(report, "note", "connection")
    assert "secondary server" in told(report, "ok", "registration")


async def test_a_name_that_is_not_found_is_told(tmp_path: Path) -> None:
    settings = settings_of(5060, registrar="missing.invalid")
    code, report = await trial(tmp_path, settings, "pbx", "200")
    assert code == 1
    assert "'missing.invalid' is not found" in told(report, "failed", "server"), report


async def test_no_sound_from_the_other_side_is_told(tmp_path: Path) -> None:
    async with running_pbx(Pbx(talks=False)) as pbx:
        code, report = await trial(tmp_path, settings_of(pbx.port), "pbx", "200")
    assert code == 1
    assert "no packets arrive although they were agreed" in told(report, "failed", "rtp"), report
    assert "packets of sound were sent" in told(report, "ok", "rtp")


async def test_an_answer_without_a_common_codec_is_told(tmp_path: Path) -> None:
    settings = settings_of(0).replace("[sip]", '[sip]\ncodecs = ["PCMA"]')
    async with running_pbx(Pbx(codecs=("PCMU",), talks=False)) as pbx:
        code, report = await trial(
            tmp_path, settings.replace(f"{HOST}:0", f"{HOST}:{pbx.port}"), "pbx", "200"
        )
    assert code == 1
    assert "no codec in common" in told(report, "failed", "sound"), report


@pytest.mark.parametrize(
    ("account", "changes", "uri", "stage", "words"),
    [
        ("door", {}, "200", "account", "there is no account 'door'; there are 'pbx'"),
        ("pbx", {"active": False}, "200", "account", "account 'pbx' is not active"),
        ("pbx", {}, "tel:200", "call", "neither a sip: URI nor a number"),
    ],
)
async def test_what_cannot_be_called_is_told_before_anything_is_sent(
    tmp_path: Path, account: str, changes: dict[str, object], uri: str, stage: str, words: str
) -> None:
    code, report = await trial(tmp_path, settings_of(5060, **changes), account, uri)
    assert code == 1
    assert words in told(report, "failed", stage), report


async def test_bad_settings_are_told_with_their_own_code(tmp_path: Path) -> None:
    code, report = await trial(tmp_path, settings_of(5060, user_id=""), "pbx", "200")
    assert code == 2
    assert "it needs a `user_id`" in told(report, "failed", "settings")


async def test_a_running_device_makes_the_call_itself(tmp_path: Path) -> None:
    async with running_pbx(Pbx(password=PASSWORD)) as pbx:
        config = tmp_path / "device.toml"
        config.write_text(settings_of(pbx.port))
        async with running(tmp_path / "data", "--config", str(config)) as speaker:
            code, report = await trial(tmp_path, settings_of(pbx.port), "pbx", "200")
            async with speaker.http(timeout_s=LONGEST_S) as http:
                asked = {"account": "nobody", "uri": "200"}
                refused = (await http.post("/api/v1/test-call", json=asked)).json()
                conditions = (await http.get("/api/v1/state")).json()["conditions"]
    assert code == 0, report
    assert "a speaker runs on this data folder" in told(report, "note", "settings")
    assert (refused["step"], refused["result"]) == ("account", "failed")
    (registration,) = [each for each in conditions if each["name"] == "sip.registration"]
    assert (registration["of"], registration["value"]) == ("pbx", "registered")
