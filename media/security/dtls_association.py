"""The DTLS association of one port: who may try, how often, how long, and the keys it ends with."""

from __future__ import annotations

from collections import deque
from typing import Final

from media.security.dtls_door import Address, DtlsDoor
from media.security.dtls_handshake import DtlsHandshake, Progress, answers_hello, begins_handshake
from media.security.dtls_identity import DtlsIdentity
from media.security.dtls_setup import DtlsTerms, Setup
from media.security.srtp_keys import SrtpKeys
from nat.datagram_path import NOWHERE

LIMIT_S: Final = 30.0
"""How long keys may take: a SIP answer that is lost and repeated takes as long."""
MOST_ATTEMPTS: Final = 4
"""Handshakes of one association: one that breaks, or is broken by a stranger, is not the last."""
MOST_STRANGERS: Final = 2
"""So many of them may be with somebody who is not where the description has the peer, as behind a
router. More would keep the peer itself out. Who only claims an address has none of them."""
HELLO_GAP_S: Final = 0.04
"""Between a client's first hello and its copy; each later gap is twice as long, up to the second
after which OpenSSL repeats it. A hello goes out with our SIP answer and is often there first, when
the peer does not listen yet."""
LONGEST_QUEUE: Final = 16
"""Datagrams that wait for their turn: twice the longest flight."""
LONGEST_DATAGRAM: Final = 2048
"""Octets of what we take."""


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
        self._door = DtlsDoor(identity, terms)
        self._handshakes: dict[Address, DtlsHandshake] = {}
        self._attempts = 0
        self._strangers = 0
        self._answering: set[Address] = set()
        self._turned_away: set[Address] = set()  # of those who answered, who broke a handshake
        self._why = ""
        self._waiting: deque[tuple[bytes, Address]] = deque()
        self._outgoing: list[tuple[bytes, Address]] = []
        self._ends_at: float | None = None
        self._hello: list[bytes] = []  # until the peer has answered it
        self._hello_gap_s = HELLO_GAP_S
        self._hello_at = 0.0

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
        if source in self._turned_away:
            return False
        if source in self._handshakes or source in self._answering:
            return True
        if not self._is_client:
            return not self.is_settled and begins_handshake(datagram)
        if self._stated[0] in NOWHERE:
            return False  # who has been said nothing to has nothing to answer
        if source[0] == self._stated[0]:
            return True  # some answer from another port
        # Phones with several addresses answer from another one than their description names.
        if len(self._answering) >= MOST_STRANGERS or not answers_hello(datagram):
            return False
        self._answering.add(source)
        return True

    def may_be_with(self, source: Address) -> bool:
        """Whether a handshake may end with keys of that source's: it sits there, or has begun."""
        if self.is_settled or source in self._turned_away:
            return False
        is_at_home = source[0] == self._stated[0]
        return is_at_home or source in self._handshakes or source in self._answering

    def is_due(self, now: float) -> bool:
        """Whether `advance` has something to do."""
        if self._waiting:
            return True
        if self.is_settled or self._stated[0] in NOWHERE:
            return False
        if self._ends_at is None or now >= self._ends_at:
            return True
        if self._hello and now >= self._hello_at:
            return True
        return any(each.is_due for each in self._handshakes.values())

    def advance(self, now: float) -> None:
        """Do what is due: about a millisecond at most."""
        if self._ends_at is None:
            self._ends_at = now + LIMIT_S
            self._begin(now)
        elif self._hello and now >= self._hello_at:
            self._repeat_hello(now)
        while self._waiting and not self.failure:
            self._hand_on(*self._waiting.popleft(), now)
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

    def _begin(self, now: float) -> None:
        """As client: say hello to where the peer says it is."""
        if self._is_client and not self.is_settled:
            self._attempts += 1
            handshake = DtlsHandshake(self._identity, self._terms)
            self._handshakes = {self._stated: handshake}
            self._hello = handshake.take_outgoing()
            self._hello_gap_s = HELLO_GAP_S
            self._repeat_hello(now)

    def _repeat_hello(self, now: float) -> None:
        """Send it, or a copy of it: a peer that had the first one passes over the others."""
        self._outgoing += [(datagram, self._stated) for datagram in self._hello]
        self._hello_at = now + self._hello_gap_s
        self._hello_gap_s *= 2
        if self._hello_gap_s > 1.0:
            self._hello = []

    def _hand_on(self, datagram: bytes, source: Address, now: float) -> None:
        if source in self._turned_away:
            self.refused += 1
            return
        self._hello = []
        handshake = self._handshakes.get(self._stated if self._is_client else source)
        was = Progress.UNDER_WAY
        if handshake is None:
            handshake = self._welcomed(datagram, source)
            if handshake is None:
                return
        else:
            was = handshake.progress
            handshake.take(datagram)
        self._send(source, handshake)
        if handshake.progress is not was:
            self._judge(handshake, source, now)

    def _welcomed(self, datagram: bytes, source: Address) -> DtlsHandshake | None:
        """As server: a new handshake with whoever comes from where it says, if there is room."""
        is_stranger = source[0] != self._stated[0]
        is_full = self._attempts >= MOST_ATTEMPTS or (
            is_stranger and self._strangers >= MOST_STRANGERS
        )
        if self.is_settled or is_full or not begins_handshake(datagram):
            self.refused += 1
            return None
        answer = self._door.knock(datagram, source)
        if isinstance(answer, DtlsHandshake):
            self._attempts += 1
            self._strangers += is_stranger
            self._handshakes[source] = answer
            return answer
        self.refused += not answer
        self._outgoing += [(each, source) for each in answer]
        return None

    def _judge(self, handshake: DtlsHandshake, source: Address, now: float) -> None:
        """Act on how a handshake has ended."""
        if handshake.progress is Progress.DONE:
            self.keys, self.peer = handshake.keys, source
            self._handshakes = {source: handshake}
            if self._is_client:
                self._handshakes[self._stated] = handshake
            return
        self._why = f"no keys were agreed on (DTLS): {handshake.why}"
        if source in self._answering:
            self._turned_away.add(source)
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
            self._begin(now)

    def _fail(self, why: str) -> None:
        self.failure = why
        self._handshakes.clear()
        self._waiting.clear()

    def _send(self, source: Address, handshake: DtlsHandshake) -> None:
        to = self._stated if self._is_client else source
        self._outgoing += [(datagram, to) for datagram in handshake.take_outgoing()]
