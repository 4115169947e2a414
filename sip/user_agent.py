"""The user agent: sessions, and what stands outside of them (RFC 3261 §8.2 and §11)."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Final, assert_never

from sip.errors import IllegalStep, MalformedHeader, MalformedMessage, MisuseError
from sip.flow import Address, Flow, Transport
from sip.merged_requests import MergedRequests
from sip.screening import problem_with
from sip.session.auto_answer import auto_answer_wish
from sip.session.capabilities import METHODS
from sip.session.dialog import MAXIMUM_HOPS
from sip.session.endpoint import Effect, Endpoint, Outcome
from sip.session.events import IncomingCall, OptionsAnswered, QueryId, SessionId
from sip.session.incoming_session import IncomingSession
from sip.session.outgoing_session import OutgoingSession
from sip.session.sessions import Sessions
from sip.syntax.address import NameAddress
from sip.syntax.headers import NO_HEADERS, Headers
from sip.syntax.media_type import SDP
from sip.syntax.message import Request, Response, parse_message
from sip.syntax.uri import OpaqueUri, SipUri
from sip.transaction.effects import (
    AckArrived,
    RequestArrived,
    ResponseArrived,
    Send,
    TransactionEvent,
    TransactionFailed,
    TransactionId,
    TransactionTimedOut,
)

__all__ = ["Effect", "UserAgent"]

DEFAULT_NAME: Final = "intercom-speaker"


class UserAgent(Sessions):
    """Takes and makes calls. Opens no socket, reads no clock, draws no random number of its own.

    Each input and each command takes `now` (monotonic seconds) and returns, in order, what to send
    and what to tell the application; call `on_timer(now)` when `deadline` has passed. Commands
    raise IllegalStep, and change nothing, when the session is over or not in a state for them.

    `local_address` tells where a peer at a given host reaches us; `token` makes words that nobody
    can guess (at least 64 random bits), for tags, branches and Call-IDs.
    """

    def __init__(
        self,
        *,
        local_address: Callable[[Transport, str], Address],
        token: Callable[[], str],
        user_agent_name: str = DEFAULT_NAME,
        maximum_sessions: int = 64,
        session_timer_s: int = 0,
    ) -> None:
        super().__init__(
            Endpoint(
                local_address=local_address,
                token=token,
                name=user_agent_name,
                session_timer_s=session_timer_s,
            )
        )
        self._layer = self._endpoint.transactions
        self._merged = MergedRequests(self._endpoint.alarms)
        self._maximum_sessions = maximum_sessions
        self.unreadable = 0
        """How many arrived that were no SIP messages."""

    @property
    def remembered(self) -> int:
        """How many sessions, transactions, requests and alarms are kept: 0 after long silence."""
        tables = (self._sessions, self._layer, self._merged, self._endpoint.alarms)
        return sum(len(table) for table in tables) + self._endpoint.waiting

    # Inputs

    @property
    def deadline(self) -> float | None:
        """When `on_timer` is due next; None while nothing waits for time to pass."""
        due = (self._layer.deadline, self._endpoint.alarms.next)
        return min((at for at in due if at is not None), default=None)

    def receive(self, data: bytes, flow: Flow, now: float) -> list[Effect]:
        """Take one datagram, or one message cut from a stream. Never raises, whatever it holds."""
        try:
            message = parse_message(data)
        except MalformedMessage as error:
            self.unreadable += 1
            return self._answer_malformed(error, flow)
        return self._digest(self._layer.receive(message, flow, now), now)

    def flow_failed(self, flow: Flow, now: float) -> list[Effect]:
        """Take the news that nothing can be sent by `flow`, or that its connection is gone."""
        for session in self._sessions.values():
            session.on_flow_failed(flow)
        return self._digest(self._layer.flow_failed(flow, now), now)

    def on_timer(self, now: float) -> list[Effect]:
        """Let the time until `now` pass."""
        effects = self._digest(self._layer.on_timer(now), now)
        return [*effects, *self._endpoint.alarms.ring(now)]

    # Commands

    def invite(
        self,
        target: SipUri,
        *,
        local: NameAddress,
        offer: bytes,
        transport: Transport,
        now: float,
        headers: Iterable[tuple[str, str]] = (),
        via_flow: Flow | None = None,
    ) -> tuple[SessionId, list[Effect]]:
        """Call `target` as `local`; `offer` may be `b""` to let the peer offer.

        It goes by `via_flow`, or else where the first `Route` of `headers` or the target says, by
        `transport` unless that URI names one.

        Raises:
            IllegalStep: there are `maximum_sessions` already.
            MisuseError: a header field holds a line break, or a `Route` is malformed.
        """
        if len(self._sessions) >= self._maximum_sessions:
            raise IllegalStep(f"{len(self._sessions)} sessions are the most that are allowed")
        session = SessionId(self._endpoint.token())
        headers = Headers.of(*headers)
        flow = via_flow or self._flow_of_new_request(target, transport, headers)
        contact = self._endpoint.contact(flow.transport, flow.remote.host, _user_of(local))
        fields = [("Contact", str(contact)), *self._endpoint.capabilities, *headers]
        if offer:
            fields.append(("Content-Type", SDP))
        request = self._new_request("INVITE", target, local, session, fields, offer)
        outgoing = OutgoingSession(
            session, self._endpoint, self._forget, invite=request, offer=offer, flow=flow
        )
        self._sessions[session] = outgoing
        return session, outgoing.start(now)

    def options(
        self,
        target: SipUri,
        *,
        local: NameAddress,
        transport: Transport,
        now: float,
        via_flow: Flow | None = None,
    ) -> tuple[QueryId, list[Effect]]:
        """Ask what `target` can do (§11.1); `OptionsAnswered` follows."""
        query = QueryId(self._endpoint.token())
        flow = via_flow or self._flow_of_new_request(target, transport, NO_HEADERS)
        fields = [("Accept", SDP)]
        request = self._new_request("OPTIONS", target, local, query, fields, b"")
        _, effects = self._endpoint.request(request, flow, now, partial(_on_options, query))
        return query, effects

    # What arrives

    def _digest(self, effects: Iterable[Send | TransactionEvent], now: float) -> list[Effect]:
        digested: list[Effect] = []
        for effect in effects:
            match effect:
                case RequestArrived(transaction, request, flow):
                    digested += self._on_request(transaction, request, flow, now)
                case AckArrived(request):
                    digested += self._on_ack(request, now)
                case Send() | ResponseArrived() | TransactionTimedOut() | TransactionFailed():
                    digested += self._endpoint.take([effect], now)
                case _:
                    assert_never(effect)
        return digested

    def _answer_malformed(self, error: MalformedMessage, flow: Flow) -> list[Effect]:
        if error.request is None or error.request.method == "ACK":
            return []
        return self._endpoint.answer_alone(error.request, error.code, error.reason, flow)

    def _on_request(
        self, transaction: TransactionId, request: Request, flow: Flow, now: float
    ) -> list[Effect]:
        """Do what §8.2 asks for, in its order."""
        try:
            refusal = problem_with(
                request,
                allowed_methods=METHODS,
                supported_extensions=self._endpoint.extensions,
                accepted_types=_accepted_types(request),
            )
            if refusal is not None:
                return self._respond(
                    transaction,
                    request,
                    refusal.code,
                    now,
                    reason=refusal.reason,
                    headers=refusal.headers,
                )
            if request.method == "CANCEL":
                return self._on_cancel(transaction, request, now)
            if request.to.tag:
                return self._on_request_in_dialog(transaction, request, flow, now)
            return self._on_request_outside(transaction, request, flow, now)
        except MalformedHeader as error:
            reason = f"Malformed {error.header}" if error.header else "Bad Request"
            return self._respond(transaction, request, 400, now, reason=reason)

    def _on_request_in_dialog(
        self, transaction: TransactionId, request: Request, flow: Flow, now: float
    ) -> list[Effect]:
        session = self._session_of(request)
        if session is None:
            return self._respond(transaction, request, 481, now)
        return session.on_request(transaction, request, flow, now)

    def _on_request_outside(
        self, transaction: TransactionId, request: Request, flow: Flow, now: float
    ) -> list[Effect]:
        if self._merged.already_has(request, now):
            return self._respond(transaction, request, 482, now)
        match request.method:
            case "INVITE":
                return self._on_invite(transaction, request, flow, now)
            case "OPTIONS":
                headers = (*self._endpoint.capabilities, ("Accept", SDP))
                return self._respond(transaction, request, 200, now, headers=headers)
            case _:  # BYE and INFO make sense within a dialog only
                return self._respond(transaction, request, 481, now)

    def _on_invite(
        self, transaction: TransactionId, request: Request, flow: Flow, now: float
    ) -> list[Effect]:
        if len(self._sessions) >= self._maximum_sessions:
            return self._respond(transaction, request, 486, now)
        session = SessionId(self._endpoint.token())
        incoming = IncomingSession(
            session,
            self._endpoint,
            self._forget,
            transaction=transaction,
            invite=request,
            flow=flow,
        )
        self._sessions[session] = incoming
        wish = auto_answer_wish(request)
        call = IncomingCall(session, request, flow, incoming.offer, wish)
        return [*incoming.start(now), call]

    def _on_cancel(self, transaction: TransactionId, cancel: Request, now: float) -> list[Effect]:
        invite = self._layer.matching_invite(cancel)
        if invite is None:
            return self._respond(transaction, cancel, 481, now)
        session = next((each for each in self._sessions.values() if each.cancels(invite)), None)
        if session is None:  # answered meanwhile: the CANCEL comes too late to matter (§9.2)
            return self._respond(transaction, cancel, 200, now)
        accepted = self._respond(transaction, cancel, 200, now, to_tag=session.id)
        return [*accepted, *session.on_cancel(cancel, now)]

    def _on_ack(self, ack: Request, now: float) -> list[Effect]:
        session = self._session_of(ack)
        return [] if session is None else session.on_ack(ack, now)

    # Messages of our own

    def _respond(
        self,
        transaction: TransactionId,
        request: Request,
        code: int,
        now: float,
        *,
        reason: str | None = None,
        to_tag: str = "",
        headers: Iterable[tuple[str, str]] = (),
    ) -> list[Effect]:
        return self._endpoint.respond(
            transaction,
            request,
            code,
            now,
            reason=reason,
            to_tag=to_tag or self._endpoint.token(),
            headers=headers,
        )[1]

    def _new_request(
        self,
        method: str,
        target: SipUri,
        local: NameAddress,
        tag: str,
        fields: Iterable[tuple[str, str]],
        body: bytes,
    ) -> Request:
        headers = Headers.of(
            ("Max-Forwards", MAXIMUM_HOPS),
            ("From", str(local.with_parameter("tag", tag))),
            ("To", f"<{target}>"),
            ("Call-ID", self._endpoint.token()),
            ("CSeq", f"1 {method}"),
            *fields,
        )
        return Request(method, target, headers, body)

    def _flow_of_new_request(self, target: SipUri, transport: Transport, headers: Headers) -> Flow:
        routes = headers.get_all("Route")
        try:
            hop: SipUri | OpaqueUri = NameAddress.parse(routes[0]).uri if routes else target
        except MalformedHeader as error:
            raise MisuseError(f"Route: {error}") from error
        nowhere = Flow(transport, Address("", 0), Address("", 0))
        return self._endpoint.flow_to(hop, nowhere)


def _accepted_types(request: Request) -> tuple[str, ...]:
    """An INVITE describes a session. What an INFO or a BYE carries is the application's affair."""
    own = request.headers.get("Content-Type")
    if own is None or request.method == "INVITE":
        return (SDP,)
    return (SDP, own.partition(";")[0].strip().lower())


def _user_of(local: NameAddress) -> str:
    return local.uri.user if isinstance(local.uri, SipUri) else ""


def _on_options(query: QueryId, outcome: Outcome, _now: float) -> list[Effect]:
    if not outcome.final:
        return []
    allow = _methods_allowed(outcome.response)
    return [OptionsAnswered(query, outcome.code, outcome.reason, allow)]


def _methods_allowed(response: Response | None) -> tuple[str, ...]:
    try:
        return () if response is None else response.allow
    except MalformedHeader:
        return ()
