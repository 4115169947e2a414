"""`Time` in `param.cgi`: the System settings document, section System date and time."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import httpx
import pytest

from speaker.host_clock.synchronisation import HostRefuses, Servers, Synchronisation
from speaker.vapix.parameters.clock import clock_parameters
from speaker.vapix.parameters.parameter import BadValue, DeedSource
from speaker.zone_rules import rules_in, zone_rules
from tests.speaker.http.serving import Served, serving

PARAM = "/axis-cgi/param.cgi"
LONDON = "GMT0BST,M3.5.0/1,M10.5.0"
ZONE, SUMMER = "root.Time.POSIXTimeZone", "root.Time.DST.Enabled"


@asynccontextmanager
async def asking(folder: Path, *settings: str) -> AsyncIterator[tuple[Served, httpx.AsyncClient]]:
    async with serving(folder, *settings) as served, served.local() as http:
        yield served, http


async def listed(http: httpx.AsyncClient) -> dict[str, str]:
    answer = await http.get(PARAM, params={"action": "list", "group": "Time"})
    return dict(line.split("=", 1) for line in answer.text.splitlines())


async def update(http: httpx.AsyncClient, values: dict[str, str]) -> str:
    return (await http.get(PARAM, params={"action": "update", **values})).text


async def test_a_time_zone_is_set_by_its_rules_and_counts_at_once(tmp_path: Path) -> None:
    async with asking(tmp_path, 'time.time_zone="Europe/Stockholm"') as (served, http):
        assert (await listed(http))[ZONE] == "CET-1CEST,M3.5.0,M10.5.0/3"
        assert await update(http, {"Time.POSIXTimeZone": "<+0530>-5:30"}) == "OK\n"
        settings = served.device.store.settings.time
        assert (settings.posix_time_zone, settings.time_zone) == ("<+0530>-5:30", "")
        found = await listed(http)
        assert found[ZONE] == "<+0530>-5:30"
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", found["root.Time.ServerDate"])
        assert re.fullmatch(r"\d\d:\d\d:\d\d", found["root.Time.ServerTime"])
        assert datetime.now().astimezone().strftime("%z") == "+0530"


async def test_summer_time_is_a_switch(tmp_path: Path) -> None:
    async with asking(tmp_path) as (served, http):
        both = {"Time.DST.Enabled": "no", "Time.POSIXTimeZone": LONDON}
        assert await update(http, both) == "OK\n"
        found = await listed(http)
        assert (found[ZONE], found[SUMMER]) == (LONDON, "no")
        assert not served.device.store.settings.time.posix_daylight_saving
        assert await update(http, {"Time.DST.Enabled": "yes"}) == "OK\n"
        assert (await listed(http))[SUMMER] == "yes"


async def test_a_zone_with_a_name_becomes_its_rules_when_its_summer_time_is_switched_off(
    tmp_path: Path,
) -> None:
    async with asking(tmp_path, 'time.time_zone="Europe/London"') as (served, http):
        assert (await listed(http))[SUMMER] == "yes"
        assert await update(http, {"Time.DST.Enabled": "no"}) == "OK\n"
        settings = served.device.store.settings.time
        assert (settings.posix_time_zone, settings.posix_daylight_saving) == (LONDON, False)


@pytest.mark.parametrize("zone", ["", ":Europe/London", "GMT", "GMT0BST,M13.1.0,M10.5.0"])
async def test_what_is_no_zone_is_refused(tmp_path: Path, zone: str) -> None:
    async with asking(tmp_path) as (_, http):
        answer = await update(http, {"Time.POSIXTimeZone": zone})
        assert answer == f"# Error: Error setting 'Time.POSIXTimeZone' to '{zone}'!\n"


def test_rules_are_read_from_the_end_of_a_zone_file(tmp_path: Path) -> None:
    file = tmp_path / "zone"
    file.write_bytes(
        b"TZif2" + bytes(40) + b"\nTZif2" + bytes(40) + b"\n" + LONDON.encode() + b"\n"
    )
    assert rules_in(file) == LONDON
    file.write_bytes(b"something else\nGMT0\n")
    assert rules_in(file) == ""
    assert rules_in(tmp_path / "none") == ""


@pytest.mark.parametrize(
    ("told", "rules"),
    [("GMT0BST", "GMT0BST,M3.2.0,M11.1.0"), (":no/such/zone", "UTC0"), ("", "UTC0")],
)
def test_the_zone_of_the_process_is_told_as_rules(
    monkeypatch: pytest.MonkeyPatch, told: str, rules: str
) -> None:
    monkeypatch.setenv("TZ", told)
    assert zone_rules() == rules


@dataclass
class Keeper:
    """A program that keeps the clock right, and may refuse to be told otherwise."""

    found: Synchronisation
    refuses: bool = False
    enabled: list[bool] = field(default_factory=list)

    async def read(self) -> Synchronisation | None:
        return self.found

    async def set_servers(self, servers: Servers) -> None:
        if self.refuses:
            raise HostRefuses("no")
        self.found = replace(self.found, servers=servers)

    async def enable(self, *, on: bool) -> None:
        if self.refuses:
            raise HostRefuses("no")
        self.enabled.append(on)


def make_keeper(*, refuses: bool = False) -> Keeper:
    servers = Servers(static=("192.0.2.123",))
    advertised = ("ntp.example",)
    found = Synchronisation(servers=servers, enabled=True, synced=True, advertised=advertised)
    return Keeper(found, refuses)


def sources(keeper: Keeper) -> dict[str, DeedSource]:
    found = {each.path: each.source for each in clock_parameters(keeper, keeper.found)}
    return {path: source for path, source in found.items() if isinstance(source, DeedSource)}


async def set_to(keeper: Keeper, path: str, value: str) -> None:
    await sources(keeper)[path].change(value, by="joe", address="192.0.2.9")


async def test_the_clocks_server_is_handed_to_the_machine() -> None:
    keeper = make_keeper()
    await set_to(keeper, "Time.NTP.Server", "time.example")
    assert (keeper.found.servers.static, keeper.found.servers.from_dhcp) == (
        ("time.example",),
        False,
    )
    await set_to(keeper, "Time.ObtainFromDHCP", "yes")
    assert keeper.found.servers.from_dhcp
    await set_to(keeper, "Time.NTP.Server", "0.0.0.0")
    assert (keeper.found.servers.static, keeper.found.servers.from_dhcp) == ((), True)
    await set_to(keeper, "Time.SyncSource", "None")
    assert keeper.enabled == [False]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("Time.NTP.Server", "no host"),
        ("Time.NTP.Server", "[::1]"),
        ("Time.NTP.Server", "-c evil"),
        ("Time.NTP.Server", "fe80::1%eth0 trust"),
        ("Time.ObtainFromDHCP", "maybe"),
        ("Time.SyncSource", "PC"),
    ],
)
async def test_what_cannot_be_is_refused(path: str, value: str) -> None:
    keeper = make_keeper()
    before = keeper.found
    with pytest.raises(BadValue):
        await set_to(keeper, path, value)
    assert keeper.found == before


@pytest.mark.parametrize(
    ("path", "value"),
    [("Time.NTP.Server", "a.example"), ("Time.ObtainFromDHCP", "no"), ("Time.SyncSource", "NTP")],
)
async def test_a_machine_that_does_not_let_us_is_an_error(path: str, value: str) -> None:
    with pytest.raises(BadValue, match="no"):
        await set_to(make_keeper(refuses=True), path, value)


def test_without_a_keeper_nobody_keeps_the_clock() -> None:
    (only,) = clock_parameters(None, None)
    assert (only.path, only.is_constant) == ("Time.SyncSource", True)
