"""`firmwaremanagement.cgi`: versions, restart and defaults."""

from collections.abc import AsyncIterator

import pytest

from speaker.lifecycle import Next
from speaker.version import VERSION
from tests.speaker.http.serving import Served
from tests.speaker.vapix.asking import Api


@pytest.fixture
async def api(served: Served) -> AsyncIterator[Api]:
    async with served.local() as http:
        yield Api(http, "/axis-cgi/firmwaremanagement.cgi", "1.0")


async def test_the_version_that_runs_is_told(api: Api) -> None:
    told = await api.data("status")
    assert told == {"activeFirmwareVersion": VERSION, "activeFirmwarePart": "intercom-speaker"}


@pytest.mark.parametrize(
    ("method", "params", "following"),
    [
        ("reboot", None, Next.RESTART),
        ("factoryDefault", {"factoryDefaultMode": "soft"}, Next.DEFAULT),
        ("factoryDefault", {"factoryDefaultMode": "hard"}, Next.HARD_DEFAULT),
    ],
)
async def test_the_device_begins_anew_after_it_has_answered(
    served: Served, api: Api, method: str, params: object, following: Next
) -> None:
    assert await api.data(method, params) == {}
    ending = served.device.lifecycle.ending
    assert ending is not None
    assert (ending.next, ending.by) == (following, "local")
    assert served.device.store.audit.entries(1)[0].what.startswith("asked for a ")


REFUSED: list[tuple[str, object, int]] = [
    ("upgrade", {}, 405),
    ("rollback", None, 405),
    ("reboot", {"now": True}, 400),
    ("factoryDefault", None, 400),
    ("factoryDefault", {"factoryDefaultMode": "gentle"}, 400),
    ("factoryDefault", {"factoryDefaultMode": "soft", "keep": "all"}, 400),
]


async def test_what_it_cannot_do_is_refused_and_nothing_ends(served: Served, api: Api) -> None:
    for method, params, code in REFUSED:
        assert await api.code(method, params) == code, (method, params)
    assert served.device.lifecycle.ending is None
