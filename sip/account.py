"""Accounts: who we are towards a server, or towards peers without one, and how that stands."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final

from sip.authentication.credentials import Credentials
from sip.errors import MisuseError
from sip.flow import Transport
from sip.syntax.address import NameAddress
from sip.syntax.uri import SipUri

DEFAULT_REGISTER_INTERVAL_S: Final = 300
DEFAULT_FAILBACK_S: Final = 60.0
DEFAULT_RETRANSMISSIONS: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """A server that requests of the account pass on their way out (RFC 3261 §8.1.2)."""

    uri: SipUri
    """Where it is; it is taken as a loose router (`lr`) whether that is written or not."""

    credentials: Credentials | None = None
    """What it is answered with when it challenges; None: those of the account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What the user agent has to know of an account.

    One without a `registrar` is peer-to-peer: it calls whom it is told to, and answers no
    challenge, except of its `proxies`.
    """

    id: str
    address_of_record: SipUri | None = None
    """From of its requests (§10); None: the caller of `invite` says it (peer-to-peer only)."""

    display_name: str = ""
    credentials: Credentials | None = None
    """For the registrar, the secondary server, and those proxies that have none of their own."""

    registrar: SipUri | None = None
    secondary_server: SipUri | None = None
    """The registrar that stands in while `registrar` fails."""

    proxies: tuple[Proxy, ...] = ()
    """In the order in which requests pass them, the nearest first."""

    transport: Transport | None = None
    """Used where a URI names none; None: what DNS prefers (RFC 3263 §4.1)."""

    tls_profile: str = ""
    """Which client profile opens TLS connections (`TlsPeer.profile`)."""

    sips: bool = False
    """Call and register by `sips:` URIs only, that is, by TLS over every hop (§26.2.2)."""

    prefer_ipv6: bool = False
    instance: str = ""
    """`+sip.instance` without brackets: `urn:uuid:…`, the same after every restart (RFC 5626
    §4.1). Empty: registers without outbound."""

    register_interval_s: int = DEFAULT_REGISTER_INTERVAL_S
    """Lifetime of a registration that is asked for, in seconds."""

    max_retransmissions: int = DEFAULT_RETRANSMISSIONS
    """How often a request that nothing answers is repeated before the next server is tried: 0 to
    10, where 10 is what RFC 3261 lets time for. On a connection, where nothing is repeated, the
    same time is waited."""

    seconds_until_failback: float = DEFAULT_FAILBACK_S
    """How long the secondary server serves before the primary is tried again."""

    udp_to_tcp_switching: bool = True
    """Send what is too long for a datagram by TCP (§18.1.1)."""

    allow_via_rewrite: bool = True
    """Learn our address from `received` and `rport` of the server's answers (RFC 3581), for the
    Via of later requests."""

    allow_contact_rewrite: bool = True
    """Register and call with that address in the Contact as well."""

    follow_redirects: bool = False
    """Call the addresses that a 3xx names (§8.1.3.4)."""

    def __post_init__(self) -> None:
        if self.registrar is not None and self.address_of_record is None:
            raise MisuseError(f"account {self.id!r} has a registrar but nothing to register")
        if self.secondary_server is not None and self.registrar is None:
            raise MisuseError(f"account {self.id!r} has a secondary server but no registrar")

    @property
    def identity(self) -> NameAddress | None:
        """What stands in the From of its requests."""
        if self.address_of_record is None:
            return None
        return NameAddress(self.display_name, self.address_of_record)

    @property
    def uses_outbound(self) -> bool:
        """Whether it registers its flow, and wants its calls by that (RFC 5626)."""
        return self.registrar is not None and bool(self.instance)

    @property
    def servers(self) -> tuple[SipUri, ...]:
        """Every server that may see the account's credentials."""
        registrars = (self.registrar, self.secondary_server)
        return (
            *(uri for uri in registrars if uri is not None),
            *(proxy.uri for proxy in self.proxies),
        )


class RegistrationState(enum.Enum):
    """How an account stands with its registrars."""

    UNREGISTERED = "unregistered"
    """Nothing is registered and nothing is tried: removed, or peer-to-peer."""

    REGISTERING = "registering"
    """The first answer is missing; nobody can call by this account yet."""

    REGISTERED = "registered"
    SECONDARY = "secondary"
    """Registered, with the secondary server, as the primary fails."""

    WAITING = "waiting"
    """All servers failed; they are tried again after a while."""

    REFUSED = "refused"
    """The server does not accept our credentials, or the account itself: nothing is tried until
    the settings change."""

    UNREGISTERING = "unregistering"
    """The server has been asked to forget us and has not answered."""


@dataclass(frozen=True, slots=True)
class RegistrationChanged:
    """A registration has come, gone, or failed in another way than before."""

    account: str
    state: RegistrationState
    server: str
    """The registrar that this is about, as URI; empty where there is none."""

    code: int
    """The last final response, 408 for silence, 503 for no way to the server; 0: none yet."""

    reason: str
    """The response's phrase, or a sentence that says what was wrong."""

    until: float | None
    """When the registration runs out unless refreshed, or the next try is due (monotonic
    seconds)."""
