"""A request of ours other than INVITE and ACK, until its final answer (RFC 3261 §17.1.2)."""

import enum

from sip.flow import Flow
from sip.syntax.message import Request, Response
from sip.transaction.effects import (
    Effect,
    ResponseArrived,
    Send,
    TransactionFailed,
    TransactionId,
    TransactionTimedOut,
)
from sip.transaction.timers import T1, T2, TIMER_F, TIMER_K


class NonInviteClientState(enum.Enum):
    """States of RFC 3261 figure 6."""

    TRYING = "trying"
    PROCEEDING = "proceeding"
    COMPLETED = "completed"
    TERMINATED = "terminated"


_State = NonInviteClientState


class NonInviteClient:
    """One request of ours, resent on unreliable transports until its final answer."""

    def __init__(
        self,
        transaction: TransactionId,
        request: Request,
        flow: Flow,
        now: float,
        patience_s: float = TIMER_F,
    ) -> None:
        """`patience_s` is what is waited for the first answer: timer F, or less."""
        self.transaction = transaction
        self.request = request
        self.flow = flow
        self.state = _State.TRYING
        self._gap = T1
        self._resend_at = None if flow.transport.reliable else now + T1  # timer E
        self._timer_f = now + TIMER_F
        self._end_at = now + patience_s  # later timer F or K

    @property
    def terminated(self) -> bool:
        """Whether it is over and may be forgotten."""
        return self.state is _State.TERMINATED

    @property
    def deadline(self) -> float | None:
        """When `on_timer` is due next."""
        if self.terminated:
            return None
        return self._end_at if self._resend_at is None else min(self._resend_at, self._end_at)

    def start(self) -> list[Effect]:
        """The first copy of the request."""
        return [Send(self.request, self.flow)]

    def on_response(self, response: Response, flow: Flow, now: float) -> list[Effect]:
        """Take an answer that arrived over `flow`."""
        if self.state not in (_State.TRYING, _State.PROCEEDING):
            return []  # a retransmission, absorbed
        if response.code < 200:
            self._end_at = self._timer_f
            self.state = _State.PROCEEDING
        else:
            self._resend_at = None
            self._end_at = now + TIMER_K
            self.state = _State.TERMINATED if self.flow.transport.reliable else _State.COMPLETED
        return [ResponseArrived(self.transaction, response, flow)]

    def on_timer(self, now: float) -> list[Effect]:
        """Resend, give up, or end the wait for stragglers."""
        if now >= self._end_at:
            unanswered = self.state in (_State.TRYING, _State.PROCEEDING)
            self.state = _State.TERMINATED
            return [TransactionTimedOut(self.transaction)] if unanswered else []
        if self._resend_at is not None and now >= self._resend_at:
            # Once the peer has shown life there is no hurry left: T2 at once (§17.1.2.2).
            self._gap = T2 if self.state is _State.PROCEEDING else min(2 * self._gap, T2)
            self._resend_at = now + self._gap
            return [Send(self.request, self.flow)]
        return []

    def on_transport_error(self, _now: float) -> list[Effect]:
        """The request could not be sent, or its connection broke."""
        if self.state not in (_State.TRYING, _State.PROCEEDING):
            return []
        self.state = _State.TERMINATED
        return [TransactionFailed(self.transaction)]
