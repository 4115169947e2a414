"""`/`: what a person sees who opens the device in a browser."""

import re
import shlex
from base64 import b64encode
from hashlib import sha256
from html import unescape
from pathlib import Path

from tests.speaker.http.serving import serving
from tests.speaker.http.visitors import digest, visitor

DEVICE = "http://192.0.2.1:8080"


def told_command(page: str) -> list[str]:
    """The command of curl in the page, as a shell takes it apart."""
    (command,) = (each for each in re.findall(r"<pre>(.*?)</pre>", page) if "curl" in each)
    return shlex.split(unescape(command))


async def test_the_page_leads_to_the_first_administrator_and_then_to_the_api(
    tmp_path: Path,
) -> None:
    async with serving(tmp_path) as served, visitor(served, url=DEVICE) as http:
        page = await http.get("/")
        assert page.status_code == 200
        assert "first administrator" in page.text
        assert "/api/v1/docs" not in page.text
        _, _, header, _, body, address = told_command(page.text)
        name, kind = header.split(": ")
        reply = await http.post(address, content=body, headers={name: kind})
        assert reply.status_code == 201, reply.text
        page = await http.get("/")
        assert "first administrator" not in page.text
        (link,) = re.findall(r'<a href="([^"]*)">', page.text)
        async with visitor(served, auth=digest("admin", "PASSWORD")) as admin:
            assert (await admin.get(link)).status_code == 200


async def test_nothing_runs_in_it_and_nothing_comes_from_elsewhere(tmp_path: Path) -> None:
    async with (
        serving(tmp_path, "device.name=<script>1</script>") as served,
        served.local() as http,
    ):
        page = await http.get("/")
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "<script" not in page.text
    (style,) = re.findall(r"<style>(.*?)</style>", page.text, re.DOTALL)
    assert f"'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'" in policy
    assert re.findall(r'(?:src|href)="([^"]*)"', page.text) == ["data:,"]


async def test_no_name_but_one_of_ours_gets_into_the_command(tmp_path: Path) -> None:
    """It is copied into a shell, and setting up refuses other names."""
    hosts = ("evil.example", "$(reboot)", "a;reboot", "<b>", "[::1", "1.2.3.4:80 x", "")
    async with serving(tmp_path) as served, visitor(served, url=DEVICE) as http:
        for host in hosts:
            page = await http.get("/", headers={"Host": host})
            assert told_command(page.text)[-1] == f"{DEVICE}/api/v1/setup", host
        for host in ("speaker.local:8080", "[fe80::1]:80", "192.168.1.20"):
            page = await http.get("/", headers={"Host": host})
            assert told_command(page.text)[-1] == f"http://{host}/api/v1/setup"
