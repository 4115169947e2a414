"""Events as they happen, by WebSocket and as server-sent events."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.types import Message
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from conf.accounts.role import Role
from speaker.api.event_text import EventText, wants
from speaker.event_feed import Entry
from speaker.events import Happening
from speaker.http.app import make_app
from tests.speaker.http.listening import listening
from tests.speaker.http.serving import Served, serving

SOON_S = 5.0


def proof(served: Served) -> dict[str, str]:
    return {"Authorization": f"Bearer {served.device.local_token}"}


@asynccontextmanager
async def by_websocket(
    folder: Path, query: str = ""
) -> AsyncIterator[tuple[Served, ClientConnection]]:
    async with listening(folder) as (served, at):
        url = f"ws://{at}/api/v1/events{query}"
        async with connect(url, additional_headers=proof(served)) as websocket:
            yield served, websocket


async def next_event(websocket: ClientConnection) -> dict[str, Any]:
    async with asyncio.timeout(SOON_S):
        told: dict[str, Any] = json.loads(await websocket.recv())
    return told


async def to_its_end(websocket: ClientConnection) -> None:
    while True:
        await websocket.recv()


async def until(websocket: ClientConnection, name: str) -> dict[str, Any]:
    while (told := await next_event(websocket))["name"] != name:
        pass
    return told


async def test_what_counts_now_comes_first_then_what_happens(tmp_path: Path) -> None:
    async with by_websocket(tmp_path) as (served, websocket):
        first = await until(websocket, "call.state")
        assert (first["value"], first["initial"]) == ("idle", True)
        served.device.bus.happen("manual.trigger", name="evacuation")
        told = await until(websocket, "manual.trigger")
    assert (told["kind"], told["attributes"]) == ("happening", {"name": "evacuation"})
    EventText.model_validate(told)
    EventText.model_validate(first)


async def test_a_listener_says_what_it_wants_and_changes_its_mind(tmp_path: Path) -> None:
    async with by_websocket(tmp_path, "?name=manual.*&name=dtmf.digit") as (served, websocket):
        served.device.bus.set("call.state", "ringing")
        served.device.bus.happen("dtmf.digit", digit="5")
        assert (await next_event(websocket))["name"] == "dtmf.digit"
        await websocket.send('{"name": ["call.*"]}')
        while True:  # until the speaker has read it
            served.device.bus.set("call.state", "talking")
            served.device.bus.set("call.state", "idle")
            served.device.bus.happen("dtmf.digit", digit="6")
            if (await next_event(websocket))["name"] == "call.state":
                break
        served.device.bus.happen("manual.trigger")
        served.device.bus.set("call.state", "calling")
        while (told := await next_event(websocket))["name"] == "dtmf.digit":
            pass
        assert told["name"] == "call.state"


@pytest.mark.parametrize("nonsense", ["", "x", "[]", "{}", '{"name": "x"}', '{"name": ["X Y"]}'])
async def test_a_listener_that_makes_no_sense_is_told(tmp_path: Path, nonsense: str) -> None:
    async with by_websocket(tmp_path) as (_, websocket):
        await websocket.send(nonsense)
        with pytest.raises(ConnectionClosed) as closed:
            await asyncio.wait_for(to_its_end(websocket), SOON_S)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1007
    assert '{"name"' in closed.value.rcvd.reason


async def test_a_stranger_hears_nothing_and_is_no_line_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with listening(tmp_path) as (_, at):
        with pytest.raises(InvalidStatus) as refused:
            async with connect(f"ws://{at}/api/v1/events"):
                pass
    assert refused.value.response.status_code == 401
    assert caplog.records == []


async def test_a_listener_that_left_is_forgotten(tmp_path: Path) -> None:
    async with listening(tmp_path) as (served, at):
        url = f"ws://{at}/api/v1/events"
        async with connect(url, additional_headers=proof(served)) as websocket:
            await next_event(websocket)
            assert served.device.event_feed.listeners == 1
        async with asyncio.timeout(SOON_S):
            while served.device.event_feed.listeners:
                async with httpx.AsyncClient() as http:
                    await http.get(f"http://{at}/healthz")


async def messages(
    response: httpx.Response,
) -> AsyncIterator[dict[str, str]]:
    """Server-sent events as a browser takes them apart."""
    message: dict[str, str] = {}
    async for line in response.aiter_lines():
        field, _, value = line.partition(": ")
        if line and field:
            message[field] = value
        elif message:
            yield message
            message = {}


@asynccontextmanager
async def by_stream(
    served: Served, at: str, query: str = "", **headers: str
) -> AsyncIterator[AsyncIterator[dict[str, str]]]:
    async with httpx.AsyncClient(headers=proof(served) | headers, timeout=SOON_S) as http:
        url = f"http://{at}/api/v1/events{query}"
        async with http.stream("GET", url) as response:
            assert response.headers["content-type"].startswith("text/event-stream")
            yield messages(response)


async def test_a_browser_hears_by_server_sent_events(tmp_path: Path) -> None:
    async with listening(tmp_path) as (served, at):
        async with by_stream(served, at, "?name=call.*&name=manual.*") as stream:
            first = json.loads((await anext(stream))["data"])
            assert (first["name"], first["initial"]) == ("call.state", True)
            served.device.bus.happen("manual.trigger", name="first")
            told = await anext(stream)
        served.device.bus.happen("manual.trigger", name="second")
        again = {"Last-Event-ID": told["id"]}
        async with by_stream(served, at, "?name=manual.*", **again) as stream:
            missed = json.loads((await anext(stream))["data"])
    assert json.loads(told["data"])["attributes"] == {"name": "first"}
    assert missed["attributes"] == {"name": "second"}


async def test_who_comes_back_from_an_earlier_run_begins_anew(tmp_path: Path) -> None:
    """Each run counts its events from 1 on."""
    async with listening(tmp_path) as (served, at):
        earlier = {"Last-Event-ID": "00000000-0000-0000-0000-000000000000-1"}
        async with by_stream(served, at, "?name=call.state", **earlier) as stream:
            told = json.loads((await anext(stream))["data"])
    assert (told["name"], told["initial"]) == ("call.state", True)


async def test_a_stream_ends_with_the_device(tmp_path: Path) -> None:
    async with listening(tmp_path) as (served, at), by_stream(served, at) as stream:
        await anext(stream)
        served.device.event_feed.close()
        async with asyncio.timeout(SOON_S):
            rest = [message async for message in stream]
    assert all("data" in message for message in rest)


async def test_patterns_are_bounded(tmp_path: Path) -> None:
    async with listening(tmp_path) as (served, _), served.local() as http:
        for query in ("name=" + "x" * 65, "name=%0A", "&".join(["name=x"] * 17)):
            assert (await http.get(f"/api/v1/events?{query}")).status_code == 422


async def test_a_client_that_left_before_its_stream_began_is_no_listener(tmp_path: Path) -> None:
    """A browser that reloads at once: a thousand of them would shut everybody out."""
    async with serving(tmp_path) as served:
        before = served.device.event_feed.listeners
        gone: Message = {"type": "http.disconnect"}

        async def receive() -> Message:
            return gone

        async def send(_message: Message) -> None:
            await asyncio.sleep(0)

        scope = {
            "type": "http",
            "method": "GET",
            "path": "/api/v1/events",
            "raw_path": b"/api/v1/events",
            "query_string": b"",
            "headers": [(b"authorization", proof(served)["Authorization"].encode())],
            "client": ("192.0.2.7", 40000),
            "scheme": "http",
            "http_version": "1.1",
            "root_path": "",
        }
        await make_app(served.device)(scope, receive, send)
        assert served.device.event_feed.listeners == before


def test_failed_logins_are_told_to_administrators_only() -> None:
    """The access log is theirs: the name that was tried may be a password."""
    failure = Entry(1, datetime.now(UTC), Happening("login.failed", {"user": "hunter2"}))
    assert wants([], failure, Role.ADMINISTRATOR)
    assert not wants([], failure, Role.OPERATOR)
    assert not wants(["login.*"], failure, Role.VIEWER)
