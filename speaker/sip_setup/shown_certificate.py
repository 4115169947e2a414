"""Which certificate a server shows, and whether it is to be believed: asked before any SIP is."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from sip.transport.tls_channel import TlsChannel
from sip.transport.tls_contexts import terms_of
from sip.transport.tls_trouble import TlsFailure, WrongCertificate

if TYPE_CHECKING:
    from sip.flow import Address, TlsPeer
    from sip.transport.tls_channel import TlsTerms
    from sip.transport.tls_profile import ClientProfile

HANDSHAKE_S: Final = 6.0
"""How long a server may take to open a connection and to shake hands."""

_READ_OCTETS: Final = 16384


@dataclass(frozen=True, slots=True)
class Shown:
    """What a server is like by TLS."""

    problem: str = ""
    """Why there is no TLS with it, or not with this certificate: the end of a sentence about it."""
    certificate: bytes | None = None
    """In DER; None: there is no TLS."""
    version: str = ""
    """Such as `TLSv1.3`."""


async def shown_by(address: Address, profile: ClientProfile, peer: TlsPeer) -> Shown:
    """Shake hands by `profile` and hang up; where its certificate is no good, see which it is.

    Nothing but the handshake is said: no name, no password.
    """
    try:
        return await _handshake(address, await asyncio.to_thread(terms_of, profile, peer))
    except WrongCertificate as failure:
        problem = str(failure)
    except TlsFailure as failure:
        return Shown(str(failure))
    try:
        anybody = replace(profile, verify=False)
        seen = await _handshake(address, await asyncio.to_thread(terms_of, anybody, peer))
    except TlsFailure as failure:
        return Shown(str(failure))
    return replace(seen, problem=problem)


async def _handshake(address: Address, terms: TlsTerms) -> Shown:
    """Raises TlsFailure."""
    channel = TlsChannel(terms)
    try:
        async with asyncio.timeout(HANDSHAKE_S):
            reader, writer = await asyncio.open_connection(*address)
            try:
                channel.start()
                await _talk(channel, reader, writer)
            finally:
                channel.close()
                writer.write(channel.output())  # an alert, or the farewell
                writer.close()
    except TimeoutError as error:
        raise TlsFailure("does not speak TLS there: it keeps silent") from error
    except OSError as error:
        raise TlsFailure(f"breaks the connection off: {error.strerror or error}") from error
    return Shown(certificate=channel.certificate, version=channel.version)


async def _talk(
    channel: TlsChannel, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    while not channel.established:
        writer.write(channel.output())
        await writer.drain()
        data = await reader.read(_READ_OCTETS)
        if not data:
            raise TlsFailure("does not speak TLS there: it hangs up")
        channel.receive(data)
