"""What a user agent wants located, and what it gets (RFC 3263)."""

import math
from dataclasses import dataclass, field
from typing import NewType

from sip.flow import Address, Transport
from sip.syntax.uri import SipUri

LookupId = NewType("LookupId", int)
"""Names one lookup of one core; chosen by the core, and never used twice."""


@dataclass(frozen=True, slots=True)
class Target:
    """One place to send a request to."""

    transport: Transport

    address: Address
    """Its host is always an IP literal."""

    domain: str
    """What the certificate of a TLS server must name: the host of the URI that was asked for, in
    lower case, never the host that DNS led to (RFC 5922 §7.3)."""

    good_until: float = field(default=math.inf, compare=False)
    """When the shortest-lived of the records that led here expires (monotonic seconds); later the
    URI has to be located anew. All targets of one lookup say the same."""


@dataclass(frozen=True, slots=True)
class Locate:
    """Find out where requests to `uri` go.

    `located(lookup, targets, now)` of the core follows, once, maybe at once: the targets in the
    order in which to try them, none where nothing was found. What the DNS said is remembered as
    long as it allows, so asking again costs little.
    """

    lookup: LookupId
    uri: SipUri
    """The request URI or the first route (RFC 3261 §8.1.2)."""

    transport: Transport | None
    """The only transport to take where the URI names none; None: the domain may choose."""

    prefer_ipv6: bool
    """Whether the IPv6 addresses of a host come before its IPv4 addresses."""
