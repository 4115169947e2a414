"""What an administrator sends to support, through the real application."""

import io
import tarfile
import zipfile
from pathlib import Path

import httpx
import pytest

from tests.speaker.http.serving import serving

REPORT, DEBUG = "/axis-cgi/serverreport.cgi", "/axis-cgi/debug/debug.tgz"
SECRET = "hunter2-the-password"
SECRET_SETTING = (
    'sip.accounts=[{id="a", default=true, mode="registered", user_id="a",'
    f' registrar="pbx.example", password="{SECRET}", transport="udp", active=false}}]'
)
PARTS = {
    *("product", "machine", "network", "sound_devices", "settings", "fixed_settings", "state"),
    *("calls", "system_log", "access_log", "audit_log", "packages"),
}


async def got(http: httpx.AsyncClient, address: str) -> httpx.Response:
    answer = await http.get(address)
    assert answer.status_code == 200
    return answer


async def test_the_report_tells_everything_but_secrets(tmp_path: Path) -> None:
    async with serving(tmp_path, SECRET_SETTING) as served, served.local() as http:
        served.device.journal.note("something odd")
        answer = await got(http, REPORT)
        assert answer.headers["content-type"].startswith("text/plain")
        text = answer.text
        for part in PARTS:
            assert f"===== {part.replace('_', ' ')} =====" in text
        assert f"serial: {served.device.serial}" in text
        assert "cannot be told" not in text
        assert "something odd" in text
        assert 'registrar = "pbx.example"' in text
        assert SECRET not in text
        assert served.device.local_token not in text


@pytest.mark.parametrize("mode", ["zip", "zip_with_image"])
async def test_the_report_comes_as_an_archive(tmp_path: Path, mode: str) -> None:
    async with serving(tmp_path) as served, served.local() as http:
        answer = await got(http, f"{REPORT}?mode={mode}")
        assert answer.headers["content-type"] == "application/zip"
        assert "filename=" in answer.headers["content-disposition"]
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            assert archive.testzip() is None
            assert b"===== product =====" in archive.read("serverreport.txt")


async def test_the_report_comes_in_parts(tmp_path: Path) -> None:
    async with serving(tmp_path) as served, served.local() as http:
        answer = await got(http, f"{REPORT}?mode=tar_all")
        with tarfile.open(fileobj=io.BytesIO(answer.content)) as archive:
            assert set(archive.getnames()) == {f"{part}.txt" for part in PARTS}


async def test_an_unknown_mode_is_refused(tmp_path: Path) -> None:
    async with serving(tmp_path) as served, served.local() as http:
        assert (await http.post(REPORT, data={"mode": "pdf"})).status_code == 400


async def test_the_debug_archive_has_the_logs_as_they_are_kept_and_what_runs(
    tmp_path: Path,
) -> None:
    async with serving(tmp_path, SECRET_SETTING) as served, served.local() as http:
        served.device.journal.note("something odd")
        answer = await got(http, DEBUG)
        assert answer.headers["content-type"] == "application/gzip"
        with tarfile.open(fileobj=io.BytesIO(answer.content), mode="r:gz") as archive:
            members = archive.getmembers()
            files = {each.name: archive.extractfile(each) for each in members}
            texts = {name: file.read().decode() for name, file in files.items() if file}
        logs = {"system.jsonl", "access.jsonl", "calls.jsonl", "tasks.txt", "threads.txt"}
        assert texts.keys() == {f"{part}.txt" for part in PARTS} | logs
        assert "something odd" in texts["system.jsonl"]
        assert "MainThread" in texts["threads.txt"]
        assert texts["tasks.txt"]
        assert not any(SECRET in text for text in texts.values())


async def test_reports_are_for_administrators(tmp_path: Path) -> None:
    async with serving(tmp_path) as served, served.client() as http:
        for address in (REPORT, DEBUG, "/axis-cgi/admin/serverreport.cgi"):
            assert (await http.get(address)).status_code == 401
