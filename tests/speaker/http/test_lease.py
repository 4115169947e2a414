"""Streams and WebSockets end at once when the login that they began with counts no longer."""

from pathlib import Path
from typing import Any

import pytest

from conf.role import Role
from speaker.http.identity import Identity, Proof
from speaker.http.lease import Lease
from tests.speaker.http.guarded import PASSWORD, guarded, scope


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


def identity(proof: Proof, role: Role = Role.VIEWER) -> Identity:
    return Identity(name="joe", role=role, proof=proof)


async def test_a_lease_ends_with_what_it_rests_on(tmp_path: Path) -> None:
    with guarded(tmp_path) as device:
        joe = device.accounts.add("joe", PASSWORD, Role.VIEWER, by="admin")
        cookie, _ = device.logins.sessions.begin(joe, 0.0)
        token = device.tokens.add("m", Role.VIEWER, expires_at=100, by="admin", wall=0.0)
        device.settings = device.settings.model_copy(update={"allow_anonymous_viewing": True})
        asked = scope("GET", "/view", cookie=f"session_1={cookie}")
        bearer = scope("GET", "/view", authorization=f"Bearer {token}")
        leases = {
            "password": device.logins.lease_of(asked, identity(Proof.PASSWORD)),
            "session": device.logins.lease_of(asked, identity(Proof.SESSION)),
            "token": device.logins.lease_of(bearer, identity(Proof.TOKEN)),
            "anonymous": device.logins.lease_of(asked, identity(Proof.NONE)),
            "local": device.logins.lease_of(asked, identity(Proof.LOCAL_TOKEN)),
            "nobody": device.logins.lease_of(asked, identity(Proof.NONE, Role.ANYBODY)),
        }

        def counting() -> set[str]:
            return {name for name, lease in leases.items() if lease()}

        assert counting() == set(leases)
        device.now = 100.0
        assert counting() == set(leases) - {"token"}
        device.settings = device.settings.model_copy(update={"allow_anonymous_viewing": False})
        assert counting() == {"password", "session", "local", "nobody"}
        device.accounts.change("joe", password="new", by="admin")
        assert counting() == {"local", "nobody"}
