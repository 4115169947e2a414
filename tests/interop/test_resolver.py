"""The resolver and Debian's dnsmasq, whose records change while it looks."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from sip.flow import Address
from sip.location.effects import Target
from sip.location.location import Location
from sip.syntax.uri import SipUri
from sip.transport.resolver import Resolver
from tests.interop.peers.dnsmasq import Dnsmasq
from tests.interop.peers.loopback import LOOPBACK
from tests.interop.peers.ports import free_port

NOWHERE = Path("/nonexistent")
TTL_S = 2
LIMIT_S = 15.0
POLL_S = 0.1

DOMAIN = (
    "naptr-record=office.test,10,20,s,SIP+D2U,,_sip._udp.office.test",
    "naptr-record=office.test,10,10,s,SIPS+D2T,,_sips._tcp.office.test",
    "naptr-record=office.test,20,10,s,SIP+D2T,,_sip._tcp.office.test",
    "srv-host=_sips._tcp.office.test,a.office.test,5061,10,0",
    "srv-host=_sip._udp.office.test,alias.office.test,5070,20,0",
    "srv-host=_sip._udp.office.test,a.office.test,5060,10,0",
    "srv-host=_sip._tcp.office.test,a.office.test,5060,10,0",
    "host-record=a.office.test,192.0.2.1,2001:db8::1",
    "host-record=b.office.test,192.0.2.2",
    "cname=alias.office.test,b.office.test",
)

pytestmark = pytest.mark.usefixtures("needs_dnsmasq")


class Zone:
    """A dnsmasq on a port of its own, which starts anew to change its records."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._names: Dnsmasq | None = None
        self._starts = 0
        self.address = Address(LOOPBACK, free_port())

    def serve(self, *records: str) -> None:
        self.end()
        self._starts += 1
        folder = self._folder / f"dnsmasq{self._starts}"
        self._names = Dnsmasq(folder, records, ttl_s=TTL_S, port=self.address.port)

    def end(self) -> None:
        if self._names is not None:
            self._names.program.end()
            self._names = None


@asynccontextmanager
async def zone_and_resolver(folder: Path) -> AsyncIterator[tuple[Zone, Resolver]]:
    zone = Zone(folder)
    resolver = Resolver(
        configuration=NOWHERE, hosts=NOWHERE, servers=[zone.address], patience_s=1.0
    )
    try:
        yield zone, resolver
    finally:
        await resolver.close()
        zone.end()


async def located(resolver: Resolver, uri: str) -> Sequence[Target]:
    found: asyncio.Future[Sequence[Target]] = asyncio.get_running_loop().create_future()
    resolver.locate(Location(SipUri.parse(uri), fraction=lambda: 0.0), found.set_result)
    return await asyncio.wait_for(found, LIMIT_S)


async def places(resolver: Resolver, uri: str) -> list[str]:
    return [
        f"{each.transport.value} {each.address.host} {each.address.port}"
        for each in await located(resolver, uri)
    ]


async def until_it_is(resolver: Resolver, uri: str, wanted: Sequence[str]) -> float:
    """How many seconds pass until `uri` leads to `wanted`."""
    loop = asyncio.get_running_loop()
    start = loop.time()
    while await places(resolver, uri) != wanted:
        assert loop.time() - start < LIMIT_S
        await asyncio.sleep(POLL_S)
    return loop.time() - start


async def test_a_domain_with_all_kinds_of_records_is_followed(tmp_path: Path) -> None:
    """RFC 3263 §4: lowest order, by preference; SRV by priority; an alias; both families."""
    async with zone_and_resolver(tmp_path) as (zone, resolver):
        zone.serve(*DOMAIN)
        assert await places(resolver, "sip:bob@office.test") == [
            "TLS 192.0.2.1 5061",
            "TLS 2001:db8::1 5061",
            "UDP 192.0.2.1 5060",
            "UDP 2001:db8::1 5060",
            "UDP 192.0.2.2 5070",
        ]
        assert await places(resolver, "sip:office.test;transport=tcp") == [
            "TCP 192.0.2.1 5060",
            "TCP 2001:db8::1 5060",
        ]
        assert await places(resolver, "sip:alias.office.test:5080") == ["UDP 192.0.2.2 5080"]
        assert await places(resolver, "sip:nobody.office.test") == []


async def test_a_change_counts_when_the_old_answer_has_expired_and_not_before(
    tmp_path: Path,
) -> None:
    """RFC 1035 §3.2.1."""
    uri = "sip:pbx.test;transport=udp"
    service = "srv-host=_sip._udp.pbx.test,a.pbx.test,5060,1,1"
    async with zone_and_resolver(tmp_path) as (zone, resolver):
        loop = asyncio.get_running_loop()
        zone.serve(service, "host-record=a.pbx.test,192.0.2.1")
        (target, *_) = await located(resolver, uri)
        assert 0 < target.good_until - loop.time() <= TTL_S
        zone.serve(service, "host-record=a.pbx.test,192.0.2.9")
        while (now := loop.time()) < target.good_until - POLL_S:
            assert await places(resolver, uri) == ["UDP 192.0.2.1 5060"], now
            await asyncio.sleep(POLL_S)
        await until_it_is(resolver, uri, ["UDP 192.0.2.9 5060"])
        assert loop.time() < target.good_until + 2.0


async def test_a_name_that_is_added_later_is_found_soon(tmp_path: Path) -> None:
    """RFC 2308: that there was none is not believed for ever."""
    async with zone_and_resolver(tmp_path) as (zone, resolver):
        zone.serve("host-record=other.test,192.0.2.8")
        assert await places(resolver, "sip:new.test:5060") == []
        zone.serve("host-record=new.test,192.0.2.1")
        assert await until_it_is(resolver, "sip:new.test:5060", ["UDP 192.0.2.1 5060"]) < 8.0


async def test_while_the_name_server_is_away_the_last_address_serves(tmp_path: Path) -> None:
    """RFC 8767."""
    uri = "sip:pbx.test:5060"
    async with zone_and_resolver(tmp_path) as (zone, resolver):
        zone.serve("host-record=pbx.test,192.0.2.1")
        assert await places(resolver, uri) == ["UDP 192.0.2.1 5060"]
        zone.end()
        await asyncio.sleep(TTL_S + POLL_S)
        assert await places(resolver, uri) == ["UDP 192.0.2.1 5060"]
        assert resolver.counters.failed > 0
