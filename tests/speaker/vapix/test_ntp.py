"""`ntp.cgi`: told and set, with a keeper of the clock in memory."""

from dataclasses import replace
from typing import Any

import pytest

from speaker.host_clock.synchronisation import HostRefuses, Servers, Synchronisation
from speaker.http.identity import Identity
from speaker.vapix.envelope import Asked
from speaker.vapix.error_family import FAMILY_C, ApiError
from speaker.vapix.fields import Fields
from speaker.vapix.ntp import Ntp

RUNNING = Synchronisation(
    servers=Servers(from_dhcp=False, static=("a.example",)),
    enabled=True,
    synced=True,
    advertised=("192.0.2.5",),
    next_in_s=12,
    offset_ms=-1.25,
)


class Keeper:
    """A program that keeps no clock."""

    def __init__(self, state: Synchronisation | None, refusal: str = "") -> None:
        self.state = state
        self._refusal = refusal

    async def read(self) -> Synchronisation | None:
        return self.state

    async def set_servers(self, servers: Servers) -> None:
        self._refuse()
        assert self.state is not None
        self.state = replace(self.state, servers=servers)

    async def enable(self, *, on: bool) -> None:
        self._refuse()
        assert self.state is not None
        self.state = replace(self.state, enabled=on)

    def _refuse(self) -> None:
        if self._refusal:
            raise HostRefuses(self._refusal)


class Noted:
    """An audit log in memory."""

    def __init__(self) -> None:
        self.entries: list[tuple[str, str, str]] = []

    def note(self, who: str, what: str, *, address: str = "") -> None:
        self.entries.append((who, address, what))


async def call(keeper: Keeper, method: str, **params: Any) -> Any:
    return await noted_call(Noted(), keeper, method, params)


async def noted_call(noted: Noted, keeper: Keeper, method: str, params: dict[str, Any]) -> Any:
    asked = Asked(params=Fields(params), by=Identity(name="test", address="192.0.2.7"))
    return await Ntp([Keeper(None), keeper], noted).api().methods[method].run(asked)


async def refused(keeper: Keeper, **params: Any) -> tuple[int, int | None]:
    before = keeper.state
    with pytest.raises(ApiError) as caught:
        await call(keeper, "setNTPClientConfiguration", **params)
    assert keeper.state == before
    details = caught.value.details
    return FAMILY_C.code(caught.value.trouble), None if details is None else details["subCode"]


async def test_the_client_of_the_machine_is_told() -> None:
    assert await call(Keeper(RUNNING), "getNTPInfo") == {
        "client": {
            "enabled": True,
            "NTSEnabled": False,
            "serversSource": "static",
            "maxSupportedStaticServers": 5,
            "staticServers": ["a.example"],
            "advertisedServers": ["192.0.2.5"],
            "staticNTSKEServers": [],
            "synced": True,
            "timeToNextSync": 12,
            "timeOffset": -1.25,
            "minpoll": 6,
            "maxpoll": 10,
        }
    }


async def test_without_a_client_there_is_no_section_about_one_and_nothing_to_set() -> None:
    assert await call(Keeper(None), "getNTPInfo") == {}
    assert await refused(Keeper(None), enabled=True) == (5000, None)


async def test_what_is_given_is_handed_to_the_machine_and_the_rest_stays() -> None:
    keeper = Keeper(RUNNING)
    new = {"staticServers": ["192.0.2.91", "2001:db8::1", "b.example"], "maxpoll": 12}
    assert await call(keeper, "setNTPClientConfiguration", **new) == {}
    assert keeper.state is not None
    assert keeper.state.servers == Servers(
        from_dhcp=False, static=("192.0.2.91", "2001:db8::1", "b.example"), max_poll=12
    )
    await call(keeper, "setNTPClientConfiguration", enabled=False, serversSource="DHCP")
    assert not keeper.state.enabled
    assert keeper.state.servers.from_dhcp


async def test_who_has_set_what_is_written_down() -> None:
    keeper, noted = Keeper(RUNNING), Noted()

    async def set_to(**params: object) -> None:
        await noted_call(noted, keeper, "setNTPClientConfiguration", params)

    await set_to(staticServers=["a.example"], enabled=True)
    assert noted.entries == []
    await set_to(staticServers=["b.example", "192.0.2.9"], enabled=False)
    await set_to(serversSource="DHCP")
    assert noted.entries == [
        ("test", "192.0.2.7", "took the machine's time from b.example, 192.0.2.9"),
        ("test", "192.0.2.7", "switched the machine's NTP client off"),
        ("test", "192.0.2.7", "took the machine's time from the servers that DHCP names"),
    ]


async def test_what_is_told_can_be_sent_back_where_the_machine_allows_nothing() -> None:
    keeper = Keeper(RUNNING, refusal="no")
    told = (await call(keeper, "getNTPInfo"))["client"]
    assert await call(keeper, "setNTPClientConfiguration", **told) == {}
    assert await refused(keeper, maxpoll=12) == (5000, None)
    assert await refused(keeper, enabled=False) == (5000, None)


@pytest.mark.parametrize(
    ("params", "code", "sub_code"),
    [
        ({}, 4003, None),
        ({"enabled": "yes"}, 4004, 1),
        ({"serversSource": "dhcp"}, 4004, 2),
        ({"staticServers": "a.example"}, 4004, 3),
        ({"staticServers": []}, 4004, 3),
        ({"staticServers": ["a"] * 6}, 4004, 3),
        ({"staticServers": ["a.example\nserver evil.example"]}, 4004, 3),
        ({"staticServers": ["a.example iburst"]}, 4004, 3),
        ({"staticServers": ["# a"]}, 4004, 3),
        ({"staticServers": ["fe80::1%eth0\nx"]}, 4004, 3),
        ({"staticServers": ["[2001:db8::1]"]}, 4004, 3),
        ({"staticServers": [""]}, 4004, 3),
        ({"NTSEnabled": 1}, 4004, 5),
        ({"NTSEnabled": True}, 4004, 6),
        ({"staticNTSKEServers": [5]}, 4004, 6),
        ({"minpoll": 25}, 4004, 7),
        ({"maxpoll": -1}, 4004, 8),
        ({"maxpoll": 5}, 4004, 8),
        ({"NTSKEServerCACerts": ["mine"]}, 4004, 9),
    ],
)
async def test_each_parameter_that_is_wrong_is_told_by_its_number(
    params: dict[str, Any], code: int, sub_code: int | None
) -> None:
    assert await refused(Keeper(RUNNING), **params) == (code, sub_code)
