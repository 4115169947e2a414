"""The DTLS association of one port: who may try, how often, how long, and the keys it ends with."""

from __future__ import annotations

from collections import deque
from typing import Final

from media.dtls_handshake import DtlsHandshake, Progress, begins_handshake
from media.dtls_identity import DtlsIdentity
from media.dtls_setup import DtlsTerms, Setup
from media.srtp import SrtpKeys

Address = tuple[str, int]

LIMIT_S: Final = 30.0
"""How long keys may take: a SIP answer that is lost and repeated takes as long."""
MOST_ATTEMPTS: Final = 4
"""Handshakes of one association: one that breaks, or is broken by a stranger, is not the last."""
MOST_STRANGERS: Final = 2
"""So many of them may be with somebody who is not where the description has the peer, as behind a
router. More would keep the peer itself out."""
LONGEST_QUEUE: Final = 16
"""Datagrams that wait for their turn: twice the longest flight."""
LONGEST_DATAGRAM: Final = 2048
"""Octets of what we take."""

_NOWHERE: Final = ("0.0.0.0", "::")  # noqa: S104  (a hold's address, never sent to)


class DtlsAssociation:
    """Handshakes until one ends with keys, as client with one peer, as server with who comes.

    Work is put off until `advance`, so that whoever has the time decides when. `now` in monotonic
    seconds.
    """

    def __init__(self, identity: DtlsIdentity, terms: DtlsTerms, stated: Address) -> None:
        """`stated` is where the description says that the peer is."""
        self.keys: SrtpKeys | None = None
        self.peer: Address | None = None
        """With whom there are keys."""
        self.failure = ""
        """Why there will be no keys, in words."""
        self.refused = 0
        """Datagrams that were not looked at."""
        self._identity = identity
        self._terms = terms
        self._is_client = terms.setup is Setup.ACTIVE
        self._stated = stated
        self._handshakes: dict[Address, DtlsHandshake] = {}
        self._attempts = 0
        self._strangers = 0
        self._why = ""
        self._waiting: deque[tuple[bytes, Address]] = deque()
        self._outgoing: list[tuple[bytes, Address]] = []
        self._ends_at: float | None = None

    @property
    def is_settled(self) -> bool:
        """Whether it is decided if there are keys."""
        return self.keys is not None or bool(self.failure)

    def take(self, datagram: bytes, source: Address) -> None:
        """Take a datagram that looks like DTLS; it waits for `advance`."""
        fits = 0 < len(datagram) <= LONGEST_DATAGRAM and len(self._waiting) < LONGEST_QUEUE
        if self.failure or not fits or not self._admits(datagram, source):
            self.refused += 1
            return
        self._waiting.append((datagram, source))

    def _admits(self, datagram: bytes, source: Address) -> bool:
        if source in self._handshakes:
            return True
        if self._is_client:
            return source[0] == self._stated[0]  # some answer from another port
        return not self.is_settled and begins_handshake(datagram)

    def is_due(self, now: float) -> bool:
        """Whether `advance` has something to do."""
        if self._waiting:
            return True
        if self.is_settled or self._stated[0] in _NOWHERE:
            return False
        if self._ends_at is None or now >= self._ends_at:
            return True
        return any(each.is_due for each in self._handshakes.values())

    def advance(self, now: float) -> None:
        """Do what is due: about a millisecond at most."""
        if self._ends_at is None:
            self._ends_at = now + LIMIT_S
            self._begin()
        while self._waiting and not self.failure:
            self._hand_on(*self._waiting.popleft())
        for source, handshake in tuple(self._handshakes.items()):
            if handshake.is_due:
                handshake.repeat()
            self._send(source, handshake)
        if not self.is_settled and now >= self._ends_at:
            self._fail(self._why or "the other side did not agree on keys in time (DTLS)")

    def take_outgoing(self) -> list[tuple[bytes, Address]]:
        """The datagrams that are to be sent, and where; they are forgotten here."""
        taken, self._outgoing = self._outgoing, []
        return taken

    def _begin(self) -> None:
        """As client: say hello to where the peer says it is."""
        if self._is_client and not self.is_settled:
            self._attempts += 1
            self._handshakes = {self._stated: DtlsHandshake(self._identity, self._terms)}

    def _hand_on(self, datagram: bytes, source: Address) -> None:
        handshake = self._handshakes.get(self._stated if self._is_client else source)
        if handshake is None:
            handshake = self._welcomed(source)
            if handshake is None:
                self.refused += 1
                return
        was = handshake.progress
        handshake.take(datagram)
        self._send(source, handshake)
        if handshake.progress is not was:
            self._judge(handshake, source)

    def _welcomed(self, source: Address) -> DtlsHandshake | None:
        """As server: a new handshake with whoever comes, if there is room."""
        is_stranger = source[0] != self._stated[0]
        if self.is_settled or self._attempts >= MOST_ATTEMPTS:
            return None
        if is_stranger and self._strangers >= MOST_STRANGERS:
            return None
        self._attempts += 1
        self._strangers += is_stranger
        self._handshakes[source] = DtlsHandshake(self._identity, self._terms)
        return self._handshakes[source]

    def _judge(self, handshake: DtlsHandshake, source: Address) -> None:
        """Act on how a handshake has ended."""
        if handshake.progress is Progress.DONE:
            self.keys, self.peer = handshake.keys, source
            self._handshakes = {source: handshake}
            if self._is_client:
                self._handshakes[self._stated] = handshake
            return
        self._why = f"no keys were agreed on (DTLS): {handshake.why}"
        # A stranger may come before the peer; whoever sits where the peer should is no stranger.
        if handshake.progress is Progress.IMPOSTOR and source[0] == self._stated[0]:
            self._fail(self._why)
            return
        self._handshakes = {
            each: other for each, other in self._handshakes.items() if other is not handshake
        }
        if self._attempts >= MOST_ATTEMPTS and not self._handshakes:
            self._fail(self._why)
        else:
            self._begin()

    def _fail(self, why: str) -> None:
        self.failure = why
        self._handshakes.clear()
        self._waiting.clear()

    def _send(self, source: Address, handshake: DtlsHandshake) -> None:
        to = self._stated if self._is_client else source
        self._outgoing += [(datagram, to) for datagram in handshake.take_outgoing()]
