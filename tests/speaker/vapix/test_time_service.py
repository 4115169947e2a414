"""`time.cgi` and the settings of `[time]`."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import pytest

from speaker.http.identity import Identity
from speaker.vapix.envelope import Asked
from speaker.vapix.error_family import ApiError
from speaker.vapix.fields import Fields
from speaker.vapix.time_service import TimeService
from tests.speaker.http.serving import Served
from tests.speaker.vapix.asking import Api

PATH = "/axis-cgi/time.cgi"
CET = "CET-1CEST,M3.5.0,M10.5.0/3"


@pytest.fixture
async def api(served: Served) -> AsyncIterator[Api]:
    async with served.local() as http:
        yield Api(http, PATH)


async def test_time_is_told_in_utc_and_locally(api: Api) -> None:
    await api.data("setTimeZone", {"timeZone": "Asia/Tokyo"})
    await asyncio.sleep(0)
    told = await api.data("getDateTimeInfo")
    utc, local = (datetime.fromisoformat(told[key]) for key in ("dateTime", "localDateTime"))
    assert told["dateTime"].endswith("Z")
    assert told["localDateTime"].endswith("+09:00")
    assert utc == local
    assert told["timeZone"] == "Asia/Tokyo"
    assert (told["posixTimeZone"], told["dstEnabled"]) == ("JST-9", True)


async def test_one_time_zone_clears_the_other(served: Served, api: Api) -> None:
    zone = {"posixTimeZone": CET, "enableDst": False}
    assert await api.data("setPosixTimeZone", zone) == {"posixTimeZone": CET, "dstEnabled": False}
    told = await api.data("getAll")
    assert (told["posixTimeZone"], told["dstEnabled"]) == (CET, False)
    assert "timeZone" not in told
    assert "Europe/Stockholm" in told["timeZones"]

    zone = {"timeZone": "Europe/Stockholm"}
    assert await api.data("setTimeZone", zone) == zone
    assert served.device.store.settings.time.posix_time_zone == ""
    assert await api.data("resetTimeZone") == {"status": "success"}
    time = served.device.store.settings.time
    assert (time.time_zone, time.posix_time_zone, time.posix_daylight_saving) == ("", "", True)


WRONG: list[tuple[str, object, int]] = [
    ("setTimeZone", {}, 4003),
    ("setTimeZone", {"timeZone": ""}, 4004),
    ("setTimeZone", {"timeZone": "Mars/Olympus"}, 4004),
    ("setPosixTimeZone", {"posixTimeZone": CET}, 4003),
    ("setPosixTimeZone", {"posixTimeZone": "CET", "enableDst": True}, 4004),
    ("setPosixTimeZone", {"posixTimeZone": CET, "enableDst": "yes"}, 4004),
    ("setDateTime", {}, 4003),
    ("setDateTime", {"dateTime": "2018-12-24"}, 4004),
    ("setDateTime", {"dateTime": "2018-13-24T20:30:45Z"}, 4004),
    ("setDateTime", {"dateTime": "2039-01-01T00:00:00Z"}, 4004),
    ("setDateTime", {"dateTime": "1969-12-31T23:59:59Z"}, 4004),
]


async def test_what_is_wrong_has_a_code(api: Api) -> None:
    for method, params, code in WRONG:
        assert await api.code(method, params) == code, (method, params)


def asked(**params: Any) -> Asked:
    return Asked(params=Fields(params), by=Identity(name="test"))


async def test_the_clock_is_set_where_the_machine_lets_us(served: Served) -> None:
    set_to: list[float] = []
    method = TimeService(served.device, set_to.append).api().methods["setDateTime"]
    told = await method.run(asked(dateTime="2018-12-24T20:30:45Z"))
    assert (told, set_to) == ({"dateTime": "2018-12-24T20:30:45Z"}, [1545683445.0])


async def test_a_machine_that_keeps_its_clock_is_told_of(served: Served) -> None:
    def refuse(_seconds: float) -> None:
        raise PermissionError(1, "Operation not permitted")

    method = TimeService(served.device, refuse).api().methods["setDateTime"]
    with pytest.raises(ApiError, match="the clock is the machine's") as caught:
        await method.run(asked(dateTime="2018-12-24T20:30:45Z"))
    assert TimeService(served.device).api().family.code(caught.value.trouble) == 5000
