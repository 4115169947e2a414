"""A DNS in memory, and lookups that ask it."""

from collections.abc import Callable, Collection, Iterable, Mapping

from sip.flow import Transport
from sip.location.effects import Target
from sip.location.location import ALL_TRANSPORTS, Location
from sip.location.records import (
    ADDRESS_KINDS,
    HostAddress,
    Kind,
    Naptr,
    Question,
    Record,
    Records,
    Srv,
)
from sip.syntax.uri import SipUri

TTL = 3600.0

Zone = Mapping[str, Iterable[Record]]
"""Records by name; an address is of the kind that its spelling shows."""


def hosts(*literals: str) -> list[HostAddress]:
    return [HostAddress(each) for each in literals]


def srv(target: str, port: int = 5060, *, priority: int = 0, weight: int = 0) -> Srv:
    return Srv(priority, weight, port, target)


def naptr(
    service: str,
    replacement: str,
    *,
    order: int = 10,
    preference: int = 10,
    flags: str = "s",
    regexp: str = "",
) -> Naptr:
    return Naptr(order, preference, flags, service, regexp, replacement)


def kind_of(record: Record) -> Kind:
    match record:
        case Naptr():
            return Kind.NAPTR
        case Srv():
            return Kind.SRV
        case HostAddress(literal):
            return Kind.AAAA if ":" in literal else Kind.A


def reply(zone: Zone, question: Question, ttl: float = TTL) -> Records:
    found = zone.get(question.name, ())
    return Records(tuple(each for each in found if kind_of(each) is question.kind), ttl)


def lots(*drawn: float) -> Callable[[], float]:
    """The given random fractions, then zeros."""
    left = list(drawn)
    return lambda: left.pop(0) if left else 0.0


class Lookup:
    """A lookup that has been answered to its end; `asked` holds its questions, round by round."""

    def __init__(
        self,
        uri: str,
        zone: Zone,
        transport: Transport | None = None,
        *,
        supported: Iterable[Transport] = ALL_TRANSPORTS,
        prefer_ipv6: bool = False,
        address_kinds: Collection[Kind] = ADDRESS_KINDS,
        fraction: Callable[[], float] = lambda: 0.0,
        ttls: Mapping[Question, float] | None = None,
    ) -> None:
        location = Location(
            SipUri.parse(uri),
            transport,
            supported=supported,
            prefer_ipv6=prefer_ipv6,
            address_kinds=address_kinds,
            fraction=fraction,
        )
        self.asked: list[tuple[Question, ...]] = []
        while questions := location.questions:
            assert location.targets is None
            self.asked.append(questions)
            for each in questions:
                location.answer(each, reply(zone, each, (ttls or {}).get(each, TTL)))
        assert location.targets is not None
        self.targets: tuple[Target, ...] = location.targets

    @property
    def places(self) -> list[str]:
        """The targets in short, such as `UDP 192.0.2.1 5060`."""
        return [
            f"{each.transport.value} {each.address.host} {each.address.port}"
            for each in self.targets
        ]

    @property
    def kinds_asked(self) -> list[list[str]]:
        return [[f"{each.kind.value} {each.name}" for each in round_] for round_ in self.asked]
