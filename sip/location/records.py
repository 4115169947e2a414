"""What can be asked of the DNS about a SIP domain, and what it answers."""

import enum
import re
from dataclasses import dataclass
from typing import Final


class Kind(enum.Enum):
    """The types of records that lead to a SIP server. The value is the DNS's mnemonic."""

    NAPTR = "NAPTR"
    SRV = "SRV"
    A = "A"
    AAAA = "AAAA"


ADDRESS_KINDS: Final = (Kind.A, Kind.AAAA)
"""IPv4 first, the order without `prefer_ipv6`."""

_LABEL: Final = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_NAME: Final = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*")


@dataclass(frozen=True, slots=True)
class Question:
    """One question; `name` is in lower case and has no dot in the end (`dns_name` makes such)."""

    name: str
    kind: Kind

    @property
    def host(self) -> str:
        """Whose records they are: the name without the labels of a service, such as `_sip._udp`."""
        name = self.name
        while self.kind is Kind.SRV and name.startswith("_"):
            name = name.partition(".")[2]
        return name


@dataclass(frozen=True, slots=True)
class Naptr:
    """One way to reach the domain that was asked for (RFC 3403 §4.1, RFC 3263 §4.1)."""

    order: int
    preference: int
    flags: str
    service: str
    regexp: str
    replacement: str


@dataclass(frozen=True, slots=True)
class Srv:
    """One server of a service (RFC 2782). `target` is `""` where the record says `.`: there is no
    such service.
    """

    priority: int
    weight: int
    port: int
    target: str


@dataclass(frozen=True, slots=True)
class HostAddress:
    """An address of a host (A or AAAA)."""

    literal: str


Record = Naptr | Srv | HostAddress


@dataclass(frozen=True, slots=True)
class Records:
    """The answer to one question: none where the name or the type does not exist, or where nobody
    could tell.
    """

    records: tuple[Record, ...]

    good_until: float
    """When the shortest-lived of them expires (monotonic seconds); for an empty answer, until when
    it need not be asked again."""


def dns_name(text: str) -> str | None:
    """`text` as the one spelling of a host's name; None where it cannot be one.

    Labels are letters, digits, `-` and `_` here; the DNS allows every octet, but nobody's server is
    called so, and no such name ever reaches a log or a certificate check this way.
    """
    name = text.removesuffix(".").lower()
    return name if _NAME.fullmatch(name) else None
