"""Where URIs lead, found out without making the loop wait (RFC 3263)."""

import asyncio
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sip.flow import Address
from sip.ip_literal import ip_literal, is_ipv6
from sip.location.effects import Target
from sip.location.location import Location
from sip.location.record_cache import RecordCache
from sip.location.records import HostAddress, Kind, Question, Records
from sip.transport.dns_client import DnsClient, Found, NoAnswer
from sip.transport.hosts_file import HostsFile

CONFIGURATION: Final = Path("/etc/resolv.conf")
HOSTS: Final = Path("/etc/hosts")

PATIENCE_S: Final = 3.0
"""A slower DNS counts as one without an answer: nobody waits longer for a call. There are up to
three rounds of questions to a lookup."""

MAXIMUM_LOOKUPS: Final = 64
"""Lookups under way. Peers choose the names that calls make us look for."""

MAXIMUM_QUESTIONS: Final = 128
"""Questions under way, each with a socket."""

HOSTS_TTL_S: Final = 60.0
"""How long a name of the hosts file is good; the file itself is seen to change at once."""

LOCAL_TTL_S: Final = 30.0
"""How long an address serves that the system found by mDNS, as it does not tell its time."""

Then = Callable[[tuple[Target, ...]], None]

_FAMILIES: Final = {Kind.A: socket.AF_INET, Kind.AAAA: socket.AF_INET6}


@dataclass(slots=True)
class ResolverCounters:
    """Counts since the start."""

    asked: int = 0
    """Questions that went to a name server."""

    failed: int = 0
    """Those of them that nobody could answer."""

    refused: int = 0
    """Lookups and questions that were too many at once, and so found nothing."""


class Resolver:
    """Carries lookups out, remembers answers as long as they allow, and asks nothing twice at once.

    Names of the hosts file are hosts, without services of their own: it goes before the DNS, which
    is not asked for them at all. A name such as `phone.local` is left to the system (mDNS); without
    a dot, names are completed as `search` in resolv.conf says. `servers` are asked in place of
    those that the configuration lists; no question waits longer than `patience_s`.
    """

    def __init__(
        self,
        *,
        configuration: Path = CONFIGURATION,
        hosts: Path = HOSTS,
        servers: Sequence[Address] = (),
        patience_s: float = PATIENCE_S,
    ) -> None:
        self.counters = ResolverCounters()
        self._loop = asyncio.get_running_loop()
        self._client = DnsClient(configuration, servers, patience_s=patience_s)
        self._patience_s = patience_s
        self._hosts = HostsFile(hosts)
        self._cache = RecordCache()
        self._under_way: dict[Question, asyncio.Task[Records]] = {}
        self._lookups: set[asyncio.Task[None]] = set()
        self._closed = False

    @property
    def remembered(self) -> int:
        """How many answers are kept, expired ones included."""
        return len(self._cache)

    @property
    def under_way(self) -> int:
        """How many questions are waiting for an answer, each with a socket of its own."""
        return len(self._under_way)

    def locate(self, location: Location, then: Then) -> None:
        """Call `then` with the targets of `location`, once; at once where nothing has to be asked.

        There are none where nothing was found in time.
        """
        self._see_changes()
        while location.targets is None:
            known = [(each, self._known(each)) for each in location.questions]
            if any(records is None for _, records in known):
                self._begin(location, then)
                return
            for question, records in known:
                if records is not None:
                    location.answer(question, records)
        then(location.targets)

    async def close(self) -> None:
        """Stop; nobody is called any more."""
        self._closed = True
        tasks = [*self._lookups, *self._under_way.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _begin(self, location: Location, then: Then) -> None:
        if self._closed:
            return
        if len(self._lookups) >= MAXIMUM_LOOKUPS:
            self.counters.refused += 1
            then(())
            return
        lookup = self._loop.create_task(self._look_up(location, then))
        self._lookups.add(lookup)
        lookup.add_done_callback(self._lookups.discard)

    async def _look_up(self, location: Location, then: Then) -> None:
        try:
            while location.targets is None:
                questions = location.questions
                answers = await asyncio.gather(*map(self._ask, questions))
                for question, records in zip(questions, answers, strict=True):
                    location.answer(question, records)
        except Exception:  # one of ours; it goes on to the loop, but whoever waits must hear
            then(())
            raise
        then(location.targets)

    async def _ask(self, question: Question) -> Records:
        known = self._known(question)
        if known is not None:
            return known
        task = self._under_way.get(question)
        if task is None:
            if len(self._under_way) >= MAXIMUM_QUESTIONS:
                self.counters.refused += 1
                return self._cache.fail(question, self._loop.time())
            task = self._under_way[question] = self._loop.create_task(self._find(question))
            task.add_done_callback(lambda _task: self._under_way.pop(question, None))
        return await asyncio.shield(task)  # others may be waiting for it, too

    def _known(self, question: Question) -> Records | None:
        """What can be said without asking anybody."""
        now = self._loop.time()
        addresses = self._hosts.addresses_of(question.host)
        if addresses is None:
            return self._cache.recall(question, now)
        wanted = _FAMILIES.get(question.kind)
        records = tuple(HostAddress(each) for each in addresses if _family(each) is wanted)
        return Records(records, now + HOSTS_TTL_S)

    async def _find(self, question: Question) -> Records:
        self.counters.asked += 1
        try:
            found = await self._found(question)
        except NoAnswer:
            self.counters.failed += 1
            return self._cache.fail(question, self._loop.time())
        return self._cache.learn(question, found.records, found.ttl_s, self._loop.time())

    async def _found(self, question: Question) -> Found:
        family = _FAMILIES.get(question.kind)
        host, _, rest = question.name.partition(".")
        if family is not None and host and rest == "local":
            return await self._ask_system(question.name, family)
        return await self._client.ask(question)

    async def _ask_system(self, host: str, family: socket.AddressFamily) -> Found:
        """By whatever the system is set up for; needs a thread."""
        try:
            async with asyncio.timeout(self._patience_s):
                found = await self._loop.getaddrinfo(
                    host, None, family=family, type=socket.SOCK_DGRAM
                )
        except OSError as error:  # the time-out is one, too
            raise NoAnswer(f"{host}: {error}") from error
        literals = (ip_literal(str(address[0])) for *_, address in found)
        records = (HostAddress(each) for each in dict.fromkeys(literals) if each is not None)
        return Found(tuple(records), LOCAL_TTL_S)

    def _see_changes(self) -> None:
        if self._client.refresh():
            self._cache.doubt()


def _family(literal: str) -> socket.AddressFamily:
    return socket.AF_INET6 if is_ipv6(literal) else socket.AF_INET
