"""`systemready.cgi`: asked by tools that do not know an account yet."""

import asyncio
from uuid import UUID

from speaker.vapix.system_ready import MOST_WAITING
from tests.speaker.http.serving import Served
from tests.speaker.http.visitors import set_up
from tests.speaker.vapix.asking import Api

PATH = "/axis-cgi/systemready.cgi"


async def test_a_stranger_learns_that_the_device_is_ready_and_has_to_be_set_up(
    served: Served,
) -> None:
    async with served.client() as http:
        api = Api(http, PATH)
        told = await api.data("systemready", {"timeout": 20})
        assert (told["systemready"], told["needsetup"]) == ("yes", "yes")
        assert int(told["uptime"]) >= 0
        assert str(UUID(told["bootid"])) == told["bootid"]
        await set_up(served)
        assert (await api.data("systemready"))["needsetup"] == "no"


async def test_who_asks_too_early_may_wait_until_it_is_ready(served: Served) -> None:
    served.device.bus.set("device.ready", False)
    async with served.client() as http:
        api = Api(http, PATH)
        assert (await api.data("systemready"))["systemready"] == "no"
        waiting = asyncio.create_task(api.data("systemready", {"timeout": 3600}))
        done, _ = await asyncio.wait([waiting], timeout=0.05)
        assert not done
        served.device.bus.set("device.ready", True)
        assert (await asyncio.wait_for(waiting, 5))["systemready"] == "yes"


async def test_a_crowd_is_answered_at_once(served: Served) -> None:
    served.device.bus.set("device.ready", False)
    async with served.client() as http:
        api = Api(http, PATH)
        waiting = [
            asyncio.create_task(api.data("systemready", {"timeout": 3600}))
            for _ in range(MOST_WAITING)
        ]
        await asyncio.wait(waiting, timeout=0.05)
        told = await asyncio.wait_for(api.data("systemready", {"timeout": 3600}), 5)
        assert told["systemready"] == "no"
        for each in waiting:
            each.cancel()
        await asyncio.wait(waiting)
        served.device.bus.set("device.ready", True)


async def test_a_timeout_is_a_number_of_seconds(served: Served) -> None:
    async with served.client() as http:
        for patience in (-1, "soon", 1.5, True):
            assert await Api(http, PATH).code("systemready", {"timeout": patience}) == 2104
