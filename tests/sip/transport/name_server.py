"""A name server on loopback, honest or not."""

import asyncio
import errno
import socket
import struct
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import NamedTuple, cast

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

from sip.flow import Address

Zone = Mapping[str, Iterable[str]]
"""By name: TTL, type and data, as in `60 A 192.0.2.1`."""

Forgery = Callable[[dns.message.Message], bytes | None]
"""What to send in answer to a question in place of the truth; None: nothing."""

SOA = "ns.example. admin.example. 1 3600 600 86400 30"
DATAGRAM_BYTES = 512  # RFC 1035 §4.2.1


class NameServer:
    """Answers out of `zone`; follows its own aliases unless told not to."""

    def __init__(self, zone: Zone) -> None:
        self.zone = zone
        self.address = Address("", 0)
        self.asked: list[str] = []
        self.asked_by_tcp = 0
        self.forgery: Forgery | None = None
        self.follows_aliases = True

    def answer(self, data: bytes, *, by_tcp: bool) -> bytes | None:
        query = dns.message.from_wire(data)
        question = query.question[0]
        kind = dns.rdatatype.to_text(question.rdtype)
        self.asked.append(f"{kind} {question.name.to_text(omit_final_dot=True)}")
        self.asked_by_tcp += by_tcp
        if self.forgery is not None:
            return self.forgery(query)
        response = self._response(query, question.name, kind)
        wire = response.to_wire(max_size=65535)
        if by_tcp or len(wire) <= DATAGRAM_BYTES:
            return wire
        short = dns.message.make_response(query)
        short.flags |= dns.flags.TC
        return short.to_wire()

    def _response(
        self, query: dns.message.Message, name: dns.name.Name, kind: str
    ) -> dns.message.Message:
        response = dns.message.make_response(query)
        for _ in range(20):
            lines = list(self.zone.get(name.to_text(omit_final_dot=True).lower(), ()))
            if not lines:
                response.set_rcode(dns.rcode.NXDOMAIN)
            found = _rrset(name, kind, lines)
            alias = _rrset(name, "CNAME", lines)
            if found is not None:
                response.answer.append(found)
                return response
            if alias is None:
                break
            response.answer.append(alias)
            if not self.follows_aliases:
                return response
            name = alias[0].target
        response.authority.append(dns.rrset.from_text(".", 30, "IN", "SOA", SOA))
        return response


def _rrset(name: dns.name.Name, kind: str, lines: Iterable[str]) -> dns.rrset.RRset | None:
    fields = [line.split(" ", 2) for line in lines]
    wanted = [(int(ttl), data) for ttl, type_, data in fields if type_ == kind]
    if not wanted:
        return None
    return dns.rrset.from_text_list(name, wanted[0][0], "IN", kind, [data for _, data in wanted])


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, server: NameServer) -> None:
        self._server = server
        self._transport: asyncio.DatagramTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)  # of uvloop: no subclass

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        answer = self._server.answer(data, by_tcp=False)
        if answer is not None:
            self._transport.sendto(answer, addr)


class _Port(NamedTuple):
    """One number, taken for both kinds of transport."""

    address: Address
    udp: socket.socket
    tcp: socket.socket


def _port_of_both_kinds() -> _Port:
    """A port that is free for UDP and for TCP: one that is free for one of them may be taken."""
    while True:
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            tcp.bind(("127.0.0.1", 0))
            address = Address(*tcp.getsockname())
            udp.bind(address)
        except OSError as error:
            udp.close()
            tcp.close()
            if error.errno != errno.EADDRINUSE:
                raise
        else:
            return _Port(address, udp, tcp)


@asynccontextmanager
async def name_server(zone: Zone | None = None) -> AsyncIterator[NameServer]:
    """A running name server; UDP and TCP on one port."""
    server = NameServer(zone or {})

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        (length,) = struct.unpack("!H", await reader.readexactly(2))
        answer = server.answer(await reader.readexactly(length), by_tcp=True)
        if answer is not None:
            writer.write(struct.pack("!H", len(answer)) + answer)
        writer.close()

    loop = asyncio.get_running_loop()
    number = _port_of_both_kinds()
    streams = await asyncio.start_server(serve, sock=number.tcp)
    server.address = number.address
    datagrams, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(server), sock=number.udp)
    try:
        yield server
    finally:
        datagrams.close()
        streams.close()
        await streams.wait_closed()
