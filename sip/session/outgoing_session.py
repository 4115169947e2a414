"""A call of ours, until it is established (RFC 3261 §13.2)."""

from collections.abc import Callable
from typing import Final

from sip.client.outcome import TAKEN_BACK, RequestId
from sip.client.way import Way
from sip.errors import IllegalStep
from sip.flow import Flow
from sip.session.dialog import Dialog
from sip.session.endpoint import Effect, Endpoint, Outcome
from sip.session.events import Answered, Party, Progress, SessionId
from sip.session.leg import Leg
from sip.session.offer_answer import OfferAnswer, Step
from sip.session.session import Session
from sip.session.state import SessionState, SessionStep
from sip.syntax.headers import NO_HEADERS, Headers
from sip.syntax.message import Request, Response
from sip.transaction.effects import TransactionId

MAXIMUM_FORKS: Final = 16
"""How many phones may ring for one call of ours before the others are no longer told apart."""


class OutgoingSession(Session):
    """We have called: somebody answers, refuses, or nobody does; or we give up before.

    The INVITE may have been forked. The first 2xx makes the session, and the peers whose 2xx
    come later get an ACK and a BYE (§13.2.2.4).
    """

    def __init__(
        self,
        session: SessionId,
        endpoint: Endpoint,
        on_gone: Callable[[SessionId], None],
        *,
        invite: Request,
        offer: bytes,
        way: Way,
    ) -> None:
        super().__init__(session, endpoint, SessionState.CALLING, on_gone)
        self._invite = invite
        self._offer = offer
        self._way = way
        self._negotiation = OfferAnswer()
        self._transaction: RequestId | None = None
        self._early_answers: dict[str, bytes] = {}  # by To tag: what the 1xx of a fork described
        self._accepted: set[str] = set()  # To tags of the forks that sent a 2xx
        self._acks: dict[str, Effect] = {}  # by To tag

    def start(self, now: float) -> list[Effect]:
        """Send the INVITE."""
        if self._offer:
            self._negotiation.take(Step.SEND_OFFER)
        self._transaction, effects = self._endpoint.request(
            self._invite, self._way, now, self._on_outcome
        )
        return effects

    def hang_up(self, now: float, headers: Headers = NO_HEADERS) -> list[Effect]:
        """CANCEL before somebody has accepted, BYE after."""
        if self.state is SessionState.OWING:
            self._take(SessionStep.HANG_UP)
            return [self._acknowledge(self.leg, b""), *self._leave(now, headers)]
        if self.state is not SessionState.CALLING or self._transaction is None:
            return super().hang_up(now, headers)
        self._take(SessionStep.HANG_UP)
        return self._endpoint.cancel(self._transaction, now, headers)

    def answer_offer(self, body: bytes, now: float) -> list[Effect]:
        """Answer the offer of `Answered` with the ACK, or else one of a later change."""
        if self.state is not SessionState.OWING:
            return super().answer_offer(body, now)
        if not body:
            raise IllegalStep("an answer must not be empty")
        self._take(SessionStep.ANSWER)
        self._negotiation.take(Step.SEND_ANSWER)
        return [self._acknowledge(self.leg, body)]

    def is_dialog(self, call_id: str, remote_tag: str) -> bool:
        """Whether a request is for this session: until somebody has accepted, any fork's may be."""
        if self._leg is None:
            return call_id == self._invite.call_id
        return super().is_dialog(call_id, remote_tag)

    def on_request(
        self, transaction: TransactionId, request: Request, flow: Flow, now: float
    ) -> list[Effect]:
        """Take a request of the peer, which may have overtaken its own 2xx."""
        if self._leg is not None:
            return super().on_request(transaction, request, flow, now)
        if request.method != "BYE":
            headers = (("Retry-After", "1"),)
            return self._endpoint.respond(transaction, request, 500, now, headers=headers)[1]
        others = self._early_answers.keys() - {request.from_.tag}
        if others:  # one of several forks leaves
            self._early_answers.pop(request.from_.tag, None)
            return self._respond(transaction, request, 200, now)
        effects = self._on_bye(transaction, request, now)
        if self._transaction is not None:
            effects = [*self._endpoint.cancel(self._transaction, now), *effects]
        return effects

    def _on_outcome(self, outcome: Outcome, now: float) -> list[Effect]:
        if outcome.response is None or outcome.refused:
            return self._on_refusal(outcome)
        if not outcome.final:
            return self._on_progress(outcome, outcome.response)
        return self._on_success(outcome, outcome.response, now)

    def _on_progress(self, outcome: Outcome, response: Response) -> list[Effect]:
        if outcome.code == 100 or self.state is not SessionState.CALLING:
            return []
        tag = response.to.tag
        body = outcome.description if self._offer else b""  # an offer needs a reliable 1xx
        if tag in self._early_answers or len(self._early_answers) < MAXIMUM_FORKS:
            self._early_answers[tag] = body or self._early_answers.get(tag, b"")
        return [Progress(self.id, outcome.code, body)]

    def _on_refusal(self, outcome: Outcome) -> list[Effect]:
        if self.state not in (SessionState.CALLING, SessionState.CANCELLING):
            return []
        by = Party.LOCAL if self.state is SessionState.CANCELLING else Party.REMOTE
        self._take(SessionStep.REFUSED)
        if outcome.response is None and outcome.code != TAKEN_BACK:
            by = Party.NETWORK
        return self._end(by, outcome.code, outcome.reason)

    def _on_success(self, outcome: Outcome, response: Response, now: float) -> list[Effect]:
        tag = response.to.tag
        if tag in self._accepted:
            return [self._acks[tag]] if tag in self._acks else []
        if len(self._accepted) >= MAXIMUM_FORKS:
            return []
        self._accepted.add(tag)
        self._invite = outcome.request
        leg = self._leg_with(response, outcome.flow)
        if self.state not in (SessionState.CALLING, SessionState.CANCELLING):
            return self._dismiss(leg, now)
        self._leg = leg
        body = outcome.description
        if body and not self._offer:
            return self._on_offer(leg, body, now)
        following = self._take(SessionStep.ANSWERED)
        if self._offer:
            body = body or self._early_answers.get(tag, b"")
            leg.negotiation.take(Step.RECEIVE_ANSWER if body else Step.GIVE_UP)
        ack = self._acknowledge(leg, b"")
        if following is SessionState.CLOSING:  # it crossed our CANCEL
            return [ack, *self._leave(now)]
        return [ack, Answered(self.id, body)]

    def _on_offer(self, leg: Leg, offer: bytes, now: float) -> list[Effect]:
        leg.negotiation.take(Step.RECEIVE_OFFER)
        if self._take(SessionStep.ANSWERED_WITH_OFFER) is SessionState.CLOSING:
            return [self._acknowledge(leg, b""), *self._leave(now)]
        return [Answered(self.id, offer)]

    def _leg_with(self, response: Response, flow: Flow) -> Leg:
        dialog = Dialog.calling(self._invite, response, contact=self._invite.contacts[0], flow=flow)
        return Leg(
            session=self.id,
            endpoint=self._endpoint,
            dialog=dialog,
            negotiation=self._negotiation,
            account=self._way.account,
        )

    def _dismiss(self, leg: Leg, now: float) -> list[Effect]:
        """Another fork was first, or the session is over."""
        ack = self._acknowledge(leg, b"")
        _, bye = leg.request("BYE", now, _nobody_cares)
        return [ack, *bye]

    def _acknowledge(self, leg: Leg, body: bytes) -> Effect:
        ack = leg.ack(self._invite.cseq.number, body)
        self._acks[leg.dialog.remote.tag] = ack
        return ack


def _nobody_cares(_outcome: Outcome, _now: float) -> list[Effect]:
    return []
