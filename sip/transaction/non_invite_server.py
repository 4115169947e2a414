"""A request of the peer other than INVITE and ACK, and our answer (RFC 3261 §17.2.2)."""

import enum

from sip.flow import Flow
from sip.syntax.message import Response
from sip.transaction.effects import Effect, Send, TransactionFailed, TransactionId
from sip.transaction.timers import TIMER_F, TIMER_J


class NonInviteServerState(enum.Enum):
    """States of RFC 3261 figure 8."""

    TRYING = "trying"
    PROCEEDING = "proceeding"
    COMPLETED = "completed"
    TERMINATED = "terminated"


_State = NonInviteServerState


class NonInviteServer:
    """One request of the peer; its answer is sent over `flow` (see `response_path`).

    Left without a final answer it ends in silence when the client has given up (timer F): a later
    one would find nobody (RFC 4320 §4.2), and a forgotten request must not stay for ever. Nothing
    is kept of the request itself.
    """

    def __init__(self, transaction: TransactionId, flow: Flow, now: float) -> None:
        self.transaction = transaction
        self.flow = flow
        self.state = _State.TRYING
        self._response: Response | None = None
        self._end_at = now + TIMER_F  # once completed, timer J

    @property
    def terminated(self) -> bool:
        """Whether it is over and may be forgotten."""
        return self.state is _State.TERMINATED

    @property
    def answered(self) -> bool:
        """Whether it stands for copies of its request only, which a lost answer would bring."""
        return self.state is _State.COMPLETED

    @property
    def deadline(self) -> float | None:
        """When `on_timer` is due next."""
        return None if self.terminated else self._end_at

    def on_request(self, _now: float) -> list[Effect]:
        """A copy of the request: repeat the last answer, if there was one."""
        return [] if self._response is None else [Send(self._response, self.flow)]

    def send(self, response: Response, now: float) -> list[Effect]:
        """Answer. What follows the final answer is discarded (§17.2.2)."""
        if self.state not in (_State.TRYING, _State.PROCEEDING):
            return []
        self._response = response
        if response.code < 200:
            self.state = _State.PROCEEDING
        else:
            self._end_at = now + TIMER_J
            self.state = _State.TERMINATED if self.flow.transport.reliable else _State.COMPLETED
        return [Send(response, self.flow)]

    def on_timer(self, now: float) -> list[Effect]:
        """End the wait for copies of the request, or for our own answer."""
        if now >= self._end_at:
            self.state = _State.TERMINATED
        return []

    def on_transport_error(self, _now: float) -> list[Effect]:
        """An answer could not be sent: told, and over."""
        if self.terminated:
            return []
        self.state = _State.TERMINATED
        return [TransactionFailed(self.transaction)]
