"""Tickets for WebSockets: clients that cannot log in within a handshake fetch one just before."""

from __future__ import annotations

from secrets import randbits
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from speaker.http.identity import Identity

GOOD_FOR_S: Final = 15.0
MOST_TICKETS: Final = 256
"""More that are not used make the oldest ones worthless."""
BITS: Final = 128


class WebSocketTickets:
    """Each lets one handshake pass, as whoever fetched it. Takes `now` in monotonic seconds."""

    def __init__(self) -> None:
        self._tickets: dict[str, tuple[Identity, float]] = {}

    def issue(self, identity: Identity, now: float) -> str:
        """A new ticket: decimal digits that nobody guesses."""
        self._forget(now)
        while len(self._tickets) >= MOST_TICKETS:
            del self._tickets[next(iter(self._tickets))]
        ticket = str(randbits(BITS))
        self._tickets[ticket] = identity, now + GOOD_FOR_S
        return ticket

    def take(self, ticket: str, now: float) -> Identity | None:
        """Whose it is; it is worth nothing any more. None: it never was, or is too old."""
        self._forget(now)
        found = self._tickets.pop(ticket, None)
        return None if found is None else found[0]

    def _forget(self, now: float) -> None:
        # They are in the order in which they were issued.
        while self._tickets and next(iter(self._tickets.values()))[1] <= now:
            del self._tickets[next(iter(self._tickets))]
