"""The transport finds servers for its core."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from sip.flow import Address, Flow, Transport
from sip.location.effects import Locate, LookupId, Target
from sip.syntax.uri import SipUri
from sip.transaction.effects import Send
from sip.transport.resolver import Resolver
from sip.transport.sip_transport import SipTransport
from tests.sip.transaction_messages import OPTIONS
from tests.sip.transport.name_server import NameServer, Zone, name_server
from tests.sip.transport_ends import NotingCore, soon, transport_for, udp_peer

NOWHERE = Path("/nonexistent")
FIRST, SECOND = LookupId(1), LookupId(2)


def sought(
    uri: str,
    lookup: LookupId = FIRST,
    transport: Transport | None = None,
    *,
    prefer_ipv6: bool = False,
) -> Locate:
    return Locate(lookup, SipUri.parse(uri), transport, prefer_ipv6)


@asynccontextmanager
async def transport_asking(
    server: NameServer, core: NotingCore, bind: str | None = None
) -> AsyncIterator[SipTransport[str]]:
    resolver = Resolver(configuration=NOWHERE, hosts=NOWHERE, servers=[server.address])
    async with transport_for(core, bind=bind, resolver=resolver) as transport:
        yield transport


async def places(core: NotingCore) -> list[str]:
    _, targets = await soon(core.places.get())
    return [f"{each.transport.value} {each.address.host}" for each in targets]


async def test_a_core_sends_to_where_it_was_told_a_name_is() -> None:
    core = NotingCore()
    async with udp_peer() as peer, name_server() as server:
        port = peer.transport.get_extra_info("sockname")[1]
        server.zone = {
            "_sip._udp.example.com": [f"60 SRV 0 0 {port} a.example.com."],
            "a.example.com": ["60 A 127.0.0.1"],
        }
        async with transport_asking(server, core) as transport:
            transport.carry_out([sought("sip:example.com", SECOND)])
            lookup, (target,) = await soon(core.places.get())
            assert lookup == SECOND
            assert target == Target(Transport.UDP, Address("127.0.0.1", port), "example.com")
            here = transport.local_address_towards(target.transport, target.address.host)
            transport.carry_out([Send(OPTIONS, Flow(target.transport, here, target.address))])
            assert (await soon(peer.arrived.get()))[0] == bytes(OPTIONS)


async def test_what_is_known_is_told_before_anything_else_happens() -> None:
    core = NotingCore()
    async with name_server() as server, transport_asking(server, core) as transport:
        transport.carry_out([sought("sip:192.0.2.1;transport=tcp")])
        target = Target(Transport.TCP, Address("192.0.2.1", 5060), "192.0.2.1")
        assert core.places.get_nowait() == (FIRST, (target,))


async def test_nothing_found_is_told_and_counted() -> None:
    core = NotingCore()
    async with name_server() as server, transport_asking(server, core) as transport:
        transport.carry_out([sought("sip:nobody.example")])
        assert await soon(core.places.get()) == (FIRST, ())
        assert transport.counters.unresolved == 1


BOTH: Zone = {"a.example": ["60 A 192.0.2.1", "60 AAAA 2001:db8::1"]}


@pytest.mark.parametrize(
    ("bind", "prefer_ipv6", "expected"),
    [
        (None, False, ["UDP 192.0.2.1", "UDP 2001:db8::1"]),
        (None, True, ["UDP 2001:db8::1", "UDP 192.0.2.1"]),
        ("127.0.0.1", True, ["UDP 192.0.2.1"]),
        ("::1", False, ["UDP 2001:db8::1"]),
    ],
)
async def test_only_families_that_the_device_speaks_are_looked_for(
    bind: str | None, prefer_ipv6: bool, expected: list[str]
) -> None:
    core = NotingCore()
    async with name_server(BOTH) as server, transport_asking(server, core, bind) as transport:
        transport.carry_out([sought("sip:a.example:5060", prefer_ipv6=prefer_ipv6)])
        assert await places(core) == expected


async def test_without_tls_nothing_is_found_for_it() -> None:
    core = NotingCore()
    async with name_server(BOTH) as server, transport_asking(server, core) as transport:
        transport.carry_out([sought("sips:a.example:5061")])
        assert await places(core) == []
        transport.carry_out([sought("sip:a.example:5061", transport=Transport.TLS)])
        assert await places(core) == []


async def test_the_transport_of_the_account_is_taken() -> None:
    core = NotingCore()
    async with name_server(BOTH) as server, transport_asking(server, core) as transport:
        transport.carry_out([sought("sip:a.example", transport=Transport.TCP)])
        assert await places(core) == ["TCP 192.0.2.1", "TCP 2001:db8::1"]


async def test_after_closing_nothing_is_told() -> None:
    core = NotingCore()
    async with name_server(BOTH) as server, transport_asking(server, core) as transport:
        transport.carry_out([sought("sip:a.example:5060")])
        await transport.close()
        transport.carry_out([sought("sip:192.0.2.1")])
    await asyncio.get_running_loop().create_task(nothing())
    assert core.places.empty()


async def nothing() -> None:
    """Let what is ready run."""
