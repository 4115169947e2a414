"""Programs that installers have log in: curl, Wget, FFmpeg."""

import asyncio
import json
import shutil
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from tests.speaker.running import Running, running

NAME, PASSWORD = "admin", "pass: phrase?&%/@"
STATE = "/api/v1/state"
PWDGRP = "/axis-cgi/pwdgrp.cgi"


@pytest.fixture
async def speaker(tmp_path: Path) -> AsyncIterator[Running]:
    """One that has been set up by curl, as the manual says."""
    async with running(tmp_path) as started:
        body = json.dumps({"name": NAME, "password": PASSWORD})
        header = "Content-Type: application/json"
        code, _ = await curl("-H", header, "-d", body, f"{http(started)}/api/v1/setup")
        assert code == "201"
        yield started


def http(speaker: Running) -> str:
    return f"http://127.0.0.1:{speaker.http_port}"


async def run(*command: str) -> tuple[int, str]:
    """Exit code and standard output."""
    assert shutil.which(command[0]), f"{command[0]} is not installed (make test installs it)"
    process = await asyncio.create_subprocess_exec(
        *command, stdin=DEVNULL, stdout=PIPE, stderr=DEVNULL
    )
    out, _ = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode is not None
    return process.returncode, out.decode()


async def curl(*arguments: str) -> tuple[str, str]:
    """The status of the last answer, and its body."""
    _, out = await run("curl", "-s", "-k", "-w", "\n%{http_code}", *arguments)
    body, _, code = out.rpartition("\n")
    return code, body


async def test_curl_logs_in_by_digest_and_by_basic(speaker: Running) -> None:
    """Digest by HTTP, Basic by HTTPS; a wrong password by neither."""
    user = ("-u", f"{NAME}:{PASSWORD}")
    plain = f"{http(speaker)}{STATE}?a=b%2Fc"
    secure = f"https://127.0.0.1:{speaker.https_port}{STATE}"
    assert (await curl("--digest", *user, plain))[0] == "200"
    assert (await curl("--basic", *user, plain))[0] == "401"
    assert (await curl("--basic", *user, secure))[0] == "200"
    assert (await curl("--anyauth", *user, secure))[0] == "200"
    assert (await curl("--digest", "-u", f"{NAME}:wrong", plain))[0] == "401"


async def test_curl_manages_accounts_as_the_documentation_of_vapix_shows(speaker: Running) -> None:
    user = ("--digest", "-u", f"{NAME}:{PASSWORD}")
    form = "action=add&user=joe&pwd=foo&grp=users&sgrp=viewer:ptz"
    assert "Created account joe." in (await curl(*user, "-d", form, http(speaker) + PWDGRP))[1]
    _, listed = await curl(*user, f"{http(speaker)}/axis-cgi/admin/pwdgrp.cgi?action=get")
    assert 'viewer="admin,joe"\r' in listed.splitlines(keepends=True)[2].replace("\n", "")
    code, told = await curl("--digest", "-u", "joe:foo", f"{http(speaker)}/axis-cgi/usergroup.cgi")
    assert (code, told.split()) == ("200", ["joe", "ptz", "viewer"])


async def test_curl_sends_a_long_body_twice(speaker: Running) -> None:
    """First without a login, or nothing at all; neither costs it the answer."""
    body = "x" * 900_000
    file = speaker.data / "body"
    file.write_text(body, encoding="ascii")
    address = f"{http(speaker)}/api/v1/settings/check"
    for digest in (("--digest", "-u", f"{NAME}:{PASSWORD}"), ()):
        code, _ = await curl(*digest, "--data-binary", f"@{file}", address)
        assert code == ("415" if digest else "401"), "a form, and no JSON"
    file.write_text(body * 20, encoding="ascii")
    assert (await curl("--data-binary", f"@{file}", address))[0] == "401"
    code, _ = await curl("-H", "Expect:", "--data-binary", f"@{file}", address)
    assert code == "401"


async def test_clients_that_take_the_last_challenge_log_in(speaker: Running) -> None:
    """Wget and FFmpeg 5 do, and know MD5 only."""
    address = f"{http(speaker)}{STATE}"
    code, out = await run("wget", "-q", "-O", "-", "--user", NAME, "--password", PASSWORD, address)
    assert code == 0
    assert "conditions" in json.loads(out)
    user = f"{NAME}:{quote(PASSWORD, safe='')}@"
    with_user = address.replace("http://", f"http://{user}")
    code, out = await run("ffmpeg", "-v", "error", "-f", "data", "-i", with_user, "-map", "0",
                          "-c", "copy", "-f", "data", "-")  # fmt: skip
    assert code == 0
    assert "conditions" in out


async def test_a_guesser_is_blocked_and_the_administrator_of_another_address_gets_in(
    speaker: Running,
) -> None:
    """Loopback has many addresses."""
    guesser = httpx.AsyncHTTPTransport(local_address="127.0.0.66", verify=False)
    secure = f"https://127.0.0.1:{speaker.https_port}"
    async with httpx.AsyncClient(transport=guesser, base_url=secure) as client:
        statuses = [
            (await client.get(STATE, auth=(NAME, f"guess {number}"))).status_code
            for number in range(50)
        ]
        assert statuses == [401] * 9 + [429] * 41
        assert (await client.get(STATE, auth=(NAME, PASSWORD))).status_code == 429
    async with httpx.AsyncClient(base_url=secure, verify=False) as client:
        assert (await client.get(STATE, auth=(NAME, PASSWORD))).status_code == 200
