"""Where messages come from and go to."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import NamedTuple


class Address(NamedTuple):
    """One end of a flow; `host` is an IP literal without brackets."""

    host: str
    port: int


class Transport(enum.Enum):
    """The transports that Via names (RFC 3261 §18). The value is the spelling in a Via."""

    UDP = "UDP"
    TCP = "TCP"
    TLS = "TLS"

    @property
    def reliable(self) -> bool:
        """Whether the transport itself repeats what was lost, so that transactions need not."""
        return self is not Transport.UDP

    @property
    def default_port(self) -> int:
        """Where a server listens that names no port (RFC 3261 §18.1.1, §26.2.2)."""
        return 5061 if self is Transport.TLS else 5060


@dataclass(frozen=True, slots=True)
class TlsPeer:
    """Who opens a TLS connection of ours, and what its other end has to prove.

    Two messages share a connection only when both are equal: else one account would speak with the
    certificate, or with the trust, of another.
    """

    profile: str
    """The client profile that says which certificate we show and whom we trust: an account's id;
    empty: the one that belongs to no account."""

    domain: str
    """The SIP domain, or the IP literal, that the server's certificate must name (RFC 5922 §7.3):
    that of the URI asked for, not the host that DNS led to."""

    or_domain: str = ""
    """A name that proves the server as well: the account's own domain, where its server is written
    as an address, which certificates seldom name."""


@dataclass(frozen=True, slots=True)
class Flow:
    """One UDP address pair or one stream connection: where a message came from and its answer goes.

    `local.port` is the listening port for UDP, and `local.host` the address that the peer reached
    us on as far as is known. `connection` is the serial number of an existing stream connection;
    0 means none yet: one to `remote` is opened or reused.

    `tls` says how a TLS connection of ours is, or was, opened; None there: by the profile that
    belongs to no account, to whoever is called as `remote` says. It stays None on connections that
    a peer opened.
    """

    transport: Transport
    local: Address
    remote: Address
    connection: int = 0
    tls: TlsPeer | None = None
    identities: tuple[str, ...] = ()
    """The SIP domains and addresses (`example.com`, `sip:bob@example.com`) of the certificate that
    the peer of a TLS connection showed and that was verified; empty: it has proved nothing."""
