"""The resolver and a name server on loopback."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from sip.flow import Address, Transport
from sip.location.effects import Target
from sip.transport.resolver import MAXIMUM_LOOKUPS, Resolver
from tests.sip.transport.looking_up import PATIENCE_S, located, looking_for, resolver_for
from tests.sip.transport.name_server import Zone, name_server

EXAMPLE: Zone = {
    "example.com": [
        "60 NAPTR 10 20 s SIP+D2T . _sip._tcp.example.com.",
        "60 NAPTR 10 10 S sip+d2u . _sip._udp.example.com.",
        '60 NAPTR 5 10 u E2U+sip "!^.*$!sip:x@evil.example!" .',
    ],
    "_sip._udp.example.com": ["60 SRV 20 0 5061 b.example.com.", "60 SRV 10 0 5060 a.example.com."],
    "_sip._tcp.example.com": ["60 SRV 10 0 5070 a.example.com."],
    "a.example.com": ["60 A 192.0.2.1", "60 AAAA 2001:db8::1"],
    "b.example.com": ["60 CNAME c.example.com."],
    "c.example.com": ["60 A 192.0.2.3"],
}

HOST: Zone = {"pbx.example.com": ["60 A 192.0.2.1"]}


async def hosts_of(resolver: Resolver, uri: str = "sip:pbx.example.com:5060") -> list[str]:
    return [target.address.host for target in await located(resolver, uri)]


async def test_a_domain_is_followed_from_naptr_to_addresses() -> None:
    """RFC 3263 §4, with an alias on the way."""
    async with name_server(EXAMPLE) as server, resolver_for(server) as resolver:
        assert await located(resolver, "sip:bob@example.com") == (
            Target(Transport.UDP, Address("192.0.2.1", 5060), "example.com"),
            Target(Transport.UDP, Address("2001:db8::1", 5060), "example.com"),
            Target(Transport.UDP, Address("192.0.2.3", 5061), "example.com"),
            Target(Transport.TCP, Address("192.0.2.1", 5070), "example.com"),
            Target(Transport.TCP, Address("2001:db8::1", 5070), "example.com"),
        )


async def test_what_needs_no_question_is_told_at_once() -> None:
    async with name_server(HOST) as server, resolver_for(server) as resolver:
        told: list[Sequence[Target]] = []
        for uri in ("sip:192.0.2.9", "sip:a..b", "sip:localhost:5060"):
            resolver.locate(looking_for(uri), told.append)
        assert [[each.address.host for each in targets] for targets in told] == [
            ["192.0.2.9"],
            [],
            ["127.0.0.1", "::1"],
        ]
        assert server.asked == []


async def test_an_answer_is_remembered_and_the_next_time_told_at_once() -> None:
    async with name_server(EXAMPLE) as server, resolver_for(server) as resolver:
        first = await located(resolver, "sip:example.com")
        asked = len(server.asked)
        told: list[Sequence[Target]] = []
        resolver.locate(looking_for("sip:EXAMPLE.com"), told.append)
        assert told == [first]
        assert len(server.asked) == asked


async def test_the_list_is_good_for_the_shortest_time_on_its_way() -> None:
    zone = {**EXAMPLE, "c.example.com": ["7 A 192.0.2.3"]}
    async with name_server(zone) as server, resolver_for(server) as resolver:
        now = asyncio.get_running_loop().time()
        good_until = {each.good_until for each in await located(resolver, "sip:example.com")}
        assert len(good_until) == 1
        assert now + 7 <= good_until.pop() < now + 12


async def test_what_is_good_for_no_time_is_asked_each_time() -> None:
    """RFC 1035 §3.2.1: a TTL of zero."""
    zone = {"pbx.example.com": ["0 A 192.0.2.1", "60 AAAA 2001:db8::1"]}
    async with name_server(zone) as server, resolver_for(server) as resolver:
        for _ in range(2):
            assert await hosts_of(resolver) == ["192.0.2.1", "2001:db8::1"]
        assert sorted(server.asked) == [
            "A pbx.example.com",
            "A pbx.example.com",
            "AAAA pbx.example.com",
        ]


async def test_that_there_is_nothing_is_remembered_too() -> None:
    """RFC 2308: neither the name nor, for a name that exists, the type."""
    async with name_server(HOST) as server, resolver_for(server) as resolver:
        for _ in range(2):
            assert await hosts_of(resolver, "sip:nobody.example.com:5060") == []
            assert await hosts_of(resolver) == ["192.0.2.1"]
        assert len(server.asked) == 4


async def test_the_same_is_not_asked_twice_at_once() -> None:
    async with name_server(HOST) as server, resolver_for(server) as resolver:
        found = await asyncio.gather(*(hosts_of(resolver) for _ in range(20)))
        assert found == [["192.0.2.1"]] * 20
        assert sorted(server.asked) == ["A pbx.example.com", "AAAA pbx.example.com"]


async def test_the_hosts_file_goes_before_the_dns(tmp_path: Path) -> None:
    hosts = tmp_path / "hosts"
    hosts.write_text("2001:db8::77 pbx\n192.0.2.77 pbx.example.com pbx\n")
    async with name_server(HOST) as server, resolver_for(server, hosts=hosts) as resolver:
        assert await hosts_of(resolver, "sip:pbx") == ["192.0.2.77", "2001:db8::77"]
        assert await hosts_of(resolver, "sip:PBX.example.com") == ["192.0.2.77"]
        assert server.asked == []


async def test_an_answer_too_long_for_a_datagram_comes_by_tcp() -> None:
    """RFC 1035 §4.2.1."""
    zone = {"pbx.example.com": [f"60 A 192.0.2.{number}" for number in range(1, 61)]}
    async with name_server(zone) as server, resolver_for(server) as resolver:
        assert len(await hosts_of(resolver)) == 16
        assert server.asked_by_tcp == 1


@pytest.mark.parametrize("follows", [True, False])
async def test_aliases_are_followed_also_when_the_server_leaves_it_to_us(follows: bool) -> None:
    """RFC 1034 §3.6.2."""
    zone = {
        "pbx.example.com": ["60 CNAME one.example.net."],
        "one.example.net": ["5 CNAME two.example.net."],
        "two.example.net": ["60 A 192.0.2.2"],
    }
    async with name_server(zone) as server, resolver_for(server) as resolver:
        server.follows_aliases = follows
        now = asyncio.get_running_loop().time()
        (target,) = await located(resolver, "sip:pbx.example.com:5060")
        assert target.address.host == "192.0.2.2"
        assert target.good_until < now + 10


@pytest.mark.parametrize("follows", [True, False])
async def test_aliases_in_a_circle_lead_nowhere(follows: bool) -> None:
    zone = {
        "pbx.example.com": ["60 CNAME one.example.net."],
        "one.example.net": ["60 CNAME pbx.example.com."],
    }
    async with name_server(zone) as server, resolver_for(server) as resolver:
        server.follows_aliases = follows
        assert await hosts_of(resolver) == []
        assert len(server.asked) <= 20


async def test_only_a_name_without_a_dot_is_completed(tmp_path: Path) -> None:
    """`search` in resolv.conf(5)."""
    zone = {
        "pbx.office.example": ["60 A 192.0.2.5"],
        "a.b.office.example": ["60 A 192.0.2.6"],
        "_sip._udp.pbx.office.example": ["60 SRV 0 0 5099 pbx.office.example."],
    }
    configuration = tmp_path / "resolv.conf"
    configuration.write_text("search office.example\nnameserver 192.0.2.53\n")
    async with (
        name_server(zone) as server,
        resolver_for(server, configuration=configuration) as resolver,
    ):
        assert await hosts_of(resolver, "sip:pbx:5060") == ["192.0.2.5"]
        (target,) = await located(resolver, "sip:pbx;transport=udp")
        assert target.address == Address("192.0.2.5", 5099)
        assert await hosts_of(resolver, "sip:a.b:5060") == []


async def test_another_network_is_asked_at_once_for_what_was_missing(tmp_path: Path) -> None:
    configuration = tmp_path / "resolv.conf"
    configuration.write_text("search home.example\n")
    async with (
        name_server({"pbx.office.example": ["60 A 192.0.2.5"]}) as server,
        resolver_for(server, configuration=configuration) as resolver,
    ):
        assert await hosts_of(resolver, "sip:pbx:5060") == []
        configuration.write_text("search office.example\n")
        assert await hosts_of(resolver, "sip:pbx:5060") == ["192.0.2.5"]


async def test_a_machine_without_name_servers_finds_nothing_quickly() -> None:
    async with resolver_for() as resolver:
        assert await hosts_of(resolver) == []


async def test_after_closing_nobody_is_called() -> None:
    heard: list[Sequence[Target]] = []
    async with name_server(HOST) as server, resolver_for(server) as resolver:
        resolver.locate(looking_for("sip:pbx.example.com:5060"), heard.append)
    assert heard == []


async def test_lookups_under_way_are_bounded() -> None:
    async with name_server() as server, resolver_for(server, patience_s=PATIENCE_S) as resolver:
        server.forgery = lambda _query: None
        heard: list[Sequence[Target]] = []
        for number in range(MAXIMUM_LOOKUPS + 1):
            resolver.locate(looking_for(f"sip:n{number}.example:5060"), heard.append)
        assert heard == [()]
        assert resolver.counters.refused == 1


async def test_silence_ends_in_time_and_is_not_asked_again_at_once() -> None:
    async with name_server() as server, resolver_for(server, patience_s=PATIENCE_S) as resolver:
        server.forgery = lambda _query: None
        before = asyncio.get_running_loop().time()
        assert await hosts_of(resolver) == []
        assert asyncio.get_running_loop().time() - before < 10 * PATIENCE_S
        asked = len(server.asked)
        assert await hosts_of(resolver) == []
        assert len(server.asked) == asked
        assert resolver.counters.failed == 2


async def test_in_an_outage_the_last_known_address_serves() -> None:
    """RFC 8767."""
    zone = {"pbx.example.com": ["0 A 192.0.2.1"]}
    async with name_server(zone) as server, resolver_for(server, patience_s=PATIENCE_S) as resolver:
        assert await hosts_of(resolver) == ["192.0.2.1"]
        server.forgery = lambda _query: None
        assert await hosts_of(resolver) == ["192.0.2.1"]


async def test_a_dead_name_server_costs_its_time_only_once() -> None:
    async with (
        name_server() as dead,
        name_server({f"n{number}.example": ["60 A 192.0.2.1"] for number in range(3)}) as alive,
        resolver_for(dead, alive, patience_s=3 * PATIENCE_S) as resolver,
    ):
        dead.forgery = lambda _query: None
        for number in range(3):
            assert await hosts_of(resolver, f"sip:n{number}.example:5060") == ["192.0.2.1"]
        assert sorted(dead.asked) == ["A n0.example", "AAAA n0.example"]
