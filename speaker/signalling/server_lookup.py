"""Where a server is, with what the DNS said on the way: for people who look for a fault."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sip.location.location import Location
from sip.location.records import Naptr, Srv

if TYPE_CHECKING:
    from sip.account import Account
    from sip.flow import Transport
    from sip.location.effects import Target
    from sip.location.records import Question, Record, Records
    from sip.syntax.uri import SipUri
    from sip.transport.resolver import Resolver

LONGEST_WAIT_S: Final = 12.0
"""Three rounds of questions, each of which has its own time, and a little."""

MOST_RECORDS: Final = 8
"""Records of one answer that are shown."""


@dataclass(frozen=True, slots=True)
class LookUp:
    """What was found."""

    answers: tuple[tuple[str, str], ...]
    """Each question to the DNS, such as `SRV _sip._udp.pbx.example`, and what it answered."""

    targets: tuple[Target, ...]
    """Where to send to, the best first; none: nothing was found."""

    advertised: tuple[Transport, ...] = ()
    """By which transports the domain says that it is to be reached (NAPTR, SRV), the best first;
    none: it says nothing."""


async def look_up(resolver: Resolver, uri: SipUri, account: Account) -> LookUp:
    """Find out where requests of `account` to `uri` go (RFC 3263), as the user agent does."""
    found: asyncio.Future[tuple[Target, ...]] = asyncio.get_running_loop().create_future()
    location = _Witnessed(uri, account)
    resolver.locate(location, lambda targets: None if found.done() else found.set_result(targets))
    try:
        async with asyncio.timeout(LONGEST_WAIT_S):
            targets = await found
    except TimeoutError:
        targets = ()
    by_transport = dict.fromkeys(target.transport for target in targets)
    return LookUp(
        tuple(location.answers), targets, tuple(by_transport) if location.advertises else ()
    )


class _Witnessed(Location):
    """A lookup that remembers in words what it was answered."""

    def __init__(self, uri: SipUri, account: Account) -> None:
        self.answers: list[tuple[str, str]] = []
        self.advertises = False
        """Whether there were records of services."""
        super().__init__(
            uri,
            account.transport,
            prefer_ipv6=account.prefer_ipv6,
            fraction=random.SystemRandom().random,
        )

    def answer(self, question: Question, records: Records) -> None:
        """Take an answer, and note it."""
        told = (f"{question.kind.value} {question.name}", _written(records.records))
        self.answers.append(told)
        self.advertises = self.advertises or any(isinstance(each, Srv) for each in records.records)
        super().answer(question, records)


def _written(records: tuple[Record, ...]) -> str:
    if not records:
        return "nothing"
    more = f", and {len(records) - MOST_RECORDS} more" if len(records) > MOST_RECORDS else ""
    return ", ".join(map(_record, records[:MOST_RECORDS])) + more


def _record(record: Record) -> str:
    match record:
        case Naptr():
            return f"{record.order} {record.preference} {record.service} {record.replacement}"
        case Srv():
            place = f"{record.target or '.'} port {record.port}"
            return f"{place} (priority {record.priority}, weight {record.weight})"
        case _:
            return record.literal
