"""A REFER of the peer, from its arrival to the last NOTIFY about it (RFC 3515 §2.4)."""

import enum
from collections.abc import Callable
from typing import Final

from sip.errors import IllegalStep
from sip.session.endpoint import Effect, Outcome
from sip.session.leg import Leg
from sip.session.outgoing_change import DIALOG_IS_GONE
from sip.session.referral import LIFE_S, PACKAGE, SIPFRAG, Referral, status_fragment
from sip.syntax.event import Event, Standing, SubscriptionState
from sip.syntax.message import Request
from sip.transaction.effects import TransactionId

DECISION_S: Final = 30
"""How long the REFER may go unanswered: its sender gives up after 32 s (RFC 3261 §17.1.2.2)."""

MAXIMUM_REPORTS: Final = 16
"""NOTIFYs of one referral, besides the last: a phone may send 180 as often as it likes."""


class Stage(enum.Enum):
    """How far the referral is."""

    ASKED = "not accepted or refused yet"
    REPORTING = "accepted; the peer is told what comes of it"
    DONE = "done"


class IncomingReferral:
    """Notifies the peer that sent the REFER, for a bounded time. Calls `on_done` once at the end.

    It may outlive the session in whose dialog it came (RFC 5057 §2).
    """

    def __init__(
        self,
        leg: Leg,
        transaction: TransactionId,
        request: Request,
        now: float,
        *,
        event: Event,
        on_done: Callable[[], None],
    ) -> None:
        """Raises MalformedHeader: the REFER asks for nothing that makes sense."""
        self.referral = Referral.parse(request)
        self.stage = Stage.ASKED
        self._leg = leg
        self._transaction = transaction
        self._request = request
        self._event = event
        self._on_done = on_done
        self._code = 100
        self._reports = 0
        self._ends_at = now + DECISION_S
        leg.endpoint.alarms.set(self._expire, self._ends_at)

    @property
    def done(self) -> bool:
        """The peer will be told nothing more."""
        return self.stage is Stage.DONE

    def accept(self, now: float) -> list[Effect]:
        """Send 202 and the first NOTIFY; a peer that wants none gets none (RFC 4488)."""
        self._check(Stage.ASKED)
        self.stage = Stage.REPORTING
        self._ends_at = now + LIFE_S
        self._leg.endpoint.alarms.set(self._expire, self._ends_at)
        if (self._request.headers.get("Refer-Sub") or "").strip().lower() == "false":
            effects = self._respond(202, now, ("Refer-Sub", "false"))
            self._finish()
            return effects
        return [*self._respond(202, now), *self._notify(now)]

    def refuse(self, code: int, now: float) -> list[Effect]:
        """Send `code`; nothing follows."""
        self._check(Stage.ASKED)
        self._finish()
        return self._respond(code, now)

    def report(self, code: int, now: float) -> list[Effect]:
        """Tell what the one whom we have called answers; a final response is the end of it."""
        if self.stage is not Stage.REPORTING:
            return []
        if code == self._code or (code < 200 and self._reports >= MAXIMUM_REPORTS):
            return []
        self._code = code
        return self._notify(now) if code < 200 else self._notify_last("noresource", now)

    def on_subscribe(
        self, transaction: TransactionId, request: Request, now: float
    ) -> list[Effect]:
        """The peer asks how it stands, or for silence with an Expires of 0 (RFC 3515 §2.4.4)."""
        if self.stage is not Stage.REPORTING:
            return self._leg.endpoint.respond(transaction, request, 481, now)[1]
        left_s = 0 if request.expires == 0 else max(0, int(self._ends_at - now))
        headers = [("Contact", str(self._leg.dialog.contact)), ("Expires", str(left_s))]
        accepted = self._leg.endpoint.respond(transaction, request, 200, now, headers=headers)[1]
        told = self._notify(now) if left_s else self._notify_last("timeout", now)
        return [*accepted, *told]

    def abandon(self, now: float) -> list[Effect]:
        """The session is over: who is already being told goes on being told."""
        if self.stage is not Stage.ASKED:
            return []
        self._finish()
        return self._respond(487, now)

    def _check(self, stage: Stage) -> None:
        if self.stage is not stage:
            raise IllegalStep(f"the referral is {self.stage.value}")

    def _notify(self, now: float) -> list[Effect]:
        self._reports += 1
        left_s = max(1, int(self._ends_at - now))
        return self._send(SubscriptionState(Standing.ACTIVE, left_s), now)

    def _notify_last(self, reason: str, now: float) -> list[Effect]:
        effects = self._send(SubscriptionState(Standing.TERMINATED, reason=reason), now)
        self._finish()
        return effects

    def _send(self, state: SubscriptionState, now: float) -> list[Effect]:
        _, effects = self._leg.request(
            "NOTIFY",
            now,
            self._on_outcome,
            headers=[("Event", str(self._event)), ("Subscription-State", str(state))],
            body=status_fragment(self._code),
            content_type=SIPFRAG,
        )
        return effects

    def _on_outcome(self, outcome: Outcome, _now: float) -> list[Effect]:
        if outcome.code in DIALOG_IS_GONE and self.stage is Stage.REPORTING:
            self._finish()  # nobody listens any more (RFC 6665 §4.2.2)
        return []

    def _expire(self, now: float) -> list[Effect]:
        if self.stage is Stage.ASKED:
            return self.refuse(603, now)
        return self._notify_last("timeout", now) if self.stage is Stage.REPORTING else []

    def _finish(self) -> None:
        self.stage = Stage.DONE
        self._leg.endpoint.alarms.clear(self._expire)
        self._on_done()

    def _respond(self, code: int, now: float, *headers: tuple[str, str]) -> list[Effect]:
        fields = [("Contact", str(self._leg.dialog.contact)), *headers]
        return self._leg.endpoint.respond(
            self._transaction, self._request, code, now, headers=fields
        )[1]


def event_of(request: Request, *, first: bool) -> Event:
    """The event that NOTIFYs name: its id tells several REFERs of a dialog apart (§2.4.6)."""
    return Event(PACKAGE) if first else Event(PACKAGE, str(request.cseq.number))
