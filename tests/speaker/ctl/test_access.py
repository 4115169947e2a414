"""Which device is asked, who asks, and whose certificate is taken for the device's."""

import socket
from pathlib import Path

import pytest

from speaker.ctl.access import parse_url
from speaker.ctl.trust import parse_fingerprint
from tests.speaker.ctl.fixed_answers import answering, reply
from tests.speaker.ctl.terminal import Terminal, terminal, url_of
from tests.speaker.http.visitors import ADMINISTRATOR, set_up

Capsys = pytest.CaptureFixture[str]
NAME, PASSWORD = ADMINISTRATOR


def test_a_folder_without_a_device_is_named(tmp_path: Path, capsys: Capsys) -> None:
    said = Terminal(capsys).say("status", "--data", str(tmp_path))
    assert (said.code, said.out) == (1, "")
    assert str(tmp_path) in said.err


def test_a_device_that_does_not_answer_is_named(tmp_path: Path, capsys: Capsys) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
    said = Terminal(capsys).say("status", "--url", url)
    assert said.code == 1
    assert said.err == f"speaker: no speaker answers at {url}: Connection refused\n"
    (tmp_path / "http").write_text(url)
    (tmp_path / "local-token").write_text("token")
    assert Terminal(capsys).say("status", "--data", str(tmp_path)).err == said.err


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (b"", "it hangs up without an answer"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "no speaker answers at"),
        (reply(b"<html>Router</html>"), "its answer is no JSON"),
        (reply(b"[" * 100_000), "its answer is no JSON"),
        (reply(b"gone\x1b[31m\nhome", "404 Not Found"), "it answers 404 gone\\x1b[31m home"),
        (reply(b"", "302 Found", "Location: http://elsewhere/"), "it answers 302 Found"),
        (reply(b""), "its answer is no JSON"),
        (reply(b"{}")[:-1], "the answer broke off"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}", "the answer broke off"),
        (reply(b'{"detail": 5, "problems": "x"}', "422 No"), "speaker: 5\n"),
    ],
)
def test_what_is_no_speaker_is_told_so(sent: bytes, words: str, capsys: Capsys) -> None:
    with answering(sent) as url:
        said = Terminal(capsys).say("status", "--url", url)
    assert (said.code, said.out, said.err.count("\n")) == (1, "", 1)
    assert words in said.err


def test_a_device_of_another_version_is_told_of_as_far_as_it_tells(capsys: Capsys) -> None:
    with answering(
        reply(b'{"device": {"name": "Old\\u001b[2J"}, "calls": [3], "boot": null}')
    ) as url:
        said = Terminal(capsys).say("status", "--url", url)
    assert said.code == 0
    assert said.out.startswith("Old\\x1b[2J, serial , version ")


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nothing"],
        ["status", "--url", "ftp://speaker"],
        ["status", "--url", "http://admin:secret@speaker"],
        ["status", "--url", "http://speaker/path"],
        ["status", "--url", "http://speaker:99999"],
        ["status", "--url", "http://"],
        ["status", "--fingerprint", "AA:BB", "--url", "https://speaker"],
        ["status", "--user", "admin"],
        ["status", "--insecure"],
        ["status", "--url", "http://127.0.0.1:1", "--data", "/tmp"],
        ["status", "--url", "http://127.0.0.1:1", "--user", "a", "--token-file", "x"],
        ["status", "--url", "http://127.0.0.1:1", "--token-file", "/nowhere"],
        ["status", "--url", "https://127.0.0.1:1", "--ca", "/nowhere"],
        ["call"],
        ["events", "--count", "-1"],
    ],
)
def test_wrong_usage_ends_with_2(arguments: list[str], capsys: Capsys) -> None:
    said = Terminal(capsys).say(*arguments)
    assert (said.code, said.out) == (2, "")
    assert said.err


def test_secrets_go_to_other_machines_under_tls_only(
    capsys: Capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPEAKER_TOKEN", "secret")
    said = Terminal(capsys).say("status", "--url", "http://192.0.2.1")
    assert said.code == 2
    assert "the token would go to http://192.0.2.1 in the clear" in said.err


@pytest.mark.parametrize("policy", ["Recommended", "Basic", "Digest", "Basic_Digest"])
async def test_a_password_is_shown_as_the_device_asks_for_it(
    policy: str, tmp_path: Path, capsys: Capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPEAKER_PASSWORD", PASSWORD)
    setting = f"http.authentication_policy={policy}"
    async with terminal(tmp_path, capsys, setting) as (_, served):
        await set_up(served)
        ctl = Terminal(capsys, ["--url", url_of(tmp_path), "--user", NAME])
        assert await ctl.tells("events", "call.*") == "call.state = idle\n"
        await ctl.tells("set", "audio.input_gain_db=3")  # two requests by one challenge
        monkeypatch.setenv("SPEAKER_PASSWORD", "wrong")
        said = await ctl.refuses("status")
        assert "--user NAME" in said
        assert "wrong" not in said


async def test_a_token_is_shown_and_nobody_is_told_to_log_in(
    tmp_path: Path, capsys: Capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with terminal(tmp_path, capsys) as (_, served):
        await set_up(served)
        async with served.local() as http:
            made = await http.post("/api/v1/tokens", json={"name": "nagios", "role": "viewer"})
        token = made.json()["token"]
        stranger = Terminal(capsys, ["--url", url_of(tmp_path)])
        said = await stranger.refuses("status")
        assert "log in first" in said
        assert "--user NAME" in said
        file = tmp_path / "token"
        file.write_text(f"{token}\n")
        await stranger.tells("status", "--token-file", str(file))
        said = await stranger.refuses("restart", "--token-file", str(file))
        assert said == "speaker: this account may not do that\n"
        monkeypatch.setenv("SPEAKER_TOKEN", token)
        await stranger.tells("status")


async def test_the_first_administrator_is_made_from_elsewhere_too(
    tmp_path: Path, capsys: Capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPEAKER_NEW_PASSWORD", PASSWORD)
    async with terminal(tmp_path, capsys) as (_, served):
        stranger = Terminal(capsys, ["--url", url_of(tmp_path)])
        assert await stranger.tells("accounts", "add", NAME) == f"added {NAME}, administrator\n"
        assert served.device.accounts.has_administrator
        assert "log in first" in await stranger.refuses("accounts", "add", "b", "--role", "viewer")


async def test_a_certificate_is_trusted_for_its_ca_its_fingerprint_or_not_at_all(
    tmp_path: Path, capsys: Capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    async with terminal(data, capsys, "http.enabled=false") as (ctl, served):
        async with served.local() as http:
            body = {"common_name": "Door", "names": ["127.0.0.1"]}
            made = await http.post("/api/v1/certificates/door/self-signed", json=body)
            fingerprint = made.json()["certificates"][0]["sha256"]
            pem = await http.get("/api/v1/certificates/door/pem")
        await ctl.tells("set", "http.certificate=door")
        await ctl.tells("status")  # by the data folder, over HTTPS: nobody is on the way
        monkeypatch.setenv("SPEAKER_TOKEN", served.device.local_token)
        away = Terminal(capsys, ["--url", url_of(data)])
        said = await away.refuses("status")
        assert "is not trusted: self-signed certificate" in said
        assert "--fingerprint" in said
        await away.tells("status", "--insecure")
        await away.tells("status", "--fingerprint", fingerprint)
        await away.tells("status", "--fingerprint", fingerprint.replace(":", "").lower())
        said = await away.refuses("status", "--fingerprint", "00" * 32)
        assert fingerprint in said
        (tmp_path / "ca.pem").write_bytes(pem.content)
        await away.tells("status", "--ca", str(tmp_path / "ca.pem"))
        by_name = url_of(data).replace("127.0.0.1", "localhost")
        said = await Terminal(capsys).refuses(
            "status", "--url", by_name, "--ca", str(tmp_path / "ca.pem")
        )
        assert "localhost" in said


def test_addresses_and_fingerprints_are_read() -> None:
    assert parse_url("https://Speaker.example:8443/") == "https://Speaker.example:8443"
    assert parse_url("http://[2001:db8::1]:80") == "http://[2001:db8::1]:80"
    digits = ":".join(["aB"] * 32)
    assert parse_fingerprint(f"sha256 Fingerprint={digits}") == b"\xab" * 32
