"""An INVITE of ours, until it is settled over this hop (RFC 3261 §17.1.1, RFC 6026 §7.2, §8.4)."""

import enum
from typing import Final

from sip.flow import Flow
from sip.syntax.headers import Headers
from sip.syntax.message import Request, Response
from sip.transaction.cancel import cancel_for
from sip.transaction.effects import (
    Effect,
    ResponseArrived,
    Send,
    TransactionFailed,
    TransactionId,
    TransactionTimedOut,
)
from sip.transaction.response_kind import ResponseKind
from sip.transaction.timers import CANCELLED_S, T1, TIMER_B, TIMER_D, TIMER_M


class InviteClientState(enum.Enum):
    """States of RFC 3261 figure 5 as RFC 6026 figure 2 amends it."""

    CALLING = "calling"
    PROCEEDING = "proceeding"
    ACCEPTED = "accepted"
    COMPLETED = "completed"
    TERMINATED = "terminated"


_State = InviteClientState
_NEXT: Final = {
    (_State.CALLING, ResponseKind.PROVISIONAL): _State.PROCEEDING,
    (_State.CALLING, ResponseKind.SUCCESS): _State.ACCEPTED,
    (_State.CALLING, ResponseKind.REFUSAL): _State.COMPLETED,
    (_State.PROCEEDING, ResponseKind.PROVISIONAL): _State.PROCEEDING,
    (_State.PROCEEDING, ResponseKind.SUCCESS): _State.ACCEPTED,
    (_State.PROCEEDING, ResponseKind.REFUSAL): _State.COMPLETED,
    (_State.ACCEPTED, ResponseKind.SUCCESS): _State.ACCEPTED,
    (_State.COMPLETED, ResponseKind.REFUSAL): _State.COMPLETED,
}
"""What each kind of response leads to; a pair that is missing here is dropped in silence."""


class InviteClient:
    """One INVITE of ours and its answers.

    Resends it until something answers (unreliable transports only), acknowledges refusals
    itself, and leaves the ACK for a 2xx to the user agent, which gets every copy of the 2xx.
    """

    def __init__(
        self,
        transaction: TransactionId,
        request: Request,
        flow: Flow,
        now: float,
        patience_s: float = TIMER_B,
    ) -> None:
        """`patience_s` is what is waited for the first answer: timer B, or less."""
        self.transaction = transaction
        self.request = request
        self.flow = flow
        self.state = _State.CALLING
        self._gap = T1
        self._resend_at = None if flow.transport.reliable else now + T1  # timer A
        self._end_at: float | None = now + patience_s  # later timer D or M
        self._ack: Request | None = None
        self._cancel_headers: tuple[tuple[str, str], ...] | None = None  # set: a CANCEL is owed
        self._cancelled = False

    @property
    def terminated(self) -> bool:
        """Whether it is over and may be forgotten."""
        return self.state is _State.TERMINATED

    @property
    def deadline(self) -> float | None:
        """When `on_timer` is due next."""
        if self._resend_at is None or self._end_at is None:
            return self._end_at
        return min(self._resend_at, self._end_at)

    def start(self) -> list[Effect]:
        """The first copy of the request."""
        return [Send(self.request, self.flow)]

    def on_response(self, response: Response, flow: Flow, now: float) -> list[Effect]:
        """Take an answer that arrived over `flow`."""
        kind = ResponseKind.of(response.code)
        following = _NEXT.get((self.state, kind))
        if following is None:
            return []
        repeated = self.state is _State.COMPLETED
        if following is not self.state:
            self._enter(following, now)
        effects: list[Effect] = []
        if kind is ResponseKind.REFUSAL:
            if self._ack is None:
                self._ack = _acknowledgement(self.request, response)
            effects.append(Send(self._ack, self.flow))
        if not repeated:
            effects.append(ResponseArrived(self.transaction, response, flow))
        return effects

    def want_cancel(self, headers: tuple[tuple[str, str], ...] = ()) -> None:
        """Give the INVITE up; `take_cancel` has the CANCEL as soon as it may be sent."""
        if not self._cancelled:
            self._cancel_headers = headers

    def take_cancel(self, now: float) -> Request | None:
        """The CANCEL to send now, handed out once.

        None while nothing has answered yet (§9.1: it might overtake the INVITE) and after the
        final response, when there is nothing left to cancel.
        """
        if self._cancel_headers is None or self.state is not _State.PROCEEDING:
            return None
        cancel = cancel_for(self.request, self._cancel_headers)
        self._cancel_headers, self._cancelled = None, True
        self._end_at = now + CANCELLED_S
        return cancel

    def on_timer(self, now: float) -> list[Effect]:
        """Resend, give up, or end the wait for stragglers."""
        if self._end_at is not None and now >= self._end_at:
            unanswered = self.state in (_State.CALLING, _State.PROCEEDING)
            self._enter(_State.TERMINATED, now)
            return [TransactionTimedOut(self.transaction)] if unanswered else []
        if self._resend_at is not None and now >= self._resend_at:
            self._gap *= 2
            self._resend_at = now + self._gap
            return [Send(self.request, self.flow)]
        return []

    def on_transport_error(self, now: float) -> list[Effect]:
        """The INVITE or an ACK could not be sent, or its connection broke.

        Once something has answered, the final response may still come by another connection
        (§18.2.2), so that only the states in which figure 5 says so end here.
        """
        if self.state not in (_State.CALLING, _State.COMPLETED):
            return []
        self._enter(_State.TERMINATED, now)
        return [TransactionFailed(self.transaction)]

    def _enter(self, state: InviteClientState, now: float) -> None:
        self._resend_at = None
        self._end_at = None
        if state is _State.ACCEPTED:
            self._end_at = now + TIMER_M
        elif state is _State.COMPLETED:
            if self.flow.transport.reliable:
                state = _State.TERMINATED  # timer D of zero
            else:
                self._end_at = now + TIMER_D
        self.state = state


def _acknowledgement(invite: Request, refusal: Response) -> Request:
    """The ACK for a refusal: same hop, same branch, the To of the refusal (RFC 3261 §17.1.1.3)."""
    copied = [field for field in invite.headers if field[0] in {"Route", "From", "Call-ID"}]
    headers = Headers.of(
        ("Via", str(invite.top_via)),
        ("Max-Forwards", "70"),
        *copied,
        ("To", refusal.headers.get("To") or str(invite.to)),
        ("CSeq", f"{invite.cseq.number} ACK"),
    )
    return Request("ACK", invite.uri, headers)
