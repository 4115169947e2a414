"""What the gate does with a request before and after it knows whose it is."""

from pathlib import Path

import httpx
import pytest
from starlette.exceptions import HTTPException

from conf.accounts.role import Role
from speaker.http.bounded_body import BoundedBody
from tests.speaker.http.guarded import PASSWORD, guarded, handled, never, pieces, scope

DIGEST = httpx.DigestAuth("admin", PASSWORD)
LOCAL = {"Authorization": "Bearer of this machine"}


async def test_where_anybody_may_go_a_login_is_seen_and_a_wrong_one_is_none(tmp_path: Path) -> None:
    with guarded(tmp_path) as device:
        async with device.client() as http:
            nobody = {"name": "", "proof": "none"}
            assert (await http.get("/open")).json() == nobody
            wrong = await http.get("/open", headers={"Authorization": "Digest x"})
            assert wrong.json() == nobody
            assert len(device.happened) == 1
            told = (await http.get("/open", headers=LOCAL)).json()
            assert told == {"name": "local", "proof": "local-token"}


async def test_what_only_the_body_tells_to_be_for_some_is_challenged_then(tmp_path: Path) -> None:
    """As of JSON APIs that have methods for everybody and others."""
    with guarded(tmp_path) as device:
        device.accounts.add("frank", "x", Role.VIEWER, by="admin")
        async with device.client() as http:
            assert (await http.post("/depends", content=b"open")).status_code == 200
            reply = await http.post("/depends", content=b"secret")
            assert reply.status_code == 401
            assert reply.headers["WWW-Authenticate"].startswith("Digest ")
            frank = httpx.DigestAuth("frank", "x")
            assert (await http.post("/depends", content=b"secret", auth=frank)).status_code == 403
            reply = await http.post("/depends", content=b"secret", auth=DIGEST)
            assert reply.json() == {"name": "admin"}


async def test_a_body_is_as_long_as_allowed(tmp_path: Path) -> None:
    with guarded(tmp_path) as device:
        async with device.client() as http:
            http.headers.update(LOCAL)
            for path, size, status in (
                ("/short", 10, 200),
                ("/short", 11, 413),
                ("/view", 64 * 1024, 200),
                ("/view", 64 * 1024 + 1, 413),
                ("/stream", 3 * 1024 * 1024, 200),
            ):
                announced = await http.post(path, content=bytes(size))
                assert announced.status_code == status, (path, size)
                unannounced = await http.post(path, content=pieces(size // 2, size - size // 2))
                assert unannounced.status_code == status, (path, size)


@pytest.mark.parametrize("path", ["/view", "/stream", "/nowhere"])
async def test_a_refusal_does_not_wait_for_the_body(tmp_path: Path, path: str) -> None:
    with guarded(tmp_path) as device:
        sent = await handled(device, scope("POST", path, content_length="1000000000"))
        assert sent[0]["status"] == (404 if path == "/nowhere" else 401)


async def test_nor_does_the_answer_that_it_is_too_long(tmp_path: Path) -> None:
    with guarded(tmp_path) as device:
        ours = "Bearer of this machine"
        asked = scope("POST", "/short", authorization=ours, content_length="11")
        assert (await handled(device, asked))[0]["status"] == 413


async def test_a_body_that_drips_in_is_given_up() -> None:
    body = BoundedBody(never, limit=0, least_patience_s=0.0)
    with pytest.raises(HTTPException) as caught:
        await body()
    assert caught.value.status_code == 408


@pytest.mark.parametrize("origin", ["http://evil.example", "null"])
async def test_pages_of_other_sites_change_nothing_whatever_the_login(
    tmp_path: Path, origin: str
) -> None:
    with guarded(tmp_path) as device:
        async with device.client(auth=DIGEST) as http:
            headers = {"Origin": origin}
            assert (await http.get("/view", headers=headers)).status_code == 200
            assert (await http.post("/view", headers=headers)).status_code == 403
            assert (await http.post("/view", headers=headers | LOCAL)).status_code == 403
            same = {"Origin": "http://192.0.2.1"}
            assert (await http.post("/view", headers=same)).status_code == 200


async def test_a_session_changes_something_only_with_its_token(tmp_path: Path) -> None:
    with guarded(tmp_path) as device:
        account = device.accounts.get("admin")
        assert account is not None
        cookie, session = device.logins.sessions.begin(account, 0.0)
        async with device.client() as http:
            http.headers["Cookie"] = f"session_1={cookie}"
            assert (await http.get("/view")).json() == {"name": "admin", "proof": "session"}
            assert (await http.post("/view")).status_code == 403
            assert (await http.post("/view", headers={"X-CSRF-Token": "x"})).status_code == 403
            token = {"X-CSRF-Token": session.csrf_token}
            assert (await http.post("/view", headers=token)).status_code == 200


async def test_a_cookie_of_https_is_none_by_http(tmp_path: Path) -> None:
    with guarded(tmp_path) as device:
        account = device.accounts.get("admin")
        assert account is not None
        cookie, _ = device.logins.sessions.begin(account, 0.0)
        async with device.client() as http:
            headers = {"Cookie": f"__Host-session_1={cookie}"}
            assert (await http.get("/view", headers=headers)).status_code == 401


async def test_a_changed_account_counts_at_once(tmp_path: Path) -> None:
    with guarded(tmp_path) as device:
        device.accounts.add("joe", "old", Role.ADMINISTRATOR, by="admin")
        async with device.client(scheme="https") as http:
            auth = httpx.BasicAuth("joe", "old")
            assert (await http.get("/administer", auth=auth)).status_code == 200
            device.accounts.change("joe", role=Role.VIEWER, by="admin")
            assert (await http.get("/administer", auth=auth)).status_code == 403
            device.accounts.change("joe", password="new", by="admin")
            assert (await http.get("/view", auth=auth)).status_code == 401
            device.accounts.remove("joe", by="admin")
            auth = httpx.BasicAuth("joe", "new")
            assert (await http.get("/view", auth=auth)).status_code == 401


# --- handshakes of WebSockets --------------------------------------------------------------------


async def test_a_handshake_is_challenged_where_the_server_can_send_that(tmp_path: Path) -> None:
    with guarded(tmp_path) as device:
        start, body = await handled(device, scope("", "/events", can_refuse=True))
        assert (start["type"], start["status"]) == ("websocket.http.response.start", 401)
        challenge = dict(start["headers"])[b"www-authenticate"]
        assert challenge.startswith(b"Digest ")
        assert body["type"] == "websocket.http.response.body"


async def test_a_handshake_is_refused_by_a_close_where_it_cannot(tmp_path: Path) -> None:
    with guarded(tmp_path) as device:
        sent = await handled(device, scope("", "/events"))
        assert sent == [{"type": "websocket.close", "code": 1008}]


async def test_a_handshake_logs_in_like_a_request(tmp_path: Path) -> None:
    with guarded(tmp_path) as device:
        async with device.client(auth=DIGEST) as http:
            request = (await http.get("/view")).request
        credentials = request.headers["Authorization"].replace("/view", "/events")
        assert await handled(device, scope("", "/events", authorization=credentials))
        ours = scope("", "/events", authorization="Bearer of this machine")
        assert await handled(device, ours) == [{"type": "websocket.accept"}]


async def test_a_handshake_of_a_session_needs_our_own_origin(tmp_path: Path) -> None:
    with guarded(tmp_path) as device:
        account = device.accounts.get("admin")
        assert account is not None
        cookie, _ = device.logins.sessions.begin(account, 0.0)
        session = f"session_1={cookie}"
        assert await handled(device, scope("", "/events", cookie=session)) != ACCEPTED
        foreign = scope("", "/events", origin="http://evil.example", cookie=session)
        assert await handled(device, foreign) != ACCEPTED
        ours = scope("", "/events", origin="http://192.0.2.1", cookie=session)
        assert await handled(device, ours) == ACCEPTED


ACCEPTED = [{"type": "websocket.accept"}]
