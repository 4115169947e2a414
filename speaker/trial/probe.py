"""Whether anything listens at a server's address, asked without SIP."""

from __future__ import annotations

import asyncio
import contextlib
import errno
from typing import TYPE_CHECKING, Final

from sip.flow import Address, Transport

if TYPE_CHECKING:
    from sip.location.effects import Target

PATIENCE_S: Final = 3.0
"""How long a connection may take to open; two lost packets are made up for by then."""

REFUSAL_S: Final = 0.5
"""How long the news travels that a UDP port is closed. No news says nothing."""

PING: Final = b"\r\n\r\n"
"""What servers take for a keep-alive (RFC 5626 §3.5.1), or drop."""


async def problem_of(target: Target) -> str | None:
    """Why nothing can be sent to `target`, as a sentence; None: nothing is known against it."""
    host, port = target.address
    try:
        if target.transport is Transport.UDP:
            await _ping(target.address)
        else:
            async with asyncio.timeout(PATIENCE_S):
                _, writer = await asyncio.open_connection(host, port)
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
    except TimeoutError:
        return (
            f"{host} does not answer on port {port}: it is switched off, the address is wrong, or a"
            " firewall drops the connection"
        )
    except OSError as error:
        return _sentence(error, target.address)
    return None


def _sentence(error: OSError, address: Address) -> str:
    host, port = address
    match error.errno:
        case errno.ECONNREFUSED:
            return (
                f"port {port} of {host} is closed: no SIP server runs there, or it uses another"
                " port or transport"
            )
        case errno.EHOSTUNREACH | errno.ENETUNREACH | errno.EADDRNOTAVAIL:
            return (
                f"there is no route to {host}: look at the address, the gateway and the netmask of"
                " this machine"
            )
        case _:
            return f"{host} port {port} cannot be reached: {error.strerror or error}"


async def _ping(address: Address) -> None:
    """Raises OSError where the other machine, or a router, says that nothing gets there."""
    told: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: _Ping(told), remote_addr=(address.host, address.port)
    )
    try:
        transport.sendto(PING)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(REFUSAL_S):
                await told
    finally:
        transport.close()


class _Ping(asyncio.DatagramProtocol):
    def __init__(self, told: asyncio.Future[None]) -> None:
        self._told = told

    def datagram_received(self, _data: bytes, _address: object) -> None:
        if not self._told.done():
            self._told.set_result(None)

    def error_received(self, error: Exception) -> None:
        if not self._told.done():
            self._told.set_exception(error)
