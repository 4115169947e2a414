"""What does not work is said in one shape."""

import json
from pathlib import Path

import pytest

from speaker.api.errors import MOST_TOLD
from tests.speaker.http.serving import serving


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
async def test_a_body_that_is_no_json_by_its_type_is_not_looked_at(
    tmp_path: Path, kind: str
) -> None:
    async with serving(tmp_path) as served, served.local() as http:
        answer = await http.post(
            "/api/v1/call", content=b'{"uri": "sip:a@127.0.0.1"}', headers={"content-type": kind}
        )
    assert answer.status_code == 415
    assert "application/json" in answer.json()["detail"]


async def test_each_value_that_cannot_be_taken_is_named(tmp_path: Path) -> None:
    async with serving(tmp_path) as served, served.local() as http:
        answer = await http.post("/api/v1/digits", json={"digits": "x", "more": 1})
    assert answer.status_code == 422
    told = answer.json()
    assert [each["key"] for each in told["problems"]] == ["call", "digits", "more"]
    assert told["detail"].startswith("call: Field required")


async def test_not_every_broken_rule_of_thousands_is_told(tmp_path: Path) -> None:
    """The loop that tells them carries the calls."""
    sent = {f"key{number}": 1 for number in range(1000)}
    async with serving(tmp_path) as served, served.local() as http:
        answer = await http.post("/api/v1/digits", json=sent)
    assert answer.status_code == 422
    assert len(answer.json()["problems"]) == MOST_TOLD


@pytest.mark.parametrize("body", [b'{"uri": "\xff"}', b"{", b"[" * 60_000])
async def test_what_is_no_json_at_all_is_the_senders_fault(tmp_path: Path, body: bytes) -> None:
    async with serving(tmp_path) as served, served.local() as http:
        answer = await http.post(
            "/api/v1/call", content=body, headers={"content-type": "application/json"}
        )
    assert answer.status_code in (400, 422)
    assert answer.json()["detail"]


async def test_a_call_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    async with serving(tmp_path) as served, served.local() as http:
        answer = await http.post("/api/v1/hang-up", json={"call": "nobody"})
    assert (answer.status_code, answer.json()) == (404, {"detail": "no call 'nobody'"})


@pytest.mark.parametrize("key", ["uri", "account"])
async def test_half_of_a_character_is_no_text(tmp_path: Path, key: str) -> None:
    sent = {"uri": "sip:desk@127.0.0.1", key: "\ud800"}
    async with serving(tmp_path) as served, served.local() as http:
        answer = await http.post(
            "/api/v1/call", content=json.dumps(sent), headers={"content-type": "application/json"}
        )
    assert answer.status_code == 422
    assert "half of a character" in answer.json()["detail"]


async def test_a_wrong_method_is_told_all_that_there_are(tmp_path: Path) -> None:
    """RFC 9110 §15.5.6."""
    async with serving(tmp_path) as served, served.local() as http:
        answer = await http.delete("/api/v1/settings/sip/accounts")
        lonely = await http.get("/api/v1/call")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST, PUT")
    assert (lonely.status_code, lonely.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize("value", [0, "true", 1.0])
async def test_what_is_nearly_right_is_wrong(tmp_path: Path, value: object) -> None:
    async with serving(tmp_path) as served, served.local() as http:
        answer = await http.post("/api/v1/play", json={"clip": "gong", "queue": value})
    assert answer.status_code == 422
    assert answer.json()["problems"][0]["key"] == "queue"
