"""One question to the machine's name servers, by dnspython."""

import asyncio
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

import dns.asyncbackend
import dns.asyncresolver
import dns.exception
import dns.message
import dns.name
import dns.nameserver
import dns.rdatatype
import dns.resolver
import dns.rrset
from dns.rdtypes.IN.A import A
from dns.rdtypes.IN.AAAA import AAAA
from dns.rdtypes.IN.NAPTR import NAPTR
from dns.rdtypes.IN.SRV import SRV

from sip.flow import Address
from sip.ip_literal import ip_literal
from sip.location.records import HostAddress, Naptr, Question, Record, Srv
from sip.transport.dns_exchange import NameServer
from sip.transport.hosts_file import stamp_of
from sip.transport.resolv_conf import read_resolv_conf

MAXIMUM_RECORDS: Final = 32
"""How many records of an answer are kept, those that the domain wants most."""

MAXIMUM_ALIASES: Final = 8
"""How often a name may stand for another, when the name server leaves following to us."""


class NoAnswer(Exception):
    """Nobody could tell, in time or at all; says nothing about whether the records exist."""


class Found(NamedTuple):
    """What the name servers said; no records: there are none."""

    records: tuple[Record, ...]
    ttl_s: float | None


class DnsClient:
    """Asks the name servers of `configuration` (resolv.conf(5)), or `servers` in their place.

    The file may change at any time. A name server that answered is asked first the next time, so
    that a dead one costs its share of the patience only once.

    `patience_s` bounds a question; after a third of it the next name server is asked, or the same
    again.
    """

    def __init__(
        self, configuration: Path, servers: Sequence[Address] = (), *, patience_s: float
    ) -> None:
        self._configuration = configuration
        self._patience_s = patience_s
        self._servers = [NameServer(each.host, each.port) for each in servers]
        self._stamp = stamp_of(configuration)
        self._resolver = self._new_resolver()

    def refresh(self) -> bool:
        """Take notice of a change of the file; whether there was one."""
        stamp = stamp_of(self._configuration)
        if stamp == self._stamp:
            return False
        self._stamp, self._resolver = stamp, self._new_resolver()
        return True

    async def ask(self, question: Question) -> Found:
        """Ask, and follow aliases.

        Raises:
            NoAnswer: there are no name servers, or none of them gives an answer that makes sense.
        """
        # Only what has no domain of its own is completed by those of `search`.
        search = "." not in question.host
        origin = None if search else dns.name.root
        try:
            async with asyncio.timeout(self._patience_s):
                name = dns.name.from_text(question.name, origin)
                return await self._follow(name, question, search=search)
        except (dns.exception.DNSException, OSError) as error:  # the time-out is one of these
            raise NoAnswer(f"{question.kind.value} {question.name}: {error}") from error

    async def _follow(self, name: dns.name.Name, question: Question, *, search: bool) -> Found:
        ttl_s: float | None = None
        for _ in range(MAXIMUM_ALIASES):
            found, alias = await self._ask_once(name, question, search=search)
            ttls = [each for each in (ttl_s, found.ttl_s) if each is not None]
            ttl_s = min(ttls, default=None)
            if found.records or alias is None:
                return Found(found.records, ttl_s)
            name, search = alias, False
        raise NoAnswer(f"{question.kind.value} {question.name}: too many aliases")

    async def _ask_once(
        self, name: dns.name.Name, question: Question, *, search: bool
    ) -> tuple[Found, dns.name.Name | None]:
        """The answer, and the name that is to be asked for instead, if there is one."""
        resolver = self._resolver
        try:
            answer = await resolver.resolve(
                name,
                question.kind.value,
                raise_on_no_answer=False,
                search=search,
                lifetime=self._patience_s,
                backend=dns.asyncbackend.get_backend("asyncio"),
            )
        except dns.resolver.NXDOMAIN as error:
            responses = list(error.responses().values())
            return Found((), _negative_ttl(responses[-1]) if responses else None), None
        self._prefer(resolver, answer)
        if answer.rrset is not None:
            ttl_s = float(answer.chaining_result.minimum_ttl)
            return Found(_records_in(answer.rrset), ttl_s), None
        alias = answer.canonical_name if answer.chaining_result.cnames else None
        # With an SOA record the name server has said that the alias leads to nothing.
        if alias is not None and not _has_soa(answer.response):
            return Found((), float(answer.chaining_result.cnames[-1].ttl)), alias
        return Found((), _negative_ttl(answer.response)), None

    def _new_resolver(self) -> dns.asyncresolver.Resolver:
        configuration = read_resolv_conf(self._configuration)
        resolver = dns.asyncresolver.Resolver(configure=False)
        resolver.search = [dns.name.from_text(each) for each in configuration.search]
        listed = [NameServer(each) for each in configuration.name_servers]
        resolver.nameservers = self._servers or listed
        resolver.timeout = self._patience_s / 3
        return resolver

    @staticmethod
    def _prefer(resolver: dns.asyncresolver.Resolver, answer: dns.resolver.Answer) -> None:
        def silent(server: str | dns.nameserver.Nameserver) -> bool:
            if not isinstance(server, NameServer):
                return True
            return (server.address, server.port) != (answer.nameserver, answer.port)

        resolver.nameservers = sorted(resolver.nameservers, key=silent)


def _records_in(rrset: dns.rrset.RRset) -> tuple[Record, ...]:
    records = (_record(rdata) for rdata in rrset)
    wanted = sorted((each for each in records if each is not None), key=_rank)
    return tuple(islice(wanted, MAXIMUM_RECORDS))


def _record(rdata: object) -> Record | None:
    match rdata:
        case A() | AAAA():
            literal = ip_literal(rdata.address)
            return None if literal is None else HostAddress(literal)
        case SRV():
            target = rdata.target.to_text(omit_final_dot=True)
            return Srv(rdata.priority, rdata.weight, rdata.port, "" if target == "." else target)
        case NAPTR():
            return Naptr(
                rdata.order,
                rdata.preference,
                _text(rdata.flags),
                _text(rdata.service),
                _text(rdata.regexp),
                rdata.replacement.to_text(omit_final_dot=True),
            )
        case _:
            return None


def _rank(record: Record) -> tuple[int, int]:
    """What the domain wants most is lowest; addresses stay in its order."""
    match record:
        case Srv():
            return (record.priority, 0)
        case Naptr():
            return (record.order, record.preference)
        case HostAddress():
            return (0, 0)


def _text(octets: bytes) -> str:
    return octets.decode("ascii", errors="replace")


def _has_soa(response: dns.message.Message) -> bool:
    return any(rrset.rdtype == dns.rdatatype.SOA for rrset in response.authority)


def _negative_ttl(response: dns.message.QueryMessage) -> float | None:
    """As the SOA record says (RFC 2308 §5)."""
    return float(response.resolve_chaining().minimum_ttl) if _has_soa(response) else None
