"""What the library `axis`, which Home Assistant talks to devices by, gets out of a speaker.

A program of its own, as the newest versions of the library need a newer Python than ours:

    python axis_client.py PORT USER PASSWORD      prints a JSON object
"""

import asyncio
import importlib
import json
import sys
from importlib.metadata import version
from typing import Any

from axis.device import AxisDevice
from axis.models.configuration import Configuration
from axis.models.pwdgrp_cgi import SecondaryGroup

NEWER = int(version("axis")) > 60
"""Whether it brings its requests by aiohttp and knows events by WebSocket; else it takes httpx."""

EVENTS_S = 10.0


def session() -> Any:
    """What this version of the library sends requests with."""
    if NEWER:
        return importlib.import_module("aiohttp").ClientSession()
    return importlib.import_module("httpx").AsyncClient()


async def users_changed(device: AxisDevice) -> list[list[str]]:
    """The names of all users: at first, with one more, and without it again."""
    users = device.vapix.users
    seen = [sorted(await users.list())]
    await users.create("frank", pwd="first", sgrp=SecondaryGroup.VIEWER)
    await users.modify("frank", pwd="second", sgrp=SecondaryGroup.OPERATOR)
    seen.append(sorted(f"{name} {user.operator}" for name, user in (await users.list()).items()))
    await users.delete("frank")
    return [*seen, sorted(await users.list())]


async def topics_heard(device: AxisDevice) -> list[str]:
    """The topics of the first events that come by WebSocket, the states at first."""
    topics: list[str] = []
    enough = asyncio.Event()

    def heard(event: dict[str, str]) -> None:
        topics.append(event["topic"])
        if "tnsaxis:Call/State" in topics:
            enough.set()

    # In place of what sorts out the few topics that Home Assistant has a use for.
    device.event.handler = heard  # type: ignore[method-assign,assignment]
    device.enable_events()
    device.stream.start()
    try:
        await asyncio.wait_for(enough.wait(), EVENTS_S)
    finally:
        device.stream.stop()
        await asyncio.sleep(0.1)  # it closes its connection in a task of its own
    return topics


async def learned(port: int, user: str, password: str) -> dict[str, object]:
    """What there is to know of the speaker at this port of loopback."""
    async with session() as requests:
        more: dict[str, Any] = {"websocket_enabled": True} if NEWER else {}
        configuration = Configuration(
            requests, "127.0.0.1", port=port, username=user, password=password, **more
        )
        device = AxisDevice(configuration)
        vapix = device.vapix
        await vapix.initialize()
        await vapix.initialize_users()
        await vapix.load_user_groups()
        return {
            "version": int(version("axis")),
            "serial_number": vapix.serial_number,
            "product_number": vapix.product_number,
            "product_type": vapix.product_type,
            "firmware_version": vapix.firmware_version,
            "apis": sorted(str(each) for each in vapix.api_discovery),
            "device_info": vapix.basic_device_info.initialized,
            "parameters": vapix.params.property_handler.initialized,
            "access_rights": str(vapix.access_rights),
            "users": await users_changed(device),
            "topics": await topics_heard(device) if NEWER else None,
        }


if __name__ == "__main__":
    found = asyncio.run(learned(int(sys.argv[1]), sys.argv[2], sys.argv[3]))
    sys.stdout.write(json.dumps(found))
