"""The sessions of one user agent, and the commands to them."""

from collections.abc import Iterable

from sip.errors import IllegalStep, MisuseError
from sip.session.endpoint import Effect, Endpoint
from sip.session.events import SessionId
from sip.session.incoming_invite import check_refusal
from sip.session.incoming_session import IncomingSession
from sip.session.referral import refer_to, refer_to_replacing
from sip.session.session import Session
from sip.syntax.headers import NO_HEADERS, Headers
from sip.syntax.message import Request
from sip.syntax.uri import SipUri


class Sessions:
    """Finds a session by its name or by the dialog that a request names.

    Commands raise IllegalStep, and change nothing, when the session is over or not in a state for
    them.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._sessions: dict[SessionId, Session] = {}  # a session is named by its local tag

    # Commands

    def ring(self, session: SessionId, now: float, *, early_media: bytes = b"") -> list[Effect]:
        """Send 180; or 183 with an answer to the offer, so that the caller hears `early_media`."""
        return self._incoming(session).ring(now, early_media=early_media)

    def accept(self, session: SessionId, body: bytes, now: float) -> list[Effect]:
        """Send 200; `body` answers the offer, or is our offer where the INVITE had none.

        After early media the same answer is given again, or `b""` in its stead.
        """
        return self._incoming(session).accept(body, now)

    def reject(
        self,
        session: SessionId,
        code: int,
        now: float,
        *,
        reason: str = "",
        headers: Iterable[tuple[str, str]] = (),
    ) -> list[Effect]:
        """Refuse a call with `code`, 300 to 699; `reason` replaces its usual phrase.

        Raises:
            MisuseError: `reason` or a header field holds what would start another line.
        """
        if reason and not reason.isprintable():
            raise MisuseError(f"{reason!r} is no reason phrase (RFC 3261 §7.2)")
        fields = Headers.of(*headers)
        return self._incoming(session).reject(code, now, reason=reason, headers=fields)

    def hang_up(self, session: SessionId, now: float, *, reason: str = "") -> list[Effect]:
        """End a session in any state, by 480, CANCEL or BYE; `Ended` follows when that is done.

        `reason` is the value of a `Reason` header field, such as `SIP;cause=408` (RFC 3326).

        Raises:
            MisuseError: `reason` holds a line break.
        """
        headers = Headers.of(("Reason", reason)) if reason else NO_HEADERS
        return self._session(session).hang_up(now, headers)

    def reinvite(self, session: SessionId, offer: bytes, now: float) -> list[Effect]:
        """Offer a change of the session, or ask for the peer's offer with `b""`.

        `AnswerArrived` or `ReinviteRefused` follows; `OfferArrived` where the peer was to offer.
        """
        return self._session(session).reinvite(offer, now)

    def answer_offer(self, session: SessionId, body: bytes, now: float) -> list[Effect]:
        """Answer an offer of the peer, or give ours where it asked for one."""
        return self._session(session).answer_offer(body, now)

    def refuse_offer(self, session: SessionId, code: int, now: float) -> list[Effect]:
        """Refuse a re-INVITE with `code` (488: the offer will not do); the session goes on."""
        return self._session(session).refuse_offer(code, now)

    def send_info(
        self, session: SessionId, content_type: str, body: bytes, now: float
    ) -> list[Effect]:
        """Send an INFO within the session; only a failure is told (`InfoRefused`)."""
        return self._session(session).send_info(content_type, body, now)

    def refer(self, session: SessionId, target: SipUri | SessionId, now: float) -> list[Effect]:
        """Transfer the peer to somebody else, or to the peer of another session of ours.

        `ReferralProgress` follows. The session stays until one side hangs up.

        Raises:
            IllegalStep: one of the sessions is not so far, or a transfer is under way.
        """
        found = self._session(session)
        if isinstance(target, SipUri):
            return found.refer(refer_to(target), now)
        replacing = refer_to_replacing(self._session(target).leg.dialog)
        if replacing is None:
            raise IllegalStep(f"the peer of session {target!r} gave no address to refer to")
        return found.refer(replacing, now)

    def accept_referral(self, session: SessionId, now: float) -> list[Effect]:
        """Promise to make the call that `ReferralArrived` asked for."""
        return self._session(session).transfers.incoming.accept(now)

    def refuse_referral(self, session: SessionId, code: int, now: float) -> list[Effect]:
        """Do not make it; `code` says why (403, 603)."""
        check_refusal(code)
        return self._session(session).transfers.incoming.refuse(code, now)

    def report_referral(self, session: SessionId, code: int, now: float) -> list[Effect]:
        """Tell what the one whom we were asked to call has answered; nothing if nobody listens."""
        found = self._sessions.get(session)
        return [] if found is None else found.transfers.report(code, now)

    # The table

    def _session_of(self, request: Request) -> Session | None:
        """The session whose dialog the request names (§12)."""
        session = self._sessions.get(SessionId(request.to.tag))
        if session is None or not session.is_dialog(request.call_id, request.from_.tag):
            return None
        return session

    def _session(self, session: SessionId) -> Session:
        found = self._sessions.get(session)
        if found is None:
            raise IllegalStep(f"session {session!r} is over, or never was")
        return found

    def _incoming(self, session: SessionId) -> IncomingSession:
        found = self._session(session)
        if not isinstance(found, IncomingSession):
            raise IllegalStep(f"session {session!r} is a call of ours: nobody waits for an answer")
        return found

    def _forget(self, session: SessionId) -> None:
        self._sessions.pop(session, None)
