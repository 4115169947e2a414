"""Accounts and one's own password, under `/api/v1`."""

import json

import pytest

from tests.speaker.http.serving import Served
from tests.speaker.http.visitors import ADMINISTRATOR, add, digest, visitor

ACCOUNTS = "/api/v1/accounts"
OWN = "/api/v1/account/password"


async def test_accounts_are_listed_added_changed_and_deleted(shared: Served) -> None:
    async with visitor(shared, auth=digest(*ADMINISTRATOR)) as http:
        admin = {"name": "admin", "role": "administrator", "comment": ""}
        assert (await http.get(ACCOUNTS)).json() == [admin]
        body = {"name": "joe", "password": "x", "role": "viewer", "comment": "of the gate"}
        added = await http.post(ACCOUNTS, json=body)
        joe = {"name": "joe", "role": "viewer", "comment": "of the gate"}
        assert (added.status_code, added.json()) == (201, joe)
        changed = await http.patch(f"{ACCOUNTS}/joe", json={"role": "operator"})
        assert changed.json() == joe | {"role": "operator"}
        assert (await http.delete(f"{ACCOUNTS}/joe")).status_code == 204
        assert (await http.get(ACCOUNTS)).json() == [admin]
    whose = {entry.who for entry in shared.device.store.audit.entries(3)}
    assert whose == {"admin"}


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "", {"name": "admin", "password": "x", "role": "viewer"}, 409),
        ("POST", "", {"name": "j e", "password": "x", "role": "viewer"}, 422),
        ("POST", "", {"name": "joe", "password": "", "role": "viewer"}, 422),
        ("POST", "", {"name": "joe", "password": "x", "role": "anybody"}, 422),
        ("POST", "", {"name": "joe", "password": "\ud800", "role": "viewer"}, 422),
        ("POST", "", {"name": "\ud800", "password": "x", "role": "viewer"}, 422),
        ("PATCH", "/joe", {"role": "viewer"}, 404),
        ("PATCH", "/admin", {"role": "viewer"}, 409),
        ("PATCH", "/admin", {"name": "other"}, 422),
        ("DELETE", "/joe", None, 404),
        ("DELETE", "/admin", None, 409),
    ],
)
async def test_what_is_refused_is_said(
    shared: Served, method: str, path: str, body: dict[str, str] | None, status: int
) -> None:
    async with shared.local() as http:
        # In escapes, as a text that is no UTF-8 comes in JSON.
        content = None if body is None else json.dumps(body)
        headers = {"Content-Type": "application/json"}
        reply = await http.request(method, ACCOUNTS + path, content=content, headers=headers)
        assert reply.status_code == status
        assert reply.json()["detail"]


async def test_everybody_changes_their_own_password(shared: Served) -> None:
    await add(shared, "frank", "old", "viewer")
    async with visitor(shared, auth=digest("frank", "old")) as http:
        wrong = await http.post(OWN, json={"current": "odl", "new": "new"})
        assert wrong.status_code == 403
        bad = await http.post(OWN, json={"current": "old", "new": ""})
        assert bad.status_code == 422
        done = await http.post(OWN, json={"current": "old", "new": "new"})
        assert done.status_code == 204
        assert (await http.get("/api/v1/state")).status_code == 401
    async with visitor(shared, auth=digest("frank", "new")) as http:
        assert (await http.get("/api/v1/state")).status_code == 200


async def test_who_has_no_account_has_no_password_to_change(shared: Served) -> None:
    async with shared.local() as http:
        assert (await http.post(OWN, json={"current": "a", "new": "b"})).status_code == 409
