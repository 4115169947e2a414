"""Who a certificate says that its holder is (RFC 5922 §7)."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from sip.errors import MalformedUri
from sip.syntax.uri import SipUri

_LONGEST_SHOWN = 4


@dataclass(frozen=True, slots=True)
class CertificateNames:
    """The names in one certificate. None of them counts before its chain has been verified."""

    domains: tuple[str, ...] = ()
    """The SIP domains that it speaks for, in lower case (§7.1)."""

    users: tuple[str, ...] = ()
    """The users that it speaks for, as `sip:bob@example.com`: they prove no domain."""

    addresses: tuple[str, ...] = ()
    """The IP addresses in it. RFC 5922 knows none; they prove a server that is called by its
    address, as no domain could."""

    @classmethod
    def of(cls, certificate: Mapping[str, object]) -> Self:
        """Read what `ssl.SSLSocket.getpeercert()` returned."""
        alternatives = _pairs(certificate.get("subjectAltName"))
        domains: list[str] = []
        users: list[str] = []
        for kind, value in alternatives:
            uri = _sip_uri(value) if kind == "URI" else None
            if uri is not None and uri.user:
                users.append(f"sip:{uri.user}@{uri.host.lower()}")
            elif uri is not None:
                domains.append(uri.host.lower())
        if not domains:  # a DNS name counts only where no URI names the domain
            domains = [_domain(value) for kind, value in alternatives if kind == "DNS"]
        if "subjectAltName" not in certificate:
            domains = _common_names(certificate.get("subject"))
        addresses = [value for kind, value in alternatives if kind == "IP Address"]
        return cls(tuple(dict.fromkeys(domains)), tuple(users), tuple(addresses))

    @property
    def identities(self) -> tuple[str, ...]:
        """What `Flow.identities` holds of it; a wildcard is nobody's name."""
        return (*(each for each in self.domains if each and "*" not in each), *self.users)

    def prove(self, domain: str) -> bool:
        """Whether it speaks for `domain`, which may be an IP literal.

        Whole names are compared, without regard to case; wildcards match nothing (§7.2).
        """
        address = _ip_address(domain)
        if address is not None:
            return any(_ip_address(each) == address for each in self.addresses)
        return "*" not in domain and bool(domain) and _domain(domain) in self.domains

    def __str__(self) -> str:
        names = (*self.domains, *self.addresses, *self.users)
        more = " and others" if len(names) > _LONGEST_SHOWN else ""
        return (", ".join(names[:_LONGEST_SHOWN]) + more) or "nobody"


def _pairs(value: object) -> list[tuple[str, str]]:
    if not isinstance(value, tuple):
        return []
    return [
        (str(pair[0]), str(pair[1])) for pair in value if isinstance(pair, tuple) and len(pair) == 2
    ]


def _common_names(subject: object) -> list[str]:
    """The CN, where it has the form of a domain name: what certificates had before 2000 (§7.1)."""
    if not isinstance(subject, tuple):
        return []
    names = [value for group in subject for kind, value in _pairs(group) if kind == "commonName"]
    return [_domain(name) for name in names if "." in name and " " not in name]


def _sip_uri(text: str) -> SipUri | None:
    """A `sip` URI, and no `sips` one, which is no identity (§7.1)."""
    try:
        uri = SipUri.parse(text)
    except MalformedUri:
        return None
    return uri if uri.scheme == "sip" else None


def _domain(name: str) -> str:
    return name.lower().rstrip(".")


def _ip_address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text.strip().partition("%")[0])
    except ValueError:
        return None
