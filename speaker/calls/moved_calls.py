"""Calls whose peers have to learn a new address of ours, as the network has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import structlog

from nat.local_address import NoRoute
from sip.errors import IllegalStep
from speaker.calls.call_state import CallState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sip.session.endpoint import Effect
    from sip.session.events import SessionId
    from sip.user_agent import UserAgent
    from speaker.calls.call_book import CallBook

log = structlog.get_logger(__name__)

RETRY_S: Final = 1.0
"""How long a call that cannot be changed now, or has no way to its peer, waits."""

PATIENCE_S: Final = 60.0
"""How long a way to the peer is looked for. By then the call has ended for want of sound, or the
peer has been found in another way."""


class MovedCalls:
    """Offers the peers of running calls our new address by re-INVITE. `now` in monotonic seconds.

    `address_towards` says where the peer at an IP literal finds us now; it raises NoRoute.
    """

    def __init__(
        self,
        user_agent: UserAgent,
        book: CallBook,
        *,
        transmit: Callable[[Iterable[Effect]], None],
        address_towards: Callable[[str], str],
    ) -> None:
        self._agent = user_agent
        self._book = book
        self._transmit = transmit
        self._address_towards = address_towards
        self._due: dict[SessionId, float] = {}
        self._untold: set[SessionId] = set()  # that are to be told even where the address is as was
        self._until = 0.0

    def on_network_changed(self, now: float) -> None:
        """Look at every call again; those that are not answered yet when they are."""
        self._untold.intersection_update(call.session for call in self._book.calls)
        self._until = now + PATIENCE_S
        self._due = {call.session: now for call in self._book.calls}
        self.on_timer(now)

    def on_port_changed(self, now: float) -> None:
        """Tell every peer: the address of the sound is the same, that of the messages is not."""
        self._untold.update(call.session for call in self._book.calls)
        self.on_network_changed(now)

    @property
    def deadline(self) -> float | None:
        """When `on_timer` is due."""
        return min(self._due.values(), default=None)

    def on_timer(self, now: float) -> None:
        """Tell the peers that have not been told and can be told now."""
        for session, due in tuple(self._due.items()):
            if due > now:
                continue
            if self._is_settled(session, now):
                del self._due[session]
            else:
                self._due[session] = now + RETRY_S

    def _is_settled(self, session: SessionId, now: float) -> bool:
        call = self._book.get(session)
        if call is None or now > self._until:
            return True
        if call.state is not CallState.TALKING or call.media.agreed is None:
            return False
        try:
            address = self._address_towards(call.media.agreed.remote[0])
            if address == call.media.address and session not in self._untold:
                return True
            proposal = call.media.propose_at(address)
            effects = self._agent.reinvite(session, proposal.body, now)
        except (NoRoute, ValueError, IllegalStep) as problem:
            log.info("call waits for its new address", peer=call.peer, why=str(problem))
            return False
        log.info("call moves", peer=call.peer, to=address, was=call.media.address)
        self._untold.discard(session)
        call.media.move(address, proposal)
        self._transmit(effects)
        return True
