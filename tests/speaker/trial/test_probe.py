"""What is known of a server's address before SIP is spoken there."""

import asyncio
import socket

import pytest

from sip.flow import Address, Transport
from sip.location.effects import Target
from speaker.trial.probe import problem_of

HOST = "127.0.0.1"


def target(transport: Transport, port: int, host: str = HOST) -> Target:
    return Target(transport, Address(host, port), host)


@pytest.mark.parametrize("transport", [Transport.UDP, Transport.TCP, Transport.TLS])
async def test_a_closed_port_is_told(transport: Transport) -> None:
    kind = socket.SOCK_DGRAM if transport is Transport.UDP else socket.SOCK_STREAM
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind((HOST, 0))
        port = taken.getsockname()[1]
    problem = await problem_of(target(transport, port))
    assert problem is not None
    assert f"port {port} of {HOST} is closed" in problem


async def test_a_server_that_listens_is_no_problem() -> None:
    server = await asyncio.start_server(lambda _reader, writer: writer.close(), HOST, 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        assert await problem_of(target(Transport.TCP, port)) is None


async def test_a_datagram_port_that_keeps_silent_is_no_problem() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind((HOST, 0))
        assert await problem_of(target(Transport.UDP, server.getsockname()[1])) is None


async def test_a_missing_route_is_told() -> None:
    """Linux has no way for a connection to the broadcast address, whatever its routes."""
    problem = await problem_of(target(Transport.TCP, 5060, "255.255.255.255"))
    assert problem is not None
    assert "no route to 255.255.255.255" in problem
