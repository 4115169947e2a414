"""Transfers: calls that a peer asks us to make, and peers that we ask to call somebody else."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING

import structlog

from sip.syntax.uri import SipUri
from speaker.calls.call_book import CallRefused
from speaker.calls.call_state import CallState, IllegalStep

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sip.session.endpoint import Effect
    from sip.session.events import Progress, ReferralArrived, ReferralProgress, SessionId
    from sip.user_agent import UserAgent
    from speaker.calls.call import Call
    from speaker.calls.call_book import CallBook
    from speaker.calls.outgoing_calls import OutgoingCalls

log = structlog.get_logger(__name__)

FORBIDDEN = 403
DECLINED = 603


class Transfers:
    """Both sides of RFC 3515. Whoever is in a call with us, and talks, may transfer us.

    The call that a transfer makes takes the place of the one that it was asked for in: that one
    ends when the new one is answered, and goes on if it is not, unless the peer has hung up.
    """

    def __init__(
        self,
        user_agent: UserAgent,
        book: CallBook,
        outgoing: OutgoingCalls,
        *,
        transmit: Callable[[Iterable[Effect]], None],
    ) -> None:
        self._agent = user_agent
        self._book = book
        self._outgoing = outgoing
        self._transmit = transmit
        self._asked_in: dict[SessionId, SessionId] = {}  # the new call: the one it was asked for in

    # --- asked for by a peer ---------------------------------------------------------------------

    def on_referral(self, call: Call, event: ReferralArrived, now: float) -> None:
        """Make the call that the peer asks for, or refuse."""
        if call.state is not CallState.TALKING:
            self._refuse(call, FORBIDDEN, "the call is not answered", now)
            return
        try:
            session = self._outgoing.place(
                event.target,
                call.account.id,
                now,
                address=_address_near(event.target, call),
                headers=event.headers,
                in_place_of=call,
            )
        except CallRefused as error:
            self._refuse(call, DECLINED, str(error), now)
            return
        log.info("peer transfers the speaker", peer=call.peer, to=str(event.target))
        self._asked_in[session] = call.session
        self._transmit(self._agent.accept_referral(call.session, now))

    def _refuse(self, call: Call, code: int, why: str, now: float) -> None:
        log.warning("transfer refused", peer=call.peer, code=code, why=why)
        self._transmit(self._agent.refuse_referral(call.session, code, now))

    def on_progress(self, event: Progress, now: float) -> None:
        """Pass on that it rings."""
        self._report(event.session, event.code, now)

    def on_answered(self, session: SessionId, now: float) -> None:
        """The transfer has worked: the call that it was asked for in is over."""
        asked_in = self._report(session, 200, now)
        self._asked_in.pop(session, None)
        call = None if asked_in is None else self._book.get(asked_in)
        if call is not None:
            self._book.hang_up(call, now, why="transferred")

    def on_ended(self, session: SessionId, code: int, now: float) -> None:
        """The transfer has failed, if it has not worked before."""
        self._report(session, code if code >= 300 else DECLINED, now)
        self._asked_in.pop(session, None)

    def _report(self, session: SessionId, code: int, now: float) -> SessionId | None:
        asked_in = self._asked_in.get(session)
        if asked_in is not None:
            self._transmit(self._agent.report_referral(asked_in, code, now))
        return asked_in

    # --- asked for by us -------------------------------------------------------------------------

    def transfer(self, call: Call, target: SipUri | Call, now: float) -> None:
        """Let the peer of `call` talk to `target`, or to the peer of that call, instead of to us.

        Raises:
            IllegalStep: one of the calls is not answered, or a transfer is under way.
        """
        for each in (call, target) if not isinstance(target, SipUri) else (call,):
            if each.state is not CallState.TALKING:
                raise IllegalStep(f"transfer while {each.state.value}")
        to = target if isinstance(target, SipUri) else target.session
        effects = self._agent.refer(call.session, to, now)
        whom = str(target) if isinstance(target, SipUri) else target.peer
        log.info("speaker transfers the peer", peer=call.peer, to=whom)
        self._transmit(effects)

    def on_news(self, call: Call, event: ReferralProgress, now: float) -> None:
        """What came of a transfer of ours: when it has worked, we hang up."""
        if not event.done:
            log.info("transfer goes on", peer=call.peer, code=event.code)
        elif 200 <= event.code < 300:
            self._book.hang_up(call, now, why="transferred")
        else:
            log.warning("transfer failed", peer=call.peer, code=event.code, why=event.reason)


def _address_near(target: SipUri, call: Call) -> str:
    """An IP literal that stands for the target: itself, or else the peer that we talk to already.

    A name is most often one of the same PBX.
    """
    try:
        return str(ip_address(target.host))
    except ValueError:
        return call.media.agreed.remote[0] if call.media.agreed else call.media.address
