"""A resolver of the tests' own name servers, and what it finds."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from sip.location.effects import Target
from sip.location.location import Location
from sip.syntax.uri import SipUri
from sip.transport.resolver import Resolver
from tests.sip.transport.name_server import NameServer
from tests.sip.transport_ends import soon

PATIENCE_S = 0.3
"""Of the resolver, where silence is what a test is about."""

NOWHERE = Path("/nonexistent")
"""The system's own files are none of a test's business."""


@asynccontextmanager
async def resolver_for(
    *servers: NameServer,
    configuration: Path = NOWHERE,
    hosts: Path = NOWHERE,
    patience_s: float = 3.0,
) -> AsyncIterator[Resolver]:
    resolver = Resolver(
        configuration=configuration,
        hosts=hosts,
        servers=[each.address for each in servers],
        patience_s=patience_s,
    )
    yield resolver
    await resolver.close()


def looking_for(uri: str) -> Location:
    """A search whose choice among equals is always the same."""
    return Location(SipUri.parse(uri), fraction=lambda: 0.0)


async def located(resolver: Resolver, uri: str) -> Sequence[Target]:
    found: asyncio.Future[Sequence[Target]] = asyncio.get_running_loop().create_future()
    resolver.locate(looking_for(uri), found.set_result)
    return await soon(found)
