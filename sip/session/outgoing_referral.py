"""A REFER of ours, and what the peer tells of it (RFC 3515 §2.4)."""

from collections.abc import Callable

from sip.session.endpoint import Effect, Outcome
from sip.session.events import ReferralProgress
from sip.session.leg import Leg
from sip.session.outgoing_change import DIALOG_IS_GONE
from sip.session.referral import LIFE_S, PACKAGE, read_status
from sip.syntax.event import Event, Standing
from sip.syntax.message import Request
from sip.transaction.effects import TransactionId


class OutgoingReferral:
    """We have asked the peer to call somebody else, and listen to how it goes for a bounded time.

    The last `ReferralProgress` says so; `on_lost` is called when the REFER finds no dialog.
    """

    def __init__(self, leg: Leg, *, on_lost: Callable[[Outcome, float], list[Effect]]) -> None:
        self.done = False
        self._leg = leg
        self._on_lost = on_lost
        self._number = 0

    def start(self, refer_to: str, referred_by: str, now: float) -> list[Effect]:
        """Send the REFER."""
        headers = [("Refer-To", refer_to), ("Referred-By", referred_by)]
        _, effects = self._leg.request("REFER", now, self._on_outcome, headers=headers)
        self._number = self._leg.dialog.local_sequence
        self._leg.endpoint.alarms.set(self._expire, now + LIFE_S)
        return effects

    def concerns(self, event: Event) -> bool:
        """Whether a NOTIFY is about this REFER (§2.4.6)."""
        return not self.done and event.package == PACKAGE and event.id in ("", str(self._number))

    def on_notify(self, transaction: TransactionId, request: Request, now: float) -> list[Effect]:
        """Take news of the call that we asked for."""
        accepted = self._leg.endpoint.respond(transaction, request, 200, now)[1]
        state, status = request.subscription_state, read_status(request.body)
        over = state is not None and state.standing is Standing.TERMINATED
        code, reason = status or (0, "")
        if not over and code < 200:
            told = [ReferralProgress(self._leg.session, code, reason, done=False)] if code else []
            return [*accepted, *told]
        if not code or code < 200:  # it ends, and nobody will say how (RFC 6665 §4.1.3)
            code, reason = 408, "" if state is None else state.reason
        return [*accepted, *self._finish(code, reason)]

    def abandon(self) -> None:
        """The session is over: nothing of it is told any more."""
        self.done = True
        self._leg.endpoint.alarms.clear(self._expire)

    def _on_outcome(self, outcome: Outcome, now: float) -> list[Effect]:
        if self.done or not outcome.final:
            return []
        if outcome.refused:
            if outcome.code in DIALOG_IS_GONE:
                self.abandon()
                return self._on_lost(outcome, now)
            return self._finish(outcome.code, outcome.reason)
        response = outcome.response
        if response is not None and _tells_nothing(response.headers.get("Refer-Sub")):
            return self._finish(202, "")
        return []

    def _finish(self, code: int, reason: str) -> list[Effect]:
        self.abandon()
        return [ReferralProgress(self._leg.session, code, reason, done=True)]

    def _expire(self, _now: float) -> list[Effect]:
        return [] if self.done else self._finish(408, "nobody told what came of it")


def _tells_nothing(refer_sub: str | None) -> bool:
    """The peer calls, and will not say what comes of it (RFC 4488 §4)."""
    return (refer_sub or "").strip().lower() == "false"
