"""Bearer tokens for machines: `/api/v1/tokens`."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from tests.speaker.http.serving import Served
from tests.speaker.http.visitors import visitor

TOKENS = "/api/v1/tokens"
STATE = "/api/v1/state"


async def test_a_token_logs_a_machine_in_until_it_is_deleted(shared: Served) -> None:
    async with shared.local() as local, visitor(shared) as machine:
        made = await local.post(TOKENS, json={"name": "door camera", "role": "viewer"})
        assert made.status_code == 201
        assert made.headers["Cache-Control"] == "no-store"
        machine.headers["Authorization"] = f"Bearer {made.json()['token']}"
        assert (await machine.get(STATE)).status_code == 200
        assert (await machine.get(TOKENS)).status_code == 403
        told = (await machine.get("/api/v1/session")).json()
        assert told == {"name": "token door camera", "role": "viewer", "proof": "token"}
        assert (await local.delete(f"{TOKENS}/door camera")).status_code == 204
        assert (await machine.get(STATE)).status_code == 401


async def test_what_is_told_of_tokens_is_not_the_token(shared: Served) -> None:
    end = (datetime.now(UTC) + timedelta(days=1)).replace(microsecond=0)
    async with shared.local() as local, visitor(shared) as machine:
        body = {"name": "monitor", "role": "operator", "expires_at": end.isoformat()}
        token = (await local.post(TOKENS, json=body)).json()["token"]
        machine.headers["Authorization"] = f"Bearer {token}"
        await machine.get(STATE)
        await asyncio.gather(*shared.device.logins.noting)
        reply = await local.get(TOKENS)
    assert token not in reply.text
    (told,) = reply.json()
    assert (told["name"], told["role"], told["made_by"]) == ("monitor", "operator", "local")
    assert datetime.fromisoformat(told["expires_at"]) == end
    assert datetime.fromisoformat(told["made_at"]) <= datetime.fromisoformat(told["used_at"])


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"name": "", "role": "viewer"}, 422),
        ({"name": "a/b", "role": "viewer"}, 422),
        ({"name": "a", "role": "anybody"}, 422),
        ({"name": "a", "role": "viewer", "expires_at": "2001-01-01T00:00:00Z"}, 422),
        ({"name": "a", "role": "viewer", "expires_at": "2101-01-01T00:00:00"}, 422),
        # It would be the year 10000 in UTC, and the list could not be told any more.
        ({"name": "a", "role": "viewer", "expires_at": "9999-12-31T23:59:59-14:00"}, 422),
    ],
)
async def test_what_is_wrong_with_it_is_said(
    shared: Served, body: dict[str, str], status: int
) -> None:
    async with shared.local() as http:
        assert (await http.post(TOKENS, json=body)).status_code == status
        assert (await http.get(TOKENS)).json() == []


async def test_what_is_not_there_cannot_be_deleted(shared: Served) -> None:
    async with shared.local() as http:
        assert (await http.delete(f"{TOKENS}/1")).status_code == 404
