"""A call to us, until it is established (RFC 3261 §13.3)."""

from collections.abc import Callable

from sip.errors import IllegalStep
from sip.flow import Flow
from sip.session.dialog import Dialog
from sip.session.endpoint import Effect, Endpoint
from sip.session.events import Established, Party, SessionId
from sip.session.incoming_invite import IncomingInvite, check_refusal
from sip.session.leg import Leg
from sip.session.session import Session, reason_given
from sip.session.state import SessionState, SessionStep
from sip.syntax.headers import NO_HEADERS, Headers
from sip.syntax.message import Request
from sip.syntax.reason_phrases import reason_phrase
from sip.syntax.uri import SipUri
from sip.transaction.effects import TransactionId


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
    ) -> None:
        """Make the dialog at once, as the tag of all our answers names it.

        Raises:
            MalformedHeader: the INVITE lacks what makes a dialog.
        """
        super().__init__(session, endpoint, SessionState.INVITED, on_gone)
        user = invite.uri.user if isinstance(invite.uri, SipUri) else ""
        contact = endpoint.contact(flow.transport, flow.remote.host, user)
        dialog = Dialog.called(invite, tag=session, contact=contact, flow=flow)
        self._leg = Leg(session=session, endpoint=endpoint, dialog=dialog)
        self._invite = IncomingInvite(
            self._leg, transaction, invite, on_silence=self._on_missing_ack
        )
        self._incoming = self._invite
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

        Raises:
            IllegalStep: `early_media` answers no offer, or is unlike the answer given before.
        """
        self._take(SessionStep.RING)
        if early_media:
            self._settle_early_answer(early_media)
            return self._invite.progress(183, now, body=early_media)
        return self._invite.progress(180, now)

    def accept(self, body: bytes, now: float) -> list[Effect]:
        """Send 200 with the answer, or with our offer where the INVITE had none.

        After early media `body` is that same answer, and may be left out (§13.2.1).

        Raises:
            IllegalStep: `body` is missing, or unlike the answer given in early media.
        """
        following = self._following(SessionStep.ACCEPT)
        if self._early_answer and body:
            self._settle_early_answer(body)
        effects = self._invite.accept(body or self._early_answer, now)
        self.state = following
        self._endpoint.alarms.clear(self._on_expiry)
        return effects

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
        if state is SessionState.INVITED:
            self._take(SessionStep.HANG_UP)
            return self._refuse(Party.LOCAL, 480, now, headers=headers)
        if state is SessionState.ACCEPTED:
            self._take(SessionStep.HANG_UP)
            self._farewell = headers
            return []
        return super().hang_up(now, headers)

    def on_cancel(self, cancel: Request, now: float) -> list[Effect]:
        """The caller gives up (§9.2)."""
        if self.state is not SessionState.INVITED:
            return super().on_cancel(cancel, now)
        self._take(SessionStep.WITHDRAWN)
        return self._refuse(Party.REMOTE, 487, now, told=reason_given(cancel))

    def _on_acknowledged(self, answer: bytes, now: float) -> list[Effect]:
        if self.state not in (SessionState.ACCEPTED, SessionState.LEAVING):
            return super()._on_acknowledged(answer, now)
        following = self._take(SessionStep.ACKNOWLEDGED)
        self._incoming = None
        if following is SessionState.CLOSING:
            return self._leave(now, self._farewell)
        return [Established(self.id, answer)]

    def _abandon(self, now: float) -> list[Effect]:
        self._endpoint.alarms.clear(self._on_expiry)
        return super()._abandon(now)

    def _on_expiry(self, now: float) -> list[Effect]:
        """The caller's `Expires` has passed without our decision (§13.3.1)."""
        if self.state is not SessionState.INVITED:
            return []
        self._take(SessionStep.WITHDRAWN)
        return self._refuse(Party.REMOTE, 487, now)

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
        self._endpoint.alarms.clear(self._on_expiry)
        effects = self._invite.refuse(code, now, reason=reason or None, headers=headers)
        return [*effects, *self._end(by, code, told or reason or reason_phrase(code))]

    def _settle_early_answer(self, answer: bytes) -> None:
        if not self.offer:
            raise IllegalStep("early media answer an offer, and the INVITE had none")
        if self._early_answer not in (b"", answer):
            raise IllegalStep("an INVITE has one answer, and another was given (RFC 3261 §13.2.1)")
        self._early_answer = answer
