"""A call of ours, until it is established (RFC 3261 §13.2)."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from sip.client.outcome import TAKEN_BACK, RequestId
from sip.client.way import Way
from sip.errors import IllegalStep
from sip.flow import Flow
from sip.session.dialog import Dialog
from sip.session.early_dialog import EarlyDialog, ProvisionalOffer, reliable_number
from sip.session.endpoint import Effect, Endpoint, Outcome
from sip.session.events import Answered, OfferArrived, Party, Progress, SessionId
from sip.session.leg import Leg
from sip.session.offer_answer import Negotiation, OfferAnswer, Step
from sip.session.session import Session, reason_given
from sip.session.state import SessionState, SessionStep
from sip.syntax.cseq import CSeq
from sip.syntax.headers import NO_HEADERS, Headers
from sip.syntax.message import Request, Response
from sip.syntax.replaces import Replaces
from sip.transaction.effects import TransactionId

MAXIMUM_FORKS: Final = 16
"""How many phones may ring for one call of ours before the others are no longer told apart."""


class OutgoingSession(Session):
    """We have called: somebody answers, refuses, or nobody does; or we give up before.

    The INVITE may have been forked: each fork that rings has an early dialog of its own. The first
    2xx makes the session, and the peers whose 2xx come later get an ACK and a BYE (§13.2.2.4).
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
        self._account = way.account
        self._invite = invite
        self._offer = offer
        self._way = way
        self._transaction: RequestId | None = None
        self._number = invite.cseq.number
        """Of the INVITE that was accepted; not the first try's where a server refused that."""
        self._early: dict[str, EarlyDialog] = {}  # by To tag
        self._accepted: set[str] = set()  # To tags of the forks that sent a 2xx
        self._acks: dict[str, Effect] = {}  # by To tag

    def start(self, now: float) -> list[Effect]:
        """Send the INVITE."""
        timed = self._invite
        for name, value in self._timer.request_fields():
            timed = replace(timed, headers=timed.headers.without(name).with_added(name, value))
        self._transaction, effects = self._endpoint.request(timed, self._way, now, self._on_outcome)
        return effects

    def hang_up(self, now: float, headers: Headers = NO_HEADERS) -> list[Effect]:
        """CANCEL before somebody has accepted, BYE after."""
        if self.state is SessionState.OWING:
            self._take(SessionStep.HANG_UP)
            return [self._acknowledge(self.leg, b""), *self._leave(now, headers)]
        if self.state is not SessionState.CALLING or self._transaction is None:
            return super().hang_up(now, headers)
        self._take(SessionStep.HANG_UP)
        effects = self._abandon(now)
        return [*effects, *self._endpoint.cancel(self._transaction, now, headers)]

    def answer_offer(self, body: bytes, now: float) -> list[Effect]:
        """Answer the offer of `Answered` with the ACK, or else another one."""
        if self.state is not SessionState.OWING:
            return super().answer_offer(body, now)
        if not body:
            raise IllegalStep("an answer must not be empty")
        self._take(SessionStep.ANSWER)
        self.leg.negotiation.take(Step.SEND_ANSWER, body)
        return [self._acknowledge(self.leg, body)]

    def is_dialog(self, call_id: str, remote_tag: str) -> bool:
        """Whether a request is for this session: until somebody has accepted, any fork's may be."""
        if self._leg is None:
            return call_id == self._invite.call_id
        return super().is_dialog(call_id, remote_tag)

    def is_replaced_by(self, replaces: Replaces) -> bool:
        """As always; before somebody has accepted, any fork that rings may be meant."""
        if self._leg is None and replaces.from_tag not in self._early:
            return False
        return super().is_replaced_by(replaces)

    def on_request(
        self, transaction: TransactionId, request: Request, flow: Flow, now: float
    ) -> list[Effect]:
        """Take a request of the peer, which may have overtaken its own 2xx."""
        if self._leg is not None:
            return super().on_request(transaction, request, flow, now)
        if request.method == "BYE":
            return self._on_early_bye(transaction, request, now)
        early = self._early.get(request.from_.tag)
        if early is None or self.state is not SessionState.CALLING or request.method != "UPDATE":
            headers = (("Retry-After", "1"),)
            return self._endpoint.respond(transaction, request, 500, now, headers=headers)[1]
        if not early.leg.dialog.take_request(request, flow):
            return self._respond(transaction, request, 500, now, "CSeq Out of Order")
        return self._on_update(early.leg, transaction, request, now)

    def _on_early_bye(
        self, transaction: TransactionId, request: Request, now: float
    ) -> list[Effect]:
        if self._early.keys() - {request.from_.tag}:  # one of several forks leaves
            self._early.pop(request.from_.tag, None)
            return self._respond(transaction, request, 200, now)
        effects = self._on_bye(transaction, request, now)
        if self._transaction is not None:
            effects = [*self._endpoint.cancel(self._transaction, now), *effects]
        return effects

    def _way_to_change(self, offer: bytes) -> tuple[Leg, str]:
        if self.state is not SessionState.CALLING:
            return super()._way_to_change(offer)
        if len(self._early) != 1:
            raise IllegalStep(f"{len(self._early)} phones ring, and a change needs one that is it")
        (early,) = self._early.values()
        return self._way_to_change_early(early.leg, offer)

    # What becomes of the INVITE

    def _on_outcome(self, outcome: Outcome, now: float) -> list[Effect]:
        self._invite = outcome.request  # another than the first where somebody asked who we are
        if outcome.response is None or outcome.refused:
            return self._on_refusal(outcome, now)
        if not outcome.final:
            return self._on_progress(outcome, outcome.response, now)
        return self._on_success(outcome, outcome.response, now)

    def _on_progress(self, outcome: Outcome, response: Response, now: float) -> list[Effect]:
        if outcome.code == 100 or self.state is not SessionState.CALLING:
            return []
        early = self._early_dialog(response, outcome.flow)
        rseq = reliable_number(response)
        body = outcome.description
        if early is None or not rseq:
            body = body if self._offer else b""  # an offer needs a reliable response
            if early is not None:
                early.answer = body or early.answer
            return [Progress(self.id, outcome.code, body)]
        if not early.is_next(rseq):
            return []
        negotiation = early.leg.negotiation
        if body and negotiation.state is Negotiation.NOTHING:
            if self._offered is not None:  # another fork's; this one comes again
                return []
            early.take(rseq)
            self._offered = ProvisionalOffer(early, response, body)
            return [Progress(self.id, outcome.code, b""), OfferArrived(self.id, body)]
        early.take(rseq)
        if body and negotiation.state is Negotiation.LOCAL_FIRST:
            negotiation.take(Step.RECEIVE_ANSWER, body)
            early.answer = body
        else:
            body = b""
        return [*early.acknowledge(response, now), Progress(self.id, outcome.code, body)]

    def _early_dialog(self, response: Response, flow: Flow) -> EarlyDialog | None:
        """The dialog of a provisional response; None without a tag, or if there are too many."""
        tag = response.to.tag
        early = self._early.get(tag)
        if early is None:
            if not tag or len(self._early) >= MAXIMUM_FORKS:
                return None
            early = self._early[tag] = EarlyDialog(self._new_leg(response, flow))
        early.leg.note_allowed(response)
        return early

    def _on_refusal(self, outcome: Outcome, now: float) -> list[Effect]:
        if self.state not in (SessionState.CALLING, SessionState.CANCELLING):
            return []
        if self._wants_longer_interval(outcome):
            return self.start(now)
        by = Party.LOCAL if self.state is SessionState.CANCELLING else Party.REMOTE
        self._take(SessionStep.REFUSED)
        reason = outcome.reason
        if outcome.response is None:
            by = by if outcome.code == TAKEN_BACK else Party.NETWORK
        elif by is Party.REMOTE:
            reason = reason_given(outcome.response) or reason  # RFC 6432
        return [*self._abandon(now), *self._end(by, outcome.code, reason)]

    def _wants_longer_interval(self, outcome: Outcome) -> bool:
        """Whether the INVITE may be tried again with what a 422 asks for (RFC 4028 §7.3)."""
        response = outcome.response
        if outcome.code != 422 or response is None or self.state is not SessionState.CALLING:
            return False
        if not self._timer.too_brief(response):
            return False
        sequence = CSeq(response.cseq.number + 1, "INVITE")
        headers = self._invite.headers.without("CSeq").with_added("CSeq", str(sequence))
        self._invite = replace(self._invite, headers=headers)
        return True

    def _on_success(self, outcome: Outcome, response: Response, now: float) -> list[Effect]:
        tag = response.to.tag
        if tag in self._accepted:
            return [self._acks[tag]] if tag in self._acks else []
        if len(self._accepted) >= MAXIMUM_FORKS:
            return []
        self._accepted.add(tag)
        self._number = outcome.request.cseq.number
        early = self._early.get(tag)
        leg = self._new_leg(response, outcome.flow) if early is None else early.leg
        leg.dialog.confirm(response, outcome.flow)
        if self.state not in (SessionState.CALLING, SessionState.CANCELLING):
            return self._dismiss(leg, now)
        before = self._settle_others(leg, now)
        self._leg = leg
        leg.note_allowed(response)
        body, negotiation = outcome.description, leg.negotiation
        if body and negotiation.state is Negotiation.NOTHING:
            return [*before, *self._on_offer(leg, response, body, now)]
        following = self._take(SessionStep.ANSWERED)
        answer = b"" if early is None else early.answer
        if negotiation.state is Negotiation.LOCAL_FIRST:
            answer = body or answer
            negotiation.take(Step.RECEIVE_ANSWER if answer else Step.GIVE_UP, answer)
        elif negotiation.remote != answer:
            answer = b""  # something else has been agreed since
        ack = self._acknowledge(leg, b"")
        if following is SessionState.CLOSING:  # it crossed our CANCEL
            return [*before, ack, *self._leave(now)]
        self._timer.take_response(response, now)
        return [*before, ack, Answered(self.id, answer)]

    def _settle_others(self, leg: Leg, now: float) -> list[Effect]:
        """What the forks that did not answer have asked, or were asked, is over."""
        effects: list[Effect] = []
        if self._offered is not None and not self._offered.within(leg):
            effects += self._offered.abandon(now)
            self._offered = None
        if self._outgoing is not None and self._outgoing.leg is not leg:
            effects += self._outgoing.abandon(now)
            self._outgoing = None
        return effects

    def _on_offer(self, leg: Leg, response: Response, offer: bytes, now: float) -> list[Effect]:
        leg.negotiation.take(Step.RECEIVE_OFFER, offer)
        if self._take(SessionStep.ANSWERED_WITH_OFFER) is SessionState.CLOSING:
            return [self._acknowledge(leg, b""), *self._leave(now)]
        self._timer.take_response(response, now)
        return [Answered(self.id, offer)]

    def _new_leg(self, response: Response, flow: Flow) -> Leg:
        dialog = Dialog.calling(self._invite, response, contact=self._invite.contacts[0], flow=flow)
        negotiation = OfferAnswer()
        if self._offer:
            negotiation.take(Step.SEND_OFFER, self._offer)
        return self._leg_of(dialog, negotiation)

    def _dismiss(self, leg: Leg, now: float) -> list[Effect]:
        """Another fork was first, or the session is over."""
        ack = self._acknowledge(leg, b"")
        _, bye = leg.request("BYE", now, _nobody_cares)
        return [ack, *bye]

    def _acknowledge(self, leg: Leg, body: bytes) -> Effect:
        ack = leg.ack(self._number, body)
        self._acks[leg.dialog.remote.tag] = ack
        return ack


def _nobody_cares(_outcome: Outcome, _now: float) -> list[Effect]:
    return []
