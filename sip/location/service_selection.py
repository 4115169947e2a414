"""Which services of a domain are looked for: by which transport, under which name (RFC 3263 §4.1).

The name of a service is what SRV records stand under, such as `_sip._udp.example.com`.
"""

from collections.abc import Collection, Iterable
from typing import Final, NamedTuple

from sip.flow import Transport
from sip.location.records import Naptr, dns_name

MAXIMUM_SERVICES: Final = 4
"""How many services of one domain are looked at; there are three to be had."""

_BY_NAPTR: Final = {
    "SIP+D2U": Transport.UDP,
    "SIP+D2T": Transport.TCP,
    "SIPS+D2T": Transport.TLS,
}
_PREFIXES: Final = {
    Transport.UDP: "_sip._udp.",
    Transport.TCP: "_sip._tcp.",
    Transport.TLS: "_sips._tcp.",
}


class Service(NamedTuple):
    """A transport, and the name of its SRV records; the name is empty where there can be none."""

    transport: Transport
    name: str


def usual_service(domain: str, transport: Transport) -> Service:
    """The service of a domain that has no NAPTR records (RFC 3263 §4.1)."""
    return Service(transport, dns_name(_PREFIXES[transport] + domain) or "")


def advertised_services(
    records: Iterable[Naptr], supported: Collection[Transport]
) -> tuple[Service, ...]:
    """What the domain's NAPTR records say, by `supported` transports only, in its own order.

    Of the lowest order that has something for us, by preference: the domain does not want us to
    look any further (RFC 3403 §4.1).
    """
    usable = [
        (record.order, record.preference, service)
        for record in records
        if (service := _service(record, supported)) is not None
    ]
    usable.sort(key=lambda each: each[:2])
    services = dict.fromkeys(service for order, _, service in usable if order == usable[0][0])
    return tuple(services)[:MAXIMUM_SERVICES]


def _service(record: Naptr, supported: Collection[Transport]) -> Service | None:
    transport = _BY_NAPTR.get(record.service.upper())
    if transport not in supported or transport is None:
        return None
    # Anything but a plain replacement by the name of SRV records is no business of SIP's.
    if record.flags.upper() != "S" or record.regexp:
        return None
    name = dns_name(record.replacement)
    return None if name is None else Service(transport, name)
