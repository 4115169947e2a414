"""A session once it has a peer: changes, INFO, and its end (RFC 3261 §14 and §15)."""

from collections.abc import Callable

from sip.errors import IllegalStep
from sip.flow import Flow
from sip.session.dialog import Dialog
from sip.session.endpoint import Effect, Endpoint, Outcome, description_in
from sip.session.events import (
    AnswerArrived,
    Ended,
    InfoArrived,
    InfoRefused,
    OfferArrived,
    OfferWithdrawn,
    Party,
    ReinviteRefused,
    SessionId,
)
from sip.session.glare import BUSY_RETRY_S
from sip.session.incoming_invite import IncomingInvite, check_refusal
from sip.session.incoming_offer import LATER, IncomingOffer, PendingOffer, accept_request
from sip.session.leg import Leg
from sip.session.offer_answer import OfferAnswer
from sip.session.outgoing_change import DIALOG_IS_GONE, OutgoingChange
from sip.session.session_timer import SessionTimer, brevity
from sip.session.state import NEXT, SessionState, SessionStep, after
from sip.session.transfers import Transfers
from sip.syntax.headers import NO_HEADERS, Headers
from sip.syntax.media_type import SDP
from sip.syntax.message import Request, Response
from sip.syntax.reason import Reason, first_reason
from sip.syntax.replaces import Replaces
from sip.transaction.effects import TransactionId


class Session:
    """What calls in both directions share. Tells exactly one `Ended`, and nothing after it.

    `on_gone` is called when nothing can arrive for the session any more. Subclasses bring the call
    about; until they have, there may be no leg.
    """

    def __init__(
        self,
        session: SessionId,
        endpoint: Endpoint,
        state: SessionState,
        on_gone: Callable[[SessionId], None],
    ) -> None:
        self.id = session
        self.state = state
        self._endpoint = endpoint
        self._on_gone = on_gone
        self._leg: Leg | None = None
        self._incoming: IncomingInvite | None = None
        self._offered: PendingOffer | None = None
        self._outgoing: OutgoingChange | None = None
        self.transfers = Transfers(on_done=self._let_go, on_lost=self._on_lost)
        self._timer = SessionTimer(endpoint, on_refresh=self._refresh, on_expiry=self._on_expired)
        self._account = ""  # by whose server the call goes
        self._ended = False

    @property
    def leg(self) -> Leg:
        """Our end of the call.

        Raises:
            IllegalStep: nobody has accepted our call yet.
        """
        if self._leg is None:
            raise IllegalStep(f"the session is {self.state.value} and has no dialog yet")
        return self._leg

    # Commands

    def hang_up(self, now: float, headers: Headers = NO_HEADERS) -> list[Effect]:
        """End the session; `headers` go along with whatever tells the peer."""
        self._take(SessionStep.HANG_UP)
        return self._leave(now, headers)

    def reinvite(self, offer: bytes, now: float) -> list[Effect]:
        """Offer a change, or ask for the peer's offer with `b""`.

        It is sent as soon as no other INVITE is in the way; before the call is answered, as an
        UPDATE. One that waits after a glare is replaced.

        Raises:
            IllegalStep: an offer of either side is unanswered, or the peer knows no UPDATE.
        """
        if self._offered is not None:
            raise IllegalStep("the peer's own offer must be answered first (RFC 3264 §4)")
        if self.state is SessionState.ESTABLISHED and self._outgoing and self._outgoing.waiting:
            self._outgoing.replace(offer)
            return []
        if self._outgoing is not None and not self._outgoing.done:
            raise IllegalStep("a change of ours is under way already (RFC 3261 §14.1)")
        leg, method = self._way_to_change(offer)
        self._outgoing = self._change(leg, offer, method)
        return self._outgoing.start(now)

    def _way_to_change(self, _offer: bytes) -> tuple[Leg, str]:
        """The dialog in which a change may be asked for now, and the method for it."""
        self._take(SessionStep.CONVERSE)
        if self._incoming is not None and self._incoming.unanswered:
            raise IllegalStep("the peer's own re-INVITE must be answered first (RFC 3261 §14.1)")
        return self.leg, "INVITE"

    def _way_to_change_early(self, leg: Leg, offer: bytes) -> tuple[Leg, str]:
        """The same before the call is answered (RFC 3311 §5.1)."""
        if not offer or not leg.negotiation.agreed or "UPDATE" not in leg.peer_allows:
            raise IllegalStep(
                "before the answer only an UPDATE can change what is agreed, and the peer has"
                " agreed to nothing yet or knows no UPDATE (RFC 3311 §5.1)"
            )
        self._take(SessionStep.CHANGE_EARLY)
        return leg, "UPDATE"

    def _may_ask(self, leg: Leg, method: str) -> bool:
        return leg.negotiation.agreed if method == "UPDATE" else self._incoming is None

    def _change(
        self, leg: Leg, offer: bytes, method: str, *, refresh: bool = False
    ) -> OutgoingChange:
        return OutgoingChange(
            leg,
            offer,
            method=method,
            may_start=lambda: self._offered is None and self._may_ask(leg, method),
            on_lost=self._on_lost,
            refresh=refresh,
        )

    def answer_offer(self, body: bytes, now: float) -> list[Effect]:
        """Answer what `OfferArrived` told, or give our own offer where it asked for one.

        Raises:
            IllegalStep: nothing is to be answered, or `body` is empty.
        """
        if self._offered is not None:
            effects = self._offered.accept(body, now)
            self._offered = None
            return [*effects, *self._go_on(now)]
        self._take(SessionStep.CONVERSE)
        if self._outgoing is not None and self._outgoing.owing:
            return self._outgoing.answer(body)
        if self._incoming is None:
            raise IllegalStep("no offer of the peer is unanswered")
        effects = self._incoming.accept(body, now)
        self.leg.dialog.refresh(self._incoming.request)  # not before it is accepted (RFC 6141)
        return effects

    def refuse_offer(self, code: int, now: float) -> list[Effect]:
        """Refuse what `OfferArrived` told; the session goes on as before.

        Raises:
            IllegalStep: there is no offer, or it came in a response, which can only be answered;
                or `code` is no refusal.
        """
        check_refusal(code)
        if self._offered is not None:
            effects = self._offered.refuse(code, now)
            self._offered = None
            return [*effects, *self._go_on(now)]
        self._take(SessionStep.CONVERSE)
        if self._incoming is None:
            raise IllegalStep("no offer of the peer can be refused")
        return [*self._incoming.refuse(code, now), *self._proceed(now)]

    def send_info(self, content_type: str, body: bytes, now: float) -> list[Effect]:
        """Send an INFO (RFC 2976 use)."""
        self._take(SessionStep.CONVERSE)
        _, effects = self.leg.request(
            "INFO", now, self._on_info_outcome, body=body, content_type=content_type
        )
        return effects

    def refer(self, refer_to: str, now: float) -> list[Effect]:
        """Ask the peer to call somebody else; `ReferralProgress` follows.

        Raises:
            IllegalStep: it has been asked already, and has not told what came of it.
        """
        self._take(SessionStep.CONVERSE)
        return self.transfers.refer(self.leg, refer_to, now)

    # What arrives

    def is_dialog(self, call_id: str, remote_tag: str) -> bool:
        """Whether a request with these, and our tag, is within this session's dialog (§12)."""
        dialog = self.leg.dialog
        return (dialog.call_id, dialog.remote.tag) == (call_id, remote_tag)

    def is_replaced_by(self, replaces: Replaces) -> bool:
        """Whether this is the dialog that a new call wants to replace (RFC 3891 §3)."""
        ours = SessionId(replaces.to_tag) == self.id
        return ours and self.is_dialog(replaces.call_id, replaces.from_tag)

    def give_way(self, now: float) -> list[Effect]:
        """Another call has taken the place of this one, if it stands still (RFC 3891 §3)."""
        if (self.state, SessionStep.HANG_UP) not in NEXT:
            return []
        reason = Reason("SIP", 200, "Call completed elsewhere")
        return self.hang_up(now, Headers.of(("Reason", str(reason))))

    def on_flow_failed(self, flow: Flow) -> None:
        """A connection is gone: what comes next goes where the dialog says."""
        if self._leg is not None:
            self._leg.lose(flow)

    def on_network_changed(self) -> None:
        """We may have another address: what comes next says so."""
        if self._leg is not None:
            self._leg.move()

    def on_request(
        self, transaction: TransactionId, request: Request, flow: Flow, now: float
    ) -> list[Effect]:
        """Take a request of the peer within the dialog (§12.2.2)."""
        if self.state is SessionState.ENDED and request.method != "SUBSCRIBE":
            return self._respond(transaction, request, 481, now)
        if not self.leg.dialog.take_request(request, flow):
            return self._respond(transaction, request, 500, now, "CSeq Out of Order")
        if request.method == "BYE":
            return self._on_bye(transaction, request, now)
        if request.method == "SUBSCRIBE":
            return self.transfers.on_subscribe(self.leg, transaction, request, now)
        if self.state in (SessionState.LEAVING, SessionState.CLOSING):
            return self._respond(transaction, request, 481, now)
        match request.method:
            case "INVITE":
                return self._on_reinvite(transaction, request, now)
            case "INFO":
                return self._on_info(transaction, request, now)
            case "PRACK":
                return self._on_prack(transaction, request, now)
            case "UPDATE":
                return self._on_update(self.leg, transaction, request, now)
            case "REFER":
                return self._on_refer(transaction, request, now)
            case "NOTIFY":
                return self.transfers.on_notify(self.leg, transaction, request, now)
            case _:
                headers = (*self._endpoint.capabilities, ("Accept", SDP))
                return self._endpoint.respond(transaction, request, 200, now, headers=headers)[1]

    def on_ack(self, ack: Request, now: float) -> list[Effect]:
        """Take an ACK for a 2xx of ours."""
        answer = None if self._incoming is None else self._incoming.acknowledge(ack)
        return [] if answer is None else self._on_acknowledged(answer, now)

    def cancels(self, invite: TransactionId) -> bool:
        """Whether a CANCEL for this INVITE concerns the session still."""
        return (
            self._incoming is not None
            and self._incoming.unanswered
            and self._incoming.transaction == invite
        )

    def on_cancel(self, _cancel: Request, now: float) -> list[Effect]:
        """The peer takes its unanswered INVITE back; the CANCEL itself has been answered."""
        if self._incoming is None:
            return []
        refusal = self._incoming.refuse(487, now)
        return [*refusal, OfferWithdrawn(self.id), *self._proceed(now)]

    def _on_bye(self, transaction: TransactionId, request: Request, now: float) -> list[Effect]:
        by = Party.LOCAL if self.state is SessionState.CLOSING else Party.REMOTE
        self._take(SessionStep.BYE)
        effects = self._respond(transaction, request, 200, now)
        return [*effects, *self._abandon(now), *self._end(by, 200, reason_given(request))]

    def _on_reinvite(
        self, transaction: TransactionId, request: Request, now: float
    ) -> list[Effect]:
        if (fields := brevity(request, self._endpoint)) is not None:
            return self._endpoint.respond(transaction, request, 422, now, headers=fields)[1]
        negotiation = self.leg.negotiation
        if self._outgoing is not None and self._outgoing.under_way:
            return self._respond(transaction, request, 491, now)
        if negotiation.local_offer_pending:  # our 2xx had an offer that no ACK has answered
            return self._respond(transaction, request, 491, now)
        unanswered = self._incoming is not None and self._incoming.unanswered
        if unanswered or negotiation.remote_offer_pending:
            return self._ask_for_later(transaction, request, now)
        effects: list[Effect] = []
        if self._incoming is not None:  # the peer has our 2xx, or it would not go on (RFC 5407)
            self._incoming.acknowledge(None)
            effects = self._on_acknowledged(b"", now)
        self._incoming = IncomingInvite(
            self.leg, transaction, request, on_silence=self._on_missing_ack
        )
        return [*effects, OfferArrived(self.id, self._incoming.offer)]

    def _ask_for_later(
        self, transaction: TransactionId, request: Request, now: float
    ) -> list[Effect]:
        """Another offer is unanswered (RFC 3261 §14.2, RFC 3311 §5.2)."""
        wait_s = int(self._endpoint.fraction() * (BUSY_RETRY_S + 1))
        headers = (("Retry-After", str(wait_s)),)
        return self._endpoint.respond(transaction, request, LATER, now, headers=headers)[1]

    def _on_update(
        self, leg: Leg, transaction: TransactionId, request: Request, now: float
    ) -> list[Effect]:
        """A change or a refresh, before or after the call is answered (RFC 3311 §5.2)."""
        if (fields := brevity(request, self._endpoint)) is not None:
            return self._endpoint.respond(transaction, request, 422, now, headers=fields)[1]
        leg.note_allowed(request)
        if not description_in(request):
            return accept_request(leg, transaction, request, now)
        return self._take_offer(leg, transaction, request, now)

    def _take_offer(
        self, leg: Leg, transaction: TransactionId, request: Request, now: float
    ) -> list[Effect]:
        """An offer in an UPDATE or PRACK: the application answers it, unless it comes too soon."""
        if leg.negotiation.local_offer_pending:
            return self._respond(transaction, request, 491, now)
        if self._offered is not None or not leg.negotiation.agreed:
            return self._ask_for_later(transaction, request, now)
        self._offered = IncomingOffer(leg, transaction, request)
        return [OfferArrived(self.id, description_in(request))]

    def _on_prack(self, transaction: TransactionId, request: Request, now: float) -> list[Effect]:
        """Of a provisional response that we never sent, or not in this way (RFC 3262 §3)."""
        return self._respond(transaction, request, 481, now)

    def _on_acknowledged(self, answer: bytes, now: float) -> list[Effect]:
        """Our 2xx to the INVITE in `_incoming` has arrived."""
        told: list[Effect] = []
        if self._incoming is not None and not self._incoming.offer:
            told = [AnswerArrived(self.id, answer)]
        return [*told, *self._proceed(now)]

    def _on_info(self, transaction: TransactionId, request: Request, now: float) -> list[Effect]:
        if "Info-Package" in request.headers:  # RFC 6086 §4.2.2: none was announced
            headers = (("Recv-Info", ""),)
            return self._endpoint.respond(transaction, request, 469, now, headers=headers)[1]
        content_type = request.headers.get("Content-Type") or ""
        told = [InfoArrived(self.id, content_type, request.body)]
        return [*self._respond(transaction, request, 200, now), *told]

    def _on_refer(self, transaction: TransactionId, request: Request, now: float) -> list[Effect]:
        """Nobody is transferred out of a call that does not stand yet."""
        if self.state is not SessionState.ESTABLISHED:
            return self._respond(transaction, request, 403, now)
        return self.transfers.on_refer(self.leg, transaction, request, now)

    # What becomes of requests of ours

    def _on_info_outcome(self, outcome: Outcome, now: float) -> list[Effect]:
        if not outcome.refused or self.state is not SessionState.ESTABLISHED:
            return []
        if outcome.code in DIALOG_IS_GONE:
            return self._on_lost(outcome, now)
        return [InfoRefused(self.id, outcome.code, outcome.reason)]

    def _on_bye_outcome(self, outcome: Outcome, _now: float) -> list[Effect]:
        if not outcome.final or self.state is not SessionState.CLOSING:
            return []
        self._take(SessionStep.CLOSED)
        by = Party.NETWORK if outcome.response is None else Party.LOCAL
        return self._end(by, outcome.code, outcome.reason)

    def _on_missing_ack(self, now: float) -> list[Effect]:
        return self._lose(Party.NETWORK, 408, "No ACK", now)

    def _on_lost(self, outcome: Outcome, now: float) -> list[Effect]:
        if self.state not in (SessionState.ESTABLISHED, SessionState.ACCEPTED):
            return [ReinviteRefused(self.id, outcome.code, outcome.reason)]
        by = Party.NETWORK if outcome.response is None else Party.REMOTE
        return self._lose(by, outcome.code, outcome.reason, now)

    # The session timer

    def _refresh(self, now: float) -> list[Effect]:
        """It is our turn to show that the session goes on (RFC 4028 §7.4)."""
        if self.state is not SessionState.ESTABLISHED:
            return []
        if self._outgoing is not None and not self._outgoing.done:
            return []  # a refresh as well
        if "UPDATE" in self.leg.peer_allows:
            self._outgoing = self._change(self.leg, b"", "UPDATE", refresh=True)
        else:
            unchanged = self.leg.negotiation.local
            self._outgoing = self._change(self.leg, unchanged, "INVITE", refresh=True)
        return self._outgoing.start(now)

    def _on_expired(self, now: float) -> list[Effect]:
        if self.state not in (SessionState.ESTABLISHED, SessionState.ACCEPTED):
            return []
        headers = Headers.of(("Reason", str(Reason("SIP", 408, "Session Expired"))))
        return self._lose(Party.NETWORK, 408, "Session Expired", now, headers)

    # How it ends

    def _lose(
        self, by: Party, code: int, reason: str, now: float, headers: Headers = NO_HEADERS
    ) -> list[Effect]:
        """The dialog is gone: the application learns it at once, the peer by BYE (§12.2.1.2)."""
        self._take(SessionStep.LOST)
        return [*self._tell_end(by, code, reason), *self._leave(now, headers)]

    def _leave(self, now: float, headers: Headers = NO_HEADERS) -> list[Effect]:
        effects = self._abandon(now)
        _, bye = self.leg.request("BYE", now, self._on_bye_outcome, headers=headers)
        return [*effects, *bye]

    def _abandon(self, now: float) -> list[Effect]:
        self._timer.stop()
        effects = self.transfers.abandon(now)
        if self._offered is not None:
            effects += self._offered.abandon(now)
            self._offered = None
        if self._incoming is not None:
            effects += self._incoming.abandon(now)
        if self._outgoing is not None:
            effects += self._outgoing.abandon(now)
        return effects

    def _end(self, by: Party, code: int, reason: str) -> list[Effect]:
        """Nothing is left: tell, unless told before, and let go."""
        effects = self._tell_end(by, code, reason)
        self._let_go()
        return effects

    def _let_go(self) -> None:
        """Be forgotten, once the session is over and nobody waits for news of a transfer."""
        if self.state is SessionState.ENDED and not self.transfers.awaited:
            self._on_gone(self.id)

    def _tell_end(self, by: Party, code: int, reason: str) -> list[Effect]:
        if self._ended:
            return []
        self._ended = True
        return [Ended(self.id, by, code, reason)]

    def _proceed(self, now: float) -> list[Effect]:
        """The peer's INVITE is done with; one of ours may have waited for that."""
        self._incoming = None
        return self._go_on(now)

    def _go_on(self, now: float) -> list[Effect]:
        """Nothing that the peer has asked for is unanswered: do what has waited for that."""
        return [] if self._outgoing is None else self._outgoing.start(now)

    def _leg_of(self, dialog: Dialog, negotiation: OfferAnswer) -> Leg:
        return Leg(
            session=self.id,
            endpoint=self._endpoint,
            dialog=dialog,
            timer=self._timer,
            negotiation=negotiation,
            account=self._account,
        )

    def _following(self, step: SessionStep) -> SessionState:
        return after(self.state, step)

    def _take(self, step: SessionStep) -> SessionState:
        self.state = after(self.state, step)
        return self.state

    def _respond(
        self,
        transaction: TransactionId,
        request: Request,
        code: int,
        now: float,
        reason: str | None = None,
    ) -> list[Effect]:
        return self._endpoint.respond(transaction, request, code, now, reason=reason)[1]


def reason_given(message: Request | Response) -> str:
    """Why the peer ends the call (RFC 3326): the first reason that can be read, or empty."""
    reason = first_reason(message.headers.get_all("Reason"))
    return "" if reason is None else str(reason)
