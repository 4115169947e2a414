"""Settings that the HTTP side looks at with every request."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.speaker.http.serving import Served, serving

STATE = "/api/v1/state"


async def state(served: Served) -> str:
    async with served.local() as http:
        return (await http.get(STATE)).text


async def device_info(served: Served) -> str:
    question = {"apiVersion": "1.0", "method": "getAllProperties"}
    async with served.local() as http:
        return (await http.post("/axis-cgi/basicdeviceinfo.cgi", json=question)).text


async def stranger_s_answer(served: Served) -> str:
    async with served.client() as http:
        return str((await http.get(STATE)).status_code)


async def challenge(served: Served) -> str:
    async with served.client() as http:
        answer = await http.get(STATE)
    return ", ".join(answer.headers.get_list("www-authenticate"))


async def https_header(served: Served) -> str:
    async with served.local() as http:
        answer = await http.get(f"https://speaker.test{STATE}")
    return str(answer.headers.get("strict-transport-security", "none"))


async def transmitting(served: Served) -> str:
    sound = b"\xff" * 160
    async with served.local() as http:
        answer = await http.post(
            "/axis-cgi/audio/transmit.cgi", content=sound, headers={"Content-Type": "audio/basic"}
        )
    return answer.text


READINGS = {
    "sound by HTTP": (
        {"http_audio": {"duplex_mode": "get"}},
        transmitting,
        "http_audio.duplex_mode lets nobody transmit",
    ),
    "serial": ({"device": {"serial": "A1-77"}}, state, "A1-77"),
    "account's name": (
        {"sip": {"accounts": [{"id": "a", "default": True, "name": "Lobby"}]}},
        state,
        "Lobby",
    ),
    "brand": ({"brand": {"brand": "Acme"}}, device_info, "Acme"),
    "anonymous viewing": ({"http": {"allow_anonymous_viewing": True}}, stranger_s_answer, "200"),
    "policy": ({"http": {"authentication_policy": "Basic"}}, challenge, "Basic"),
    "HSTS": ({"http": {"strict_transport_security_s": 777}}, https_header, "777"),
}


@pytest.mark.parametrize("name", READINGS)
async def test_what_http_asks_for_each_time_is_the_new_value(tmp_path: Path, name: str) -> None:
    change, read, shows = READINGS[name]
    assert isinstance(change, Mapping)
    async with serving(tmp_path) as served:
        await asyncio.to_thread(served.device.accounts.add_first, "root", "pass", address="")
        assert shows not in await read(served)
        await served.device.change(change, by="test")
        assert shows in await read(served)
