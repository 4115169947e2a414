"""What people are told of the way to a server."""

import asyncio
import socket
from pathlib import Path

import dns.message
import dns.rrset
import pytest

from sip.account import Account
from sip.flow import Address, Transport
from sip.syntax.uri import SipUri
from sip.transport.resolver import Resolver
from speaker.signalling.server_lookup import look_up

UDP = Account(id="a", transport=Transport.UDP)
ZONE = {
    ("_sip._udp.pbx.example.", "SRV"): "10 5 5070 one.pbx.example.",
    ("one.pbx.example.", "A"): "192.0.2.5",
}


class NameServer(asyncio.DatagramProtocol):
    """Answers from ZONE."""

    def use(self, transport: asyncio.DatagramTransport) -> None:
        """Answer by this socket."""
        self._transport = transport

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        query = dns.message.from_wire(data)
        answer = dns.message.make_response(query)
        (question,) = query.question
        name, kind = str(question.name), question.rdtype.name
        if (name, kind) in ZONE:
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", kind, ZONE[name, kind]))
        self._transport.sendto(answer.to_wire(), address)


@pytest.fixture
def hosts(tmp_path: Path) -> Path:
    path = tmp_path / "hosts"
    path.write_text("192.0.2.9 office\n")
    return path


async def test_each_answer_of_the_dns_is_told(hosts: Path) -> None:
    transport, name_server = await asyncio.get_running_loop().create_datagram_endpoint(
        NameServer, local_addr=("127.0.0.1", 0)
    )
    name_server.use(transport)
    server = Address(*transport.get_extra_info("sockname"))
    resolver = Resolver(hosts=hosts, servers=[server])
    try:
        found = await look_up(resolver, SipUri.parse("sip:pbx.example"), UDP)
    finally:
        await resolver.close()
        transport.close()
    answers = dict(found.answers)
    told = "one.pbx.example port 5070 (priority 10, weight 5)"
    assert answers["SRV _sip._udp.pbx.example"] == told
    assert answers["A one.pbx.example"] == "192.0.2.5"
    assert answers["AAAA one.pbx.example"] == "nothing"
    assert [target.address for target in found.targets] == [Address("192.0.2.5", 5070)]


async def test_an_address_needs_no_answers(hosts: Path) -> None:
    resolver = Resolver(hosts=hosts)
    found = await look_up(resolver, SipUri.parse("sip:192.0.2.7:5080"), UDP)
    await resolver.close()
    assert found.answers == ()
    assert found.targets[0].address == Address("192.0.2.7", 5080)


async def test_a_name_that_nobody_knows_leads_nowhere(hosts: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as closed:
        closed.bind(("127.0.0.1", 0))
        nobody = Address(*closed.getsockname())
    resolver = Resolver(hosts=hosts, servers=[nobody])
    found = await look_up(resolver, SipUri.parse("sip:missing.example:5060"), UDP)
    await resolver.close()
    assert found.targets == ()
