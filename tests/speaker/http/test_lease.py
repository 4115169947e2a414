"""Streams and WebSockets end at once when the login that they began with counts no longer."""

import base64
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from conf.accounts.role import Role
from speaker.http.identity import Identity
from speaker.http.lease import Lease
from tests.speaker.http.guarded import PASSWORD, guarded, scope
from tests.speaker.http.listening import listening


class Ends:
    """A client at the other end."""

    def __init__(self, kind: str) -> None:
        self.counts = True
        self.sent: list[dict[str, Any]] = []
        self.lease = Lease(self._receive, self._send, lambda: self.counts)
        self._kind = kind

    async def _receive(self) -> Any:
        return {"type": self._kind, "body": b"x", "more_body": True}

    async def _send(self, message: Any) -> None:
        self.sent.append(dict(message))


def piece(body: bytes, *, more: bool = True) -> dict[str, Any]:
    return {"type": "http.response.body", "body": body, "more_body": more}


async def test_an_endless_answer_is_ended() -> None:
    ends = Ends("http.request")
    await ends.lease.send({"type": "http.response.start", "status": 200, "headers": []})
    await ends.lease.send(piece(b"heard"))
    ends.counts = False
    await ends.lease.send(piece(b"unheard"))
    await ends.lease.send(piece(b"unheard"))
    assert ends.sent[1:] == [piece(b"heard"), piece(b"", more=False)]


async def test_an_answer_that_has_a_length_is_finished() -> None:
    ends = Ends("http.request")
    headers = [(b"Content-Length", b"2")]
    await ends.lease.send({"type": "http.response.start", "status": 200, "headers": headers})
    ends.counts = False
    for each in (piece(b"a"), piece(b"b", more=False)):
        await ends.lease.send(each)
    assert ends.sent[1:] == [piece(b"a"), piece(b"b", more=False)]


async def test_what_is_uploaded_is_heard_no_longer() -> None:
    ends = Ends("http.request")
    assert (await ends.lease.receive())["type"] == "http.request"
    ends.counts = False
    assert (await ends.lease.receive())["type"] == "http.disconnect"


async def test_a_websocket_is_closed_in_both_directions() -> None:
    for direction in ("send", "receive"):
        ends = Ends("websocket.receive")
        await ends.lease.send({"type": "websocket.accept"})
        await ends.lease.send({"type": "websocket.send", "text": "heard"})
        ends.counts = False
        if direction == "send":
            with pytest.raises(OSError, match="no longer counts"):
                await ends.lease.send({"type": "websocket.send", "text": "unheard"})
        else:
            assert (await ends.lease.receive())["type"] == "websocket.disconnect"
        await ends.lease.send({"type": "websocket.send", "text": "unheard"})
        assert [each["type"] for each in ends.sent] == [
            "websocket.accept", "websocket.send", "websocket.close",
        ]  # fmt: skip


async def test_a_login_counts_as_long_as_what_it_rests_on(tmp_path: Path) -> None:
    with guarded(tmp_path) as device:
        joe = device.accounts.add("joe", PASSWORD, Role.VIEWER, by="admin")
        cookie, _ = device.logins.sessions.begin(joe, 0.0)
        token = device.tokens.add("m", Role.VIEWER, expires_at=100, by="admin", wall=0.0)
        device.settings = device.settings.model_copy(update={"allow_anonymous_viewing": True})
        basic = base64.b64encode(f"joe:{PASSWORD}".encode()).decode()
        asked = {
            "password": scope("GET", "/", scheme="https", authorization=f"Basic {basic}"),
            "session": scope("GET", "/", cookie=f"session_1={cookie}"),
            "token": scope("GET", "/", authorization=f"Bearer {token}"),
            "anonymous": scope("GET", "/"),
            "local": scope("GET", "/", authorization="Bearer of this machine"),
        }
        found = {}
        for how, each in asked.items():
            identity = await device.logins.identify(each, Role.VIEWER, "/")
            assert isinstance(identity, Identity)
            found[how] = identity
        # Fetched by who has a session, used by a handshake that says nothing of it.
        ticket = device.logins.tickets.issue(found["session"], 0.0)
        handshake = scope("", "/events") | {"query_string": f"wssession={ticket}".encode()}
        by_ticket = await device.logins.identify(handshake, Role.VIEWER, "/")
        assert isinstance(by_ticket, Identity)
        found["ticket"] = by_ticket

        def counting() -> set[str]:
            return {how for how, identity in found.items() if identity.still_counts()}

        assert counting() == set(found)
        device.now = 100.0
        assert counting() == set(found) - {"token"}
        device.settings = device.settings.model_copy(update={"allow_anonymous_viewing": False})
        assert counting() == {"password", "session", "ticket", "local"}
        device.accounts.change("joe", password="new", by="admin")
        assert counting() == {"local"}


async def test_a_listener_whose_account_is_deleted_hears_nothing_more(tmp_path: Path) -> None:
    """By a real WebSocket."""
    async with listening(tmp_path) as (served, at):
        token = served.device.tokens.add("m", Role.VIEWER, by="", wall=served.device.logins.wall())
        served.device.accounts.add_first("admin", "x", address="")
        headers = {"Authorization": f"Bearer {token}"}
        async with connect(f"ws://{at}/api/v1/events", additional_headers=headers) as websocket:
            await websocket.recv()
            served.device.tokens.remove("m", by="admin")
            served.device.bus.happen("manual.trigger", name="secret")
            with pytest.raises(ConnectionClosed) as caught:
                await until(websocket, "secret")
            assert caught.value.rcvd is not None
            assert caught.value.rcvd.code == 1008


async def until(websocket: ClientConnection, words: str) -> None:
    while words not in str(await websocket.recv()):
        pass
