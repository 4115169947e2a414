"""From a URI to the places that its requests may be sent to, in order (RFC 3263 §4)."""

import math
from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import islice
from typing import Final, NamedTuple, TypeVar

from sip.flow import Address, Transport
from sip.ip_literal import ip_literal
from sip.location.effects import Target
from sip.location.literal_target import domain_of, host_of, literal_target, transport_named
from sip.location.records import (
    ADDRESS_KINDS,
    HostAddress,
    Kind,
    Naptr,
    Question,
    Record,
    Records,
    Srv,
    dns_name,
)
from sip.location.server_selection import in_order_of_trial
from sip.location.service_selection import Service, advertised_services, usual_service
from sip.syntax.uri import SipUri

MAXIMUM_SERVERS: Final = 8
"""How many servers' addresses are asked for. With NAPTR and the
services' names these are 24 questions at most."""

MAXIMUM_TARGETS: Final = 16
"""How many places are given; nobody waits for the seventeenth time-out."""

ALL_TRANSPORTS: Final = (Transport.UDP, Transport.TCP, Transport.TLS)

RecordT = TypeVar("RecordT", bound=Record)


class _Server(NamedTuple):
    transport: Transport
    host: str  # a name, or an IP literal
    port: int


class Location:
    """One lookup, as a value: asks `questions`, is told answers, ends with `targets`.

    Draws no random number but those of `fraction` (from 0 up to 1, for SRV weights). Opens no
    socket and reads no clock.

    `transport` is the one to take where `uri` names none; None leaves it to the domain.
    `supported` says what we can speak, what we like best first; `address_kinds` which addresses we
    can reach. Whatever the DNS holds, there is an end: at most three rounds of questions, and
    `MAXIMUM_TARGETS` results.
    """

    def __init__(
        self,
        uri: SipUri,
        transport: Transport | None = None,
        *,
        supported: Iterable[Transport] = ALL_TRANSPORTS,
        prefer_ipv6: bool = False,
        address_kinds: Collection[Kind] = ADDRESS_KINDS,
        fraction: Callable[[], float],
    ) -> None:
        self._domain = domain_of(uri)
        self._host = dns_name(host_of(uri)) or ""
        self._fraction = fraction
        kinds = ADDRESS_KINDS[::-1] if prefer_ipv6 else ADDRESS_KINDS
        self._kinds = tuple(kind for kind in kinds if kind in address_kinds)
        named = transport_named(uri) or transport
        self._transports = tuple(each for each in supported if named in (None, each))
        self._open: dict[Question, None] = {}
        self._answers: dict[Question, Records] = {}
        self._servers: tuple[_Server, ...] | None = None
        self._targets: tuple[Target, ...] | None = None
        literal = literal_target(uri, transport)
        if literal is not None:
            self._targets = (literal,) if literal.transport in self._transports else ()
        elif not self._host or not self._transports:
            self._targets = ()
        elif uri.port is not None:
            self._servers = (_Server(self._default_transport, self._host, uri.port),)
            self._go_on()
        else:
            # A sips URI leaves the domain the choice of the name, though not of the transport.
            chooses = transport is None and (named is None or "transport" not in uri.parameters)
            # All at once: few domains have NAPTR records, and one round is saved by not waiting.
            self._ask([Question(self._host, Kind.NAPTR)] if chooses else [])
            self._ask(Question(each.name, Kind.SRV) for each in self._services if each.name)
            self._go_on()

    @property
    def questions(self) -> tuple[Question, ...]:
        """What has to be asked now, all at once; empty when the lookup is over."""
        return tuple(self._open)

    @property
    def targets(self) -> tuple[Target, ...] | None:
        """The result, in the order in which to try; None while there are questions."""
        return self._targets

    def answer(self, question: Question, records: Records) -> None:
        """Take the answer to one of `questions`; one that was not asked is dropped."""
        if question not in self._open:
            return
        del self._open[question]
        self._answers[question] = records
        self._go_on()

    def _go_on(self) -> None:
        """Ask what follows from the answers, or conclude, unless answers are still missing."""
        if self._open:
            return
        if self._servers is None:
            self._ask(Question(each.name, Kind.SRV) for each in self._services if each.name)
            if self._open:
                return
            self._servers = tuple(islice(self._found_servers(), MAXIMUM_SERVERS))
        self._ask(question for each in self._servers for question in self._addresses_of(each))
        if not self._open:
            self._targets = self._found_targets(self._servers)

    def _ask(self, questions: Iterable[Question]) -> None:
        self._open |= {each: None for each in questions if each not in self._answers}

    def _addresses_of(self, server: _Server) -> Iterator[Question]:
        if ip_literal(server.host) is None:
            yield from (Question(server.host, kind) for kind in self._kinds)

    @property
    def _services(self) -> tuple[Service, ...]:
        """What the domain advertises, or else the usual ones of all our transports."""
        naptr = self._records(Question(self._host, Kind.NAPTR), Naptr)
        usual = (usual_service(self._host, each) for each in self._transports)
        return advertised_services(naptr, self._transports) or tuple(usual)

    @property
    def _default_transport(self) -> Transport:
        """Where neither the URI nor the domain says (RFC 3263 §4.1)."""
        return Transport.UDP if Transport.UDP in self._transports else self._transports[0]

    def _found_servers(self) -> Iterator[_Server]:
        services = self._services
        found = [
            (service.transport, self._records(Question(service.name, Kind.SRV), Srv))
            for service in services
        ]
        for transport, records in found:
            for record in in_order_of_trial(records, self._fraction):
                host = dns_name(record.target)
                if host and record.port:
                    yield _Server(transport, host, record.port)
        if not any(records for _, records in found):
            transport = self._default_transport
            if transport not in (service.transport for service in services):
                transport = services[0].transport
            yield _Server(transport, self._host, transport.default_port)

    def _found_targets(self, servers: tuple[_Server, ...]) -> tuple[Target, ...]:
        """The servers' addresses, every one but once; where there are both kinds, side by side."""
        used = {Question(self._host, Kind.NAPTR)}
        used.update(Question(each.name, Kind.SRV) for each in self._services)
        used.update(question for each in servers for question in self._addresses_of(each))
        good_until = min(
            (self._answers[each].good_until for each in used if each in self._answers),
            default=math.inf,
        )
        targets = (
            Target(server.transport, Address(host, server.port), self._domain, good_until)
            for server in servers
            for host in self._hosts_of(server)
        )
        return tuple(islice(dict.fromkeys(targets), MAXIMUM_TARGETS))

    def _hosts_of(self, server: _Server) -> Iterator[str]:
        literal = ip_literal(server.host)
        if literal is not None:
            yield literal
        for question in self._addresses_of(server):
            for record in self._records(question, HostAddress):
                yield record.literal

    def _records(self, question: Question, kind: type[RecordT]) -> list[RecordT]:
        answer = self._answers.get(question)
        records = () if answer is None else answer.records
        return [record for record in records if isinstance(record, kind)]
