"""`apidiscovery.cgi` and `basicdeviceinfo.cgi`."""

import fnmatch
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from speaker.http.app import make_app
from speaker.vapix.discovery import APIS
from speaker.version import VERSION
from tests.speaker.http.serving import Served, serving
from tests.speaker.vapix.asking import Api

INFO = "/axis-cgi/basicdeviceinfo.cgi"
DISCOVERY = "/axis-cgi/apidiscovery.cgi"
ALL = {
    "Architecture",
    "Brand",
    "BuildDate",
    "HardwareID",
    "ProdFullName",
    "ProdNbr",
    "ProdShortName",
    "ProdType",
    "ProdVariant",
    "SerialNumber",
    "Soc",
    "SocSerialNumber",
    "Version",
    "WebURL",
}


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    async with serving(tmp_path, "brand.brand=Example", "device.serial=ABCDEF012345") as device:
        yield device


async def test_everything_that_is_listed_is_there(served: Served) -> None:
    paths = {getattr(each, "path", "") for each in make_app(served.device).routes}
    assert {each.path for each in APIS} <= paths
    assert [each.id for each in APIS] == sorted({each.id for each in APIS})


async def test_anybody_may_ask_which_apis_there_are(served: Served) -> None:
    async with served.client() as http:
        found = (await Api(http, DISCOVERY).data("getApiList"))["apiList"]
    assert {each["id"] for each in found} == {each.id for each in APIS}
    assert all(each.keys() == {"id", "version", "name", "docLink", "status"} for each in found)


GLOBS: list[tuple[dict[str, str], list[str]]] = [
    ({"id": "basic-device-info"}, ["basic-device-info"]),
    ({"id": "basic-*", "version": "1.?"}, ["basic-device-info"]),
    ({"id": "basic-*", "version": "2.*"}, []),
    ({"id": "nothing-at-all"}, []),
    ({"id": "[a-z]pi-discovery"}, ["api-discovery"]),
]


async def test_the_list_of_apis_is_filtered_by_globs(served: Served) -> None:
    async with served.client() as http:
        for params, expected in GLOBS:
            found = (await Api(http, DISCOVERY).data("getApiList", params))["apiList"]
            assert [each["id"] for each in found] == expected, params


async def test_all_fourteen_properties_are_told(served: Served) -> None:
    async with served.local() as http:
        found = (await Api(http, INFO).data("getAllProperties"))["propertyList"]
    assert found.keys() == ALL
    assert found["Brand"] == "Example"
    assert found["SerialNumber"] == "ABCDEF012345"
    assert found["Version"] == VERSION
    assert all(isinstance(value, str) and value.isascii() for value in found.values())


async def test_strangers_learn_nothing_of_the_processor(served: Served) -> None:
    async with served.client() as http:
        found = await Api(http, INFO).data("getAllUnrestrictedProperties")
        assert found["propertyList"].keys() == ALL - {"Architecture", "Soc", "SocSerialNumber"}
        asked = {"apiVersion": "1.0", "method": "getAllProperties"}
        assert (await http.post(INFO, json=asked)).status_code == 401


async def test_single_properties_are_told_and_unknown_ones_named(served: Served) -> None:
    async with served.local() as http:
        info = Api(http, INFO)
        wanted = {"propertyList": ["ProdNbr", "Brand"]}
        assert (await info.data("getProperties", wanted))["propertyList"].keys() == {
            "ProdNbr",
            "Brand",
        }
        refused = await info.send("getProperties", {"propertyList": ["Colour"]})
        assert refused["error"] == {"code": 1000, "message": "Property not supported: Colour"}


async def test_globs_of_strangers_are_not_kept(served: Served) -> None:
    """`fnmatch` keeps tens of thousands of compiled patterns, and anybody may ask here."""
    kept = fnmatch._compile_pattern.cache_info().currsize  # type: ignore[attr-defined]
    async with served.client() as http:
        for number in range(20):
            await Api(http, DISCOVERY).data("getApiList", {"id": f"*{number}x{number}*"})
    assert fnmatch._compile_pattern.cache_info().currsize == kept  # type: ignore[attr-defined]
