"""One question to one name server, by UDP or TCP (RFC 1035 §4.2).

By plain sockets: a question that is given up in the middle leaves nothing open. An endpoint of
uvloop that is cancelled while it opens stays, and keeps the loop from closing.
"""

import asyncio
import socket
from typing import Final

import dns.exception
import dns.message
import dns.query
from dns._asyncbackend import Backend
from dns.nameserver import Do53Nameserver

from sip.flow import Address
from sip.ip_literal import is_ipv6
from sip.transport.socket_address import socket_address

MAXIMUM_BYTES: Final = 8192
"""The longest answer that is read; the owner of a name may send 64 KiB, which keep a processor busy
for 170 ms. The addresses of a hundred servers fit."""


class NameServer(Do53Nameserver):
    """A name server whose answers are read up to a limit."""

    async def async_query(
        self,
        request: dns.message.QueryMessage,
        timeout: float,  # noqa: ASYNC109 (dnspython's signature)
        source: str | None,  # noqa: ARG002
        source_port: int,  # noqa: ARG002
        max_size: bool,
        backend: Backend,  # noqa: ARG002
        one_rr_per_rrset: bool = False,  # noqa: ARG002
        ignore_trailing: bool = False,  # noqa: ARG002
    ) -> dns.message.Message:
        """Ask by UDP, or by TCP where that was cut short (`max_size`).

        Raises:
            OSError: in time there was no answer, or no way to get one.
            dns.exception.DNSException: it makes no sense, or was cut short.
        """
        kind = socket.SOCK_STREAM if max_size else socket.SOCK_DGRAM
        family = socket.AF_INET6 if is_ipv6(self.address) else socket.AF_INET
        with socket.socket(family, kind) as connection:
            connection.setblocking(False)
            async with asyncio.timeout(timeout):
                await self._connect(connection)
                if max_size:
                    return await _by_tcp(request, connection)
                return await _by_udp(request, connection)

    async def _connect(self, connection: socket.socket) -> None:
        server = socket_address(Address(self.address, self.port))
        if connection.type is socket.SOCK_DGRAM:
            # From now on only what comes from there arrives, and that nobody listens there.
            connection.connect(server)
        else:
            await asyncio.get_running_loop().sock_connect(connection, server)


async def _by_udp(
    request: dns.message.QueryMessage, connection: socket.socket
) -> dns.message.Message:
    """Wait for what answers the question; anybody may send something else (RFC 5452 §9.1).

    Raises:
        dns.message.Truncated: the answer did not fit.
    """
    connection.send(request.to_wire())
    while True:
        data = await asyncio.get_running_loop().sock_recv(connection, MAXIMUM_BYTES)
        try:
            response = dns.message.from_wire(data, raise_on_truncation=True)
        except dns.message.Truncated as error:
            if request.is_response(error.message()):
                raise
        except dns.exception.DNSException:
            continue
        else:
            if request.is_response(response):
                return response


async def _by_tcp(
    request: dns.message.QueryMessage, connection: socket.socket
) -> dns.message.Message:
    query = request.to_wire()
    await asyncio.get_running_loop().sock_sendall(connection, len(query).to_bytes(2, "big") + query)
    length = int.from_bytes(await _exactly(2, connection), "big")
    if length > MAXIMUM_BYTES:
        raise dns.exception.FormError(f"{length} bytes are more than {MAXIMUM_BYTES}")
    response = dns.message.from_wire(await _exactly(length, connection))
    if not request.is_response(response):
        raise dns.query.BadResponse
    return response


async def _exactly(length: int, connection: socket.socket) -> bytes:
    data = b""
    while len(data) < length:
        more = await asyncio.get_running_loop().sock_recv(connection, length - len(data))
        if not more:
            raise ConnectionResetError("the name server hung up")
        data += more
    return data
