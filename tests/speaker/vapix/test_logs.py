"""The logs as text, through the real application."""

from pathlib import Path

import httpx
import pytest
from structlog.testing import capture_logs

from speaker.journal import Journal
from speaker.journal_line import Kind
from tests.speaker.http.serving import serving
from tests.speaker.http.visitors import digest, set_up, visitor

SYSTEM, ACCESS, AUDIT = (f"/axis-cgi/{name}log.cgi" for name in ("system", "access", "audit"))


async def text_of(http: httpx.AsyncClient, address: str) -> str:
    answer = await http.get(address)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    return answer.text


async def test_the_system_log_is_told_oldest_first_and_can_be_filtered(tmp_path: Path) -> None:
    async with serving(tmp_path) as served, served.local() as http:
        served.device.journal.note("call begins", fields={"peer": "sip:desk@example.com"})
        served.device.journal.note("call ends", level="warning", fields={"code": 486})
        served.device.journal.note("login failed", kind=Kind.ACCESS)
        first, second = (await text_of(http, SYSTEM)).splitlines()
        assert first.endswith("call begins peer=sip:desk@example.com")
        assert "[ WARNING ]" in second
        assert (await text_of(http, f"{SYSTEM}?text=DESK")).splitlines() == [first]
        assert await text_of(http, f"{SYSTEM}?text=nothing") == ""


async def test_failed_attempts_to_get_in_have_a_log_of_their_own(tmp_path: Path) -> None:
    async with serving(tmp_path) as served, served.local() as http:
        served.device.journal.note("login failed", kind=Kind.ACCESS, fields={"user": "joe"})
        assert (await text_of(http, ACCESS)).endswith("login failed user=joe\n")


async def test_the_audit_log_says_who_did_what_from_where(tmp_path: Path) -> None:
    async with serving(tmp_path) as served, served.local() as http:
        served.device.store.audit.note("ann", "restarted\nthe device", address="192.0.2.9")
        served.device.store.audit.note("bob", "logged in")
        first, second = (await text_of(http, f"{AUDIT}?tail=2")).splitlines()
        assert first.endswith(r"ann at 192.0.2.9: restarted\nthe device")
        assert second.endswith("bob: logged in")
        assert (await text_of(http, f"{AUDIT}?tail=1")).splitlines() == [second]
        assert await text_of(http, f"{AUDIT}?tail=0") == ""
        assert len((await text_of(http, AUDIT)).splitlines()) > 2
        assert await text_of(http, f"{AUDIT}?version=true") == "1.0.0\n"


@pytest.mark.parametrize("tail", ["-1", "x", "100001"])
async def test_a_tail_is_a_number_of_lines(tmp_path: Path, tail: str) -> None:
    async with serving(tmp_path) as served, served.local() as http:
        assert (await http.get(f"{AUDIT}?tail={tail}")).status_code == 400


async def test_the_clock_is_set_elsewhere(tmp_path: Path) -> None:
    """`date.cgi` is gone since AXIS OS 11.0 (Time API)."""
    async with serving(tmp_path) as served, served.local() as http:
        assert (await http.get("/axis-cgi/date.cgi?action=get")).status_code == 404


async def test_who_guesses_a_password_is_in_the_access_log(tmp_path: Path) -> None:
    journal = Journal()
    async with serving(tmp_path) as served:
        await set_up(served)
        async with visitor(served, auth=digest("joe", "wrong")) as http:
            with capture_logs(processors=[journal]):
                assert (await http.get("/api/v1/state")).status_code == 401
    (line,) = journal.lines(Kind.ACCESS)
    assert (line.event, line.fields["user"]) == ("login failed", "joe")
