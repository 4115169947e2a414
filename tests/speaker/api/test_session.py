"""Logging in at the web page: `/api/v1/session`."""

import json
from pathlib import Path

import httpx
import pytest

from tests.speaker.http.serving import Served, serving
from tests.speaker.http.visitors import ADMINISTRATOR, DEVICE, add, digest, set_up, visitor

SESSION = "/api/v1/session"
STATE = "/api/v1/state"
NAME, PASSWORD = ADMINISTRATOR


async def logged_in(http: httpx.AsyncClient, name: str = NAME, password: str = PASSWORD) -> str:
    """Log in; the token that is to be repeated."""
    reply = await http.post(SESSION, json={"name": name, "password": password})
    assert reply.status_code == 200, reply.text
    assert reply.json()["name"] == name
    return str(reply.json()["csrf_token"])


@pytest.mark.parametrize(("scheme", "prefix"), [("http", ""), ("https", "__Host-")])
async def test_the_cookie_is_for_this_device_and_no_script(
    tmp_path: Path, scheme: str, prefix: str
) -> None:
    async with serving(tmp_path) as served:
        await set_up(served)
        async with visitor(served, url=f"{scheme}://{DEVICE}") as http:
            reply = await http.post(SESSION, json={"name": NAME, "password": PASSWORD})
    cookie, *attributes = reply.headers["Set-Cookie"].split("; ")
    assert cookie.startswith(f"{prefix}session_{served.device.serial}=")
    expected = {"HttpOnly", "Path=/", "SameSite=strict"} | ({"Secure"} if prefix else set())
    assert set(attributes) == expected
    assert reply.headers["Cache-Control"] == "no-store"


async def test_from_then_on_the_cookie_says_who_it_is(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        await set_up(served)
        async with visitor(served) as http:
            assert (await http.get(SESSION)).status_code == 401
            token = await logged_in(http)
            told = {"name": NAME, "role": "administrator", "proof": "session"}
            assert (await http.get(SESSION)).json() == told | {"csrf_token": token}
            assert (await http.get(STATE)).status_code == 200
            body = {"name": "joe", "password": "x", "role": "viewer"}
            assert (await http.post("/api/v1/accounts", json=body)).status_code == 403
            headers = {"X-CSRF-Token": token}
            reply = await http.post("/api/v1/accounts", json=body, headers=headers)
            assert reply.status_code == 201


async def test_logging_out_ends_it(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        await set_up(served)
        async with visitor(served) as http:
            token = await logged_in(http)
            cookies = dict(http.cookies)
            assert (await http.delete(SESSION)).status_code == 403
            reply = await http.delete(SESSION, headers={"X-CSRF-Token": token})
            assert reply.status_code == 204
            assert not http.cookies
            http.cookies.update(cookies)
            assert (await http.get(STATE)).status_code == 401


@pytest.mark.parametrize(
    "change", [{"password": "new"}, {"role": "viewer"}, None], ids=["password", "role", "deleted"]
)
async def test_a_changed_account_ends_its_sessions_at_once(
    tmp_path: Path, change: dict[str, str] | None
) -> None:
    async with serving(tmp_path) as served, served.local() as local:
        await set_up(served)
        await add(served, "joe", "x", "operator")
        async with visitor(served) as http:
            await logged_in(http, "joe", "x")
            if change is None:
                await local.delete("/api/v1/accounts/joe")
            else:
                await local.patch("/api/v1/accounts/joe", json=change)
            assert (await http.get(STATE)).status_code == 401


async def test_a_wrong_password_counts_and_opens_no_window(tmp_path: Path) -> None:
    async with serving(tmp_path, "http.brute_force.page_count=2") as served:
        await set_up(served)
        async with visitor(served) as http:
            wrong = {"name": NAME, "password": "wrong"}
            first = await http.post(SESSION, json=wrong)
            assert first.status_code == 401
            assert "WWW-Authenticate" not in first.headers
            await http.post(SESSION, json=wrong)
            blocked = await http.post(SESSION, json={"name": NAME, "password": PASSWORD})
            assert blocked.status_code == 429
            assert int(blocked.headers["Retry-After"]) in range(50, 61)
        async with visitor(served, address="192.0.2.78") as http:
            await logged_in(http)


@pytest.mark.parametrize("password", ["", "\ud800", "x" * 5000, "pässword"])
async def test_what_can_be_no_password_is_a_wrong_one(shared: Served, password: str) -> None:
    async with visitor(shared) as http:
        # In escapes, as a text that is no UTF-8 comes in JSON.
        body = json.dumps({"name": NAME + password[:1], "password": password})
        headers = {"Content-Type": "application/json"}
        reply = await http.post(SESSION, content=body, headers=headers)
        assert reply.status_code == 401


async def test_a_form_cannot_log_in(shared: Served) -> None:
    """A page of another site could log its visitor in as somebody else."""
    async with visitor(shared) as http:
        body = f'{{"name":"{NAME}","password":"{PASSWORD}"}}'.encode()
        headers = {"Content-Type": "text/plain"}
        assert (await http.post(SESSION, content=body, headers=headers)).status_code == 415


async def test_logging_in_is_in_the_audit_log(shared: Served) -> None:
    async with visitor(shared) as http:
        await logged_in(http)
    last = shared.device.store.audit.entries(1)[0]
    assert (last.who, last.address, last.what) == (NAME, "192.0.2.77", "logged in")


async def test_who_came_by_a_password_is_told_so(shared: Served) -> None:
    async with visitor(shared, auth=digest(NAME, PASSWORD)) as http:
        told = (await http.get(SESSION)).json()
    assert told == {"name": NAME, "role": "administrator", "proof": "password"}


async def test_a_stranger_sends_no_more_than_a_name_and_a_password(shared: Served) -> None:
    """Anybody may log in: long bodies would cost the loop that carries the calls."""
    async with visitor(shared) as http:
        reply = await http.post(SESSION, json={"name": NAME, "password": "x" * 10_000})
        assert reply.status_code == 413
