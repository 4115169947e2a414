"""A call to us, until it is established (RFC 3261 §13.3)."""

from collections.abc import Callable

from sip.errors import IllegalStep
from sip.flow import Flow
from sip.session.dialog import Dialog
from sip.session.endpoint import Effect, Endpoint, description_in
from sip.session.events import AnswerArrived, Established, Party, SessionId
from sip.session.incoming_invite import IncomingInvite, check_refusal
from sip.session.leg import Leg
from sip.session.offer_answer import OfferAnswer, Step
from sip.session.reliable_progress import ReliableProgress
from sip.session.secure_contact import wants_secure_contact
from sip.session.session import Session, reason_given
from sip.session.state import SessionState, SessionStep
from sip.syntax.headers import NO_HEADERS, Headers
from sip.syntax.message import Request
from sip.syntax.reason_phrases import reason_phrase
from sip.syntax.uri import SipUri
from sip.transaction.effects import TransactionId

UNDECIDED = (SessionState.INVITED, SessionState.PROMISED)
"""The caller has no final response yet."""


class IncomingSession(Session):
    """The peer has called: it is rung, accepted or rejected, or gives up before."""

    def __init__(
        self,
        session: SessionId,
        endpoint: Endpoint,
        on_gone: Callable[[SessionId], None],
        *,
        transaction: TransactionId,
        invite: Request,
        flow: Flow,
        on_accepted: Callable[[float], list[Effect]],
        account: str = "",
    ) -> None:
        """Make the dialog at once, as the tag of all our answers names it.

        `on_accepted` is called when the 2xx goes out. `account` is the one whose server brings the
        call; empty: it comes from a peer.

        Raises:
            MalformedHeader: the INVITE lacks what makes a dialog.
        """
        super().__init__(session, endpoint, SessionState.INVITED, on_gone)
        user = invite.uri.user if isinstance(invite.uri, SipUri) else ""
        secure = wants_secure_contact(invite)
        contact = endpoint.contact(flow.transport, flow.remote.host, user, account, secure=secure)
        dialog = Dialog.called(invite, tag=session, contact=contact, flow=flow)
        self._leg = self._leg_of(dialog, OfferAnswer())
        self._account = account  # of the leg, once the ACK shows that it was no forged datagram
        self._invite = IncomingInvite(
            self._leg, transaction, invite, on_silence=self._on_missing_ack
        )
        self._reliable = ReliableProgress(
            self._leg, self._invite, on_silence=self._on_missing_prack
        )
        self._incoming = self._invite
        self._on_accepted = on_accepted
        self._early_answer = b""
        self._farewell = NO_HEADERS  # of the BYE that waits for the ACK
        self._patience_s = invite.expires

    @property
    def offer(self) -> bytes:
        """The peer's offer, or `b""`."""
        return self._invite.offer

    def start(self, now: float) -> list[Effect]:
        """Tell the caller that its INVITE has arrived, so that it stops repeating it."""
        if self._patience_s is not None:
            self._endpoint.alarms.set(self._on_expiry, now + self._patience_s)
        return self._invite.progress(100, now)

    def ring(self, now: float, *, early_media: bytes = b"") -> list[Effect]:
        """Send 180, or 183 with the answer to the offer so that early media may flow.

        Where the INVITE had no offer, `early_media` is ours, if the caller can acknowledge it. A
        caller that wants everything acknowledged, and our offer first, is not rung without one:
        nothing is sent (RFC 3261 §13.2.1).

        Raises:
            IllegalStep: `early_media` is unlike what was given before, or is an offer that the
                caller could not answer before our 2xx.
        """
        self._take(SessionStep.RING)
        if early_media:
            self._settle_early_answer(early_media)
        body = b"" if self._invite.described else early_media
        code = 183 if early_media else 180
        if not self._reliable.serves(early_media):
            return self._invite.progress(code, now, body=body)
        if not self.offer and not self._invite.described and not body:
            return []
        return self._reliable.send(code, body, now)

    def accept(self, body: bytes, now: float) -> list[Effect]:
        """Send 200 with the answer, or with our offer where the INVITE had none.

        After early media `body` is that same answer, and may be left out (§13.2.1). Where the
        caller has acknowledged it, or whatever was agreed since, that stands and `body` does not
        count. The 200 waits for such an acknowledgement (RFC 3262 §3).

        Raises:
            IllegalStep: `body` is missing, or unlike the answer given in early media.
        """
        following = self._following(SessionStep.ACCEPT)
        if self.state is not SessionState.INVITED:
            raise IllegalStep(f"accepting a session that is {self.state.value}, a second time")
        if self._early_answer and body and not self._invite.described:
            self._settle_early_answer(body)
        if self._must_wait():
            self._take(SessionStep.PROMISE)
            return []
        return self._give_2xx(following, body or self._early_answer, now)

    def _must_wait(self) -> bool:
        return self._reliable.holds_back or self._offered is not None

    def _give_2xx(self, following: SessionState, body: bytes, now: float) -> list[Effect]:
        effects = self._invite.accept(body, now)
        self.state = following
        self._reliable.stop()
        self._endpoint.alarms.clear(self._on_expiry)
        return [*effects, *self._on_accepted(now)]

    def reject(
        self,
        code: int,
        now: float,
        *,
        reason: str = "",
        headers: Headers = NO_HEADERS,
    ) -> list[Effect]:
        """Refuse the call with a final response of 300 to 699; `reason` replaces its usual phrase.

        Raises:
            IllegalStep: the code is none of these, or the call has been decided.
        """
        check_refusal(code)
        self._take(SessionStep.REJECT)
        return self._refuse(Party.LOCAL, code, now, reason=reason, headers=headers)

    def hang_up(self, now: float, headers: Headers = NO_HEADERS) -> list[Effect]:
        """Refuse with 480 before the call is accepted; BYE after the ACK, for which it may wait."""
        state = self.state
        if state in UNDECIDED:
            self._take(SessionStep.HANG_UP)
            return self._refuse(Party.LOCAL, 480, now, headers=headers)
        if state is SessionState.ACCEPTED:
            self._take(SessionStep.HANG_UP)
            self._farewell = headers
            return []
        return super().hang_up(now, headers)

    def on_cancel(self, cancel: Request, now: float) -> list[Effect]:
        """The caller gives up (§9.2)."""
        if self.state not in UNDECIDED:
            return super().on_cancel(cancel, now)
        self._take(SessionStep.WITHDRAWN)
        return self._refuse(Party.REMOTE, 487, now, told=reason_given(cancel))

    def _way_to_change(self, offer: bytes) -> tuple[Leg, str]:
        if self.state is SessionState.INVITED:
            return self._way_to_change_early(self.leg, offer)
        return super()._way_to_change(offer)

    def _on_prack(self, transaction: TransactionId, request: Request, now: float) -> list[Effect]:
        """The caller has got our provisional response; it may answer or offer (RFC 3262 §3, §5)."""
        rack = request.rack
        if rack is None:
            return self._respond(transaction, request, 400, now, "Missing RAck")
        if not self._reliable.awaits(rack):
            return super()._on_prack(transaction, request, now)
        body, negotiation = description_in(request), self.leg.negotiation
        if negotiation.local_offer_pending and not self.offer:
            if not body:
                return self._respond(transaction, request, 400, now, "Missing Answer")
            self._reliable.acknowledge()
            negotiation.take(Step.RECEIVE_ANSWER, body)
            accepted = self._respond(transaction, request, 200, now)
            return [*accepted, AnswerArrived(self.id, body), *self._go_on(now)]
        self._reliable.acknowledge()
        if body:
            return [*self._take_offer(self.leg, transaction, request, now), *self._go_on(now)]
        return [*self._respond(transaction, request, 200, now), *self._go_on(now)]

    def _go_on(self, now: float) -> list[Effect]:
        """Also before the call is decided: the next response, or the 2xx that has waited."""
        if self.state is SessionState.PROMISED and not self._must_wait():
            following = self._following(SessionStep.ACCEPT)
            return self._give_2xx(following, self._early_answer, now)
        effects = self._reliable.proceed(now) if self.state in UNDECIDED else []
        return [*effects, *super()._go_on(now)]

    def _on_acknowledged(self, answer: bytes, now: float) -> list[Effect]:
        if self.state not in (SessionState.ACCEPTED, SessionState.LEAVING):
            return super()._on_acknowledged(answer, now)
        following = self._take(SessionStep.ACKNOWLEDGED)
        self.leg.account = self._account
        self._incoming = None
        if following is SessionState.CLOSING:
            return self._leave(now, self._farewell)
        return [Established(self.id, answer), *self._go_on(now)]

    def _abandon(self, now: float) -> list[Effect]:
        self._endpoint.alarms.clear(self._on_expiry)
        self._reliable.stop()
        return super()._abandon(now)

    def _on_expiry(self, now: float) -> list[Effect]:
        """The caller's `Expires` has passed without our decision (§13.3.1)."""
        if self.state not in UNDECIDED:
            return []
        self._take(SessionStep.WITHDRAWN)
        return self._refuse(Party.REMOTE, 487, now)

    def _on_missing_prack(self, now: float) -> list[Effect]:
        """The caller asked for responses to acknowledge and does not (RFC 3262 §3)."""
        if self.state not in UNDECIDED:
            return []
        self._take(SessionStep.WITHDRAWN)
        return self._refuse(Party.NETWORK, 504, now, reason="No PRACK")

    def _refuse(
        self,
        by: Party,
        code: int,
        now: float,
        *,
        reason: str = "",
        headers: Headers = NO_HEADERS,
        told: str = "",
    ) -> list[Effect]:
        effects = self._invite.refuse(code, now, reason=reason or None, headers=headers)
        effects += self._abandon(now)
        return [*effects, *self._end(by, code, told or reason or reason_phrase(code))]

    def _settle_early_answer(self, answer: bytes) -> None:
        if not self.offer and not self._reliable.supported:
            raise IllegalStep("early media answer an offer, and the INVITE had none")
        if self._early_answer not in (b"", answer):
            raise IllegalStep("an INVITE has one answer, and another was given (RFC 3261 §13.2.1)")
        self._early_answer = answer
