"""Two ends of a DTLS association, in memory, and the datagrams between them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from media.frame import TICK_S
from media.security.dtls_association import DtlsAssociation
from media.security.dtls_identity import DtlsIdentity
from media.security.dtls_setup import DtlsTerms, Setup

CLIENT, SERVER = ("192.0.2.1", 4000), ("192.0.2.2", 5000)
CLIENT_IDENTITY, SERVER_IDENTITY, STRANGER_IDENTITY = (DtlsIdentity() for _ in range(3))


def terms(setup: Setup, *peers: DtlsIdentity) -> DtlsTerms:
    return DtlsTerms(setup, frozenset(peer.fingerprint for peer in peers))


def client(identity: DtlsIdentity = CLIENT_IDENTITY) -> DtlsAssociation:
    return DtlsAssociation(identity, terms(Setup.ACTIVE, SERVER_IDENTITY), SERVER)


def server(identity: DtlsIdentity = SERVER_IDENTITY) -> DtlsAssociation:
    return DtlsAssociation(identity, terms(Setup.PASSIVE, CLIENT_IDENTITY), CLIENT)


@dataclass
class Wire:
    """Carries datagrams between the two, tick after tick; `passes` may lose or change them."""

    one: DtlsAssociation
    other: DtlsAssociation
    one_at: tuple[str, int] = CLIENT
    other_at: tuple[str, int] = SERVER
    now: float = 100.0
    carried: list[bytes] = field(default_factory=list)
    passes: Callable[[bytes], list[bytes]] = lambda datagram: [datagram]

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds / TICK_S)):
            self.now += TICK_S
            self._tick(self.one, self.other, self.one_at)
            self._tick(self.other, self.one, self.other_at)

    def _tick(self, sender: DtlsAssociation, to: DtlsAssociation, at: tuple[str, int]) -> None:
        if sender.is_due(self.now):
            sender.advance(self.now)
        for datagram, _ in sender.take_outgoing():
            self.carried.append(datagram)
            for each in self.passes(datagram):
                to.take(each, at)
