"""First-time setup: `/api/v1/setup`."""

from pathlib import Path

import pytest

from tests.speaker.http.serving import serving
from tests.speaker.http.visitors import DEVICE, digest, visitor

SETUP = "/api/v1/setup"
FIRST = {"name": "admin", "password": "correct horse"}


async def test_whoever_comes_first_becomes_the_administrator_once(tmp_path: Path) -> None:
    async with serving(tmp_path) as served, visitor(served) as http:
        assert (await http.get(SETUP)).json() == {"needed": True}
        reply = await http.post(SETUP, json=FIRST)
        assert reply.status_code == 201
        assert reply.json() == {"name": "admin", "role": "administrator"}
        assert (await http.get(SETUP)).json() == {"needed": False}
        assert (await http.post(SETUP, json=FIRST | {"name": "eve"})).status_code == 409
        async with visitor(served, auth=digest("admin", "correct horse")) as admin:
            assert (await admin.get("/api/v1/accounts")).status_code == 200


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (FIRST | {"name": "no one"}, "'no one' is not a name of 1 to 14 letters"),
        (FIRST | {"password": "x" * 65}, "the password is not 1 to 64 printable ASCII"),
        (FIRST | {"role": "viewer"}, "role"),
        ({"name": "admin"}, "password"),
    ],
)
async def test_what_is_wrong_with_it_is_said(
    tmp_path: Path, body: dict[str, str], told: str
) -> None:
    async with serving(tmp_path) as served, visitor(served) as http:
        reply = await http.post(SETUP, json=body)
        assert reply.status_code == 422
        assert told in reply.json()["detail"]
        assert "x" * 65 not in reply.text


async def test_pages_of_other_sites_cannot_set_up(tmp_path: Path) -> None:
    """Neither by a form, nor by a script, nor by a name that they let point at the device."""
    async with serving(tmp_path) as served:
        async with visitor(served) as http:
            form = {"Content-Type": "text/plain"}
            body = b'{"name":"eve","password":"x"}'
            assert (await http.post(SETUP, content=body, headers=form)).status_code == 415
            assert (await http.post(SETUP, content=body)).status_code == 415
            origin = {"Origin": "http://evil.example"}
            assert (await http.post(SETUP, json=FIRST, headers=origin)).status_code == 403
        async with visitor(served, url="http://rebound.evil.example") as http:
            origin = {"Origin": "http://rebound.evil.example"}
            reply = await http.post(SETUP, json=FIRST, headers=origin)
            assert reply.status_code == 403
            assert "address of the device" in reply.json()["detail"]
        assert not served.device.accounts.all()


async def test_before_that_only_the_machine_itself_gets_in(tmp_path: Path) -> None:
    async with serving(tmp_path) as served, visitor(served) as http:
        reply = await http.get("/api/v1/state", headers={"X-CSRF-Token": ""})
        assert reply.status_code == 401
        assert "POST /api/v1/setup" in reply.json()["detail"]
        assert (await http.get("/healthz")).status_code == 200
        async with served.local() as local:
            assert (await local.get("/api/v1/state")).status_code == 200


async def test_by_https_too(tmp_path: Path) -> None:
    async with serving(tmp_path) as served, visitor(served, url=f"https://{DEVICE}") as http:
        assert (await http.post(SETUP, json=FIRST)).status_code == 201
