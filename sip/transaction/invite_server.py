"""An INVITE of the peer, until it is settled over this hop (RFC 3261 §17.2.1, RFC 6026 §7.1)."""

import enum
from typing import Final

from sip.errors import IllegalStep
from sip.flow import Flow
from sip.syntax.message import Request, Response, make_response
from sip.transaction.effects import (
    AckArrived,
    Effect,
    Send,
    TransactionFailed,
    TransactionId,
    TransactionTimedOut,
)
from sip.transaction.response_kind import ResponseKind
from sip.transaction.timers import T1, T2, TIMER_H, TIMER_I, TIMER_L, TRYING_S


class InviteServerState(enum.Enum):
    """States of RFC 3261 figure 7 as RFC 6026 figure 1 amends it."""

    PROCEEDING = "proceeding"
    ACCEPTED = "accepted"
    COMPLETED = "completed"
    CONFIRMED = "confirmed"
    TERMINATED = "terminated"


_State = InviteServerState
_AFTER_SENDING: Final = {
    (_State.PROCEEDING, ResponseKind.PROVISIONAL): _State.PROCEEDING,
    (_State.PROCEEDING, ResponseKind.SUCCESS): _State.ACCEPTED,
    (_State.PROCEEDING, ResponseKind.REFUSAL): _State.COMPLETED,
    (_State.ACCEPTED, ResponseKind.SUCCESS): _State.ACCEPTED,
}
"""The responses that the user agent may give in each state, and where they lead."""


class InviteServer:
    """One INVITE of the peer and our answers, sent over `flow` (see `response_path`).

    Says 100 by itself when the user agent takes longer than 200 ms, resends a refusal until its
    ACK, and absorbs copies of the INVITE. A 2xx is resent by the user agent (§13.3.1.4). Once it
    has answered it keeps nothing of the request, which may be long and outstay its sender by 32 s.
    """

    def __init__(
        self, transaction: TransactionId, request: Request, flow: Flow, now: float
    ) -> None:
        self.transaction = transaction
        self.flow = flow
        self.state = _State.PROCEEDING
        self._response: Response | None = None
        self._gap = T1
        self._resend_at: float | None = None  # timer G
        self._end_at: float | None = None  # timers H, I and L
        self._trying_at: float | None = now + TRYING_S
        self._unanswered: Request | None = request

    @property
    def terminated(self) -> bool:
        """Whether it is over and may be forgotten."""
        return self.state is _State.TERMINATED

    @property
    def deadline(self) -> float | None:
        """When `on_timer` is due next; None while only the user agent can go on."""
        due = (self._trying_at, self._resend_at, self._end_at)
        return min((at for at in due if at is not None), default=None)

    @property
    def answered_to_tag(self) -> str | None:
        """The To tag of the last response, which an ACK of RFC 2543 is matched by (§17.2.3)."""
        return None if self._response is None else self._response.to.tag

    def on_request(self, _now: float) -> list[Effect]:
        """A copy of the INVITE: repeat the last answer, except a 2xx."""
        if self._response is None or self.state not in (_State.PROCEEDING, _State.COMPLETED):
            return []
        return [Send(self._response, self.flow)]

    def on_ack(self, ack: Request, flow: Flow, now: float) -> list[Effect]:
        """An ACK of this INVITE: the end of a refusal's retransmissions.

        After a 2xx it is the user agent's: peers of RFC 2543 reuse the branch of the INVITE.
        """
        if self.state is _State.ACCEPTED:
            return [AckArrived(ack, flow)]
        if self.state is _State.COMPLETED:
            self._enter(_State.CONFIRMED, now)
        return []

    def send(self, response: Response, now: float) -> list[Effect]:
        """Answer. A call of `send` with what the state does not allow changes nothing.

        Raises:
            IllegalStep: a second final response, or a provisional one after the final.
        """
        if self.terminated:
            return []
        following = _AFTER_SENDING.get((self.state, ResponseKind.of(response.code)))
        if following is None:
            raise IllegalStep(f"{response.code} to an INVITE that is {self.state.value}")
        self._response = response
        self._unanswered = self._trying_at = None
        if following is not self.state:
            self._enter(following, now)
        return [Send(response, self.flow)]

    def on_timer(self, now: float) -> list[Effect]:
        """Say 100, resend a refusal, give up on its ACK, or end the wait for stragglers."""
        if self._unanswered and self._trying_at is not None and now >= self._trying_at:
            return self.send(make_response(self._unanswered, 100), now)
        if self._end_at is not None and now >= self._end_at:
            unacknowledged = self.state is _State.COMPLETED
            self._enter(_State.TERMINATED, now)
            return [TransactionTimedOut(self.transaction)] if unacknowledged else []
        if self._response is not None and self._resend_at is not None and now >= self._resend_at:
            self._gap = min(2 * self._gap, T2)
            self._resend_at = now + self._gap
            return [Send(self._response, self.flow)]
        return []

    def on_transport_error(self, _now: float) -> list[Effect]:
        """An answer could not be sent: told, and the transaction stands (RFC 6026 §7.1)."""
        if self.state in (_State.CONFIRMED, _State.TERMINATED):
            return []
        return [TransactionFailed(self.transaction)]

    def _enter(self, state: InviteServerState, now: float) -> None:
        self._resend_at = None
        self._end_at = None
        reliable = self.flow.transport.reliable
        if state is _State.ACCEPTED:
            self._end_at = now + TIMER_L
        elif state is _State.COMPLETED:
            self._resend_at = None if reliable else now + T1
            self._end_at = now + TIMER_H
        elif state is _State.CONFIRMED:
            if reliable:
                state = _State.TERMINATED  # timer I of zero
            else:
                self._end_at = now + TIMER_I
        self.state = state
