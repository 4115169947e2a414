"""Events for VAPIX clients by WebSocket."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.speaker.http.listening import listening
from tests.speaker.http.serving import Served
from tests.speaker.http.visitors import set_up

SOON_S = 5.0
STREAM = "/vapix/ws-data-stream?sources=events"


def configure(*topics: str, content: str = "") -> str:
    filters = [{"topicFilter": topic} | ({"contentFilter": content} if content else {})
               for topic in topics]  # fmt: skip
    params = {"eventFilterList": filters}
    asked = {"apiVersion": "1.0", "context": "x", "method": "events:configure", "params": params}
    return json.dumps(asked)


async def received(websocket: ClientConnection) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(await asyncio.wait_for(websocket.recv(), SOON_S))
    return told


async def notified(websocket: ClientConnection) -> tuple[str, dict[str, str]]:
    told = (await received(websocket))["params"]["notification"]
    return told["topic"], told["message"]["data"]


@asynccontextmanager
async def stream(folder: Path) -> AsyncIterator[tuple[Served, ClientConnection]]:
    async with listening(folder) as (served, at):
        proof = {"Authorization": f"Bearer {served.device.local_token}"}
        async with connect(f"ws://{at}{STREAM}", additional_headers=proof) as websocket:
            yield served, websocket


async def test_the_answer_comes_first_then_what_counts_then_what_happens(tmp_path: Path) -> None:
    async with stream(tmp_path) as (served, websocket):
        served.device.bus.set("call.state", "ringing")
        await websocket.send(configure("tnsaxis:Call//."))
        assert await received(websocket) == {
            "apiVersion": "1.0",
            "context": "x",
            "method": "events:configure",
            "data": {},
        }
        assert await notified(websocket) == ("tnsaxis:Call/State", {"CallState": "Ringing"})
        served.device.bus.set("device.ready", False)
        served.device.bus.set("call.state", "talking")
        told = await received(websocket)
    assert told["method"] == "events:notify"
    notification = told["params"]["notification"]
    assert notification["message"] == {
        "source": {"Source": "NetworkSpeaker"},
        "key": {},
        "data": {"CallState": "Active"},
    }
    assert notification["timestamp"] > 1_700_000_000_000


async def test_a_new_filter_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    async with stream(tmp_path) as (served, websocket):
        await websocket.send(configure("tnsaxis:Call/State"))
        await received(websocket)
        await notified(websocket)
        await websocket.send(configure("tns1:Device//."))
        assert (await received(websocket))["data"] == {}
        topic, _ = await notified(websocket)
        assert topic == "tns1:Device/tnsaxis:Status/SystemReady"
        served.device.bus.set("call.state", "ringing")
        served.device.bus.set("device.ready", False)
        assert await notified(websocket) == (topic, {"ready": "0"})


async def test_two_filters_that_want_an_event_have_it_twice(tmp_path: Path) -> None:
    async with stream(tmp_path) as (_, websocket):
        await websocket.send(configure("tnsaxis:Call/State", "tnsaxis:Call//."))
        await received(websocket)
        assert await notified(websocket) == await notified(websocket)


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("x", 2101),
        (configure("nonsense"), 2104),
        (configure("//.", content="nonsense"), 2104),
        (configure(*["//."] * 33), 2104),
        (configure().replace("eventFilterList", "other"), 2103),
        (configure().replace("configure", "other"), 2102),
        (configure().replace("1.0", "2.0"), 2100),
    ],
)
async def test_what_makes_no_sense_is_answered_and_nothing_is_told(
    tmp_path: Path, message: str, code: int
) -> None:
    async with stream(tmp_path) as (_, websocket):
        await websocket.send(message)
        assert (await received(websocket))["error"]["code"] == code
        await websocket.send(configure("tnsaxis:Call/State"))
        assert (await received(websocket))["data"] == {}


async def test_octets_end_it(tmp_path: Path) -> None:
    async with stream(tmp_path) as (_, websocket):
        await websocket.send(b"\0")
        with pytest.raises(ConnectionClosed) as closed:
            await asyncio.wait_for(websocket.recv(), SOON_S)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1003


async def test_a_ticket_opens_it_once(tmp_path: Path) -> None:
    """`wssession.cgi`: for clients that cannot log in within the handshake."""
    async with listening(tmp_path) as (served, at):
        await set_up(served)
        async with served.local() as http:
            answer = await http.get("/axis-cgi/wssession.cgi")
        assert (answer.status_code, answer.text.isdigit()) == (200, True)
        url = f"ws://{at}{STREAM}&wssession={answer.text}"
        async with connect(url) as websocket:
            await websocket.send(configure("//."))
            assert (await received(websocket))["data"] == {}
        with pytest.raises(InvalidStatus) as refused:
            async with connect(url):
                pass
    assert refused.value.response.status_code == 401


async def test_a_source_that_there_is_not_is_refused(tmp_path: Path) -> None:
    async with listening(tmp_path) as (served, at):
        proof = {"Authorization": f"Bearer {served.device.local_token}"}
        with pytest.raises(InvalidStatus):
            async with connect(f"ws://{at}/vapix/ws-data-stream", additional_headers=proof):
                pass
