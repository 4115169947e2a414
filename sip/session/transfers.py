"""The transfers that one session takes part in: at most one asked for by each side (RFC 3515)."""

from collections.abc import Callable

from sip.errors import IllegalStep
from sip.session.capabilities import unknown_event
from sip.session.endpoint import Effect, Outcome
from sip.session.events import ReferralArrived
from sip.session.incoming_referral import IncomingReferral, event_of
from sip.session.leg import Leg
from sip.session.outgoing_referral import OutgoingReferral
from sip.session.referral import referred_by
from sip.syntax.message import Request
from sip.transaction.effects import TransactionId


class Transfers:
    """REFER in both directions, and the NOTIFYs and SUBSCRIBEs that belong to it.

    `on_done` is called when the peer waits for no news any more; `on_lost` when a REFER of ours
    finds no dialog.
    """

    def __init__(
        self,
        *,
        on_done: Callable[[], None],
        on_lost: Callable[[Outcome, float], list[Effect]],
    ) -> None:
        self._on_done = on_done
        self._on_lost = on_lost
        self._incoming: IncomingReferral | None = None
        self._outgoing: OutgoingReferral | None = None
        self._arrived = 0

    @property
    def awaited(self) -> bool:
        """The peer waits for news of a call that it has asked for."""
        return self._incoming is not None and not self._incoming.done

    @property
    def incoming(self) -> IncomingReferral:
        """What the peer has asked for last.

        Raises:
            IllegalStep: nothing.
        """
        if self._incoming is None:
            raise IllegalStep("the peer has asked for no call of ours")
        return self._incoming

    def refer(self, leg: Leg, refer_to: str, now: float) -> list[Effect]:
        """Ask the peer to call somebody else.

        Raises:
            IllegalStep: it has been asked already, and has not told what came of it.
        """
        if self._outgoing is not None and not self._outgoing.done:
            raise IllegalStep("the peer has been asked to call somebody else already")
        self._outgoing = OutgoingReferral(leg, on_lost=self._on_lost)
        return self._outgoing.start(refer_to, referred_by(leg.dialog), now)

    def report(self, code: int, now: float) -> list[Effect]:
        """Tell the peer how the call goes that it has asked for, if it still listens."""
        return [] if self._incoming is None else self._incoming.report(code, now)

    def on_refer(
        self, leg: Leg, transaction: TransactionId, request: Request, now: float
    ) -> list[Effect]:
        """The peer asks for a call: told, unless it waits for news of another."""
        if self.awaited:
            return leg.endpoint.respond(transaction, request, 491, now)[1]
        event = event_of(request, first=self._arrived == 0)
        self._incoming = IncomingReferral(
            leg, transaction, request, now, event=event, on_done=self._on_done
        )
        self._arrived += 1
        asked = self._incoming.referral
        return [ReferralArrived(leg.session, asked.target, asked.fields)]

    def on_subscribe(
        self, leg: Leg, transaction: TransactionId, request: Request, now: float
    ) -> list[Effect]:
        """The peer asks how its transfer stands, or for anything else, which we do not know."""
        if (refusal := unknown_event(request)) is not None:
            return leg.endpoint.respond(transaction, request, 489, now, headers=refusal)[1]
        if self._incoming is None:
            return leg.endpoint.respond(transaction, request, 481, now)[1]
        return self._incoming.on_subscribe(transaction, request, now)

    def on_notify(
        self, leg: Leg, transaction: TransactionId, request: Request, now: float
    ) -> list[Effect]:
        """News of a transfer of ours."""
        if (refusal := unknown_event(request)) is not None:
            return leg.endpoint.respond(transaction, request, 489, now, headers=refusal)[1]
        event = request.event
        if self._outgoing is None or event is None or not self._outgoing.concerns(event):
            return leg.endpoint.respond(transaction, request, 481, now)[1]
        return self._outgoing.on_notify(transaction, request, now)

    def abandon(self, now: float) -> list[Effect]:
        """The session is over: the peer is still told what it waits for, the application not."""
        if self._outgoing is not None:
            self._outgoing.abandon()
        return [] if self._incoming is None else self._incoming.abandon(now)
