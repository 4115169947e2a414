"""The user agent: sessions, and what stands outside of them (RFC 3261 §8.2 and §11)."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import Final, assert_never

from sip.account import Account, RegistrationState
from sip.client.datagram_size import ASSUMED_MTU
from sip.client.way import Way
from sip.errors import IllegalStep, MalformedHeader, MalformedMessage, MisuseError
from sip.flow import Address, Flow, Transport
from sip.location.effects import LookupId, Target
from sip.merged_requests import MergedRequests
from sip.registration.registrations import Registrations
from sip.screening import problem_with
from sip.session.auto_answer import auto_answer_wish
from sip.session.capabilities import METHODS, unknown_event
from sip.session.dialog import MAXIMUM_HOPS
from sip.session.endpoint import Effect, Endpoint, Outcome
from sip.session.events import IncomingCall, OptionsAnswered, QueryId, SessionId
from sip.session.incoming_session import IncomingSession
from sip.session.outgoing_session import OutgoingSession
from sip.session.replaces import CannotReplace, replaced_by
from sip.session.secure_contact import needs_secure_contact
from sip.session.session_timer import brevity
from sip.session.sessions import Sessions
from sip.syntax.address import NameAddress
from sip.syntax.headers import Headers
from sip.syntax.media_type import SDP
from sip.syntax.message import Request, Response, parse_message
from sip.syntax.uri import SipUri
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
from sip.transaction.layer import DroppedMessages

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
        path_mtu: int = ASSUMED_MTU,
    ) -> None:
        super().__init__(
            Endpoint(
                local_address=local_address,
                token=token,
                name=user_agent_name,
                session_timer_s=session_timer_s,
                path_mtu=path_mtu,
            )
        )
        self._layer = self._endpoint.transactions
        self._accounts = self._endpoint.client.accounts
        self._registrations = Registrations(self._endpoint)
        self._merged = MergedRequests(self._endpoint.alarms)
        self._maximum_sessions = maximum_sessions
        self.unreadable = 0
        """How many arrived that were no SIP messages."""

    @property
    def dropped(self) -> DroppedMessages:
        """How many messages led to nothing, besides those that are `unreadable`."""
        return self._layer.dropped

    @property
    def remembered(self) -> int:
        """How many sessions, transactions, requests and alarms are kept: 0 after long silence."""
        kept = (self._layer, self._endpoint.client, self._endpoint.alarms, self._registrations)
        tables = (self._sessions, self._merged, *kept)
        return sum(len(table) for table in tables) + self._endpoint.waiting

    # Inputs

    @property
    def deadline(self) -> float | None:
        """When `on_timer` is due next; None while nothing waits for time to pass."""
        due = (self._layer.deadline, self._endpoint.deadline)
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
        effects = self._digest(self._layer.flow_failed(flow, now), now)
        return [*effects, *self._registrations.on_flow_failed(flow, now)]

    def network_changed(self, now: float) -> list[Effect]:
        """Take the news that our addresses or routes are others: register anew, at once.

        Calls say where we are with their next request, such as a `reinvite`.
        """
        effects = self._registrations.on_network_changed(now)
        for session in self._sessions.values():
            session.on_network_changed()
        return effects

    def on_timer(self, now: float) -> list[Effect]:
        """Let the time until `now` pass."""
        effects = self._digest(self._layer.on_timer(now), now)
        return [*effects, *self._endpoint.on_timer(now)]

    def located(self, lookup: LookupId, targets: tuple[Target, ...], now: float) -> list[Effect]:
        """Take the addresses that a `Locate` asked for, the best first; none: there are none."""
        return self._endpoint.located(lookup, targets, now)

    # Commands

    def limit(self, *, maximum_sessions: int, session_timer_s: int) -> None:
        """Say anew what the constructor was told: it counts for new sessions."""
        self._maximum_sessions = maximum_sessions
        self._endpoint.time_sessions(session_timer_s)

    def add_account(self, account: Account, now: float) -> list[Effect]:
        """Use an account, in place of one with the same id, and register it if it has a registrar.

        Nothing happens when it is used already, with the same settings.
        """
        return self._registrations.add(account, now)

    def remove_account(self, account: str, now: float) -> list[Effect]:
        """Unregister an account and forget it; to be done for each of them before the end."""
        return self._registrations.remove(account, now)

    def registration_state(self, account: str) -> RegistrationState:
        """How an account stands with its registrars."""
        return self._registrations.state(account)

    def invite(
        self,
        target: SipUri,
        *,
        offer: bytes,
        now: float,
        local: NameAddress | None = None,
        account: str = "",
        transport: Transport | None = None,
        headers: Iterable[tuple[str, str]] = (),
        via_flow: Flow | None = None,
    ) -> tuple[SessionId, list[Effect]]:
        """Call `target`; `offer` may be `b""` to let the peer offer.

        The call is made by an `account`, or by nobody's; `local` is who calls, and may be left out
        where the account knows. It goes by `via_flow`, or else where the first `Route` of
        `headers`, the account or the target says, by `transport` unless that URI names one.

        Raises:
            IllegalStep: there are `maximum_sessions` already.
            MisuseError: a header field holds a line break, or a `Route` is malformed; there is no
                such account; or nobody said who calls.
        """
        if len(self._sessions) >= self._maximum_sessions:
            raise IllegalStep(f"{len(self._sessions)} sessions are the most that are allowed")
        session = SessionId(self._endpoint.token())
        fields = [*self._endpoint.capabilities]
        if offer:
            fields.append(("Content-Type", SDP))
        request, way = self._outside(
            "INVITE", target, session, fields, headers, local, account, transport, via_flow
        )
        user, secure = _user_of(request.from_), needs_secure_contact(request)
        contact = partial(self._endpoint.contact_by, user, account, secure=secure)
        outgoing = OutgoingSession(
            session,
            self._endpoint,
            self._forget,
            invite=replace(request, body=offer),
            offer=offer,
            way=replace(way, contact=contact),
        )
        self._sessions[session] = outgoing
        return session, outgoing.start(now)

    def options(
        self,
        target: SipUri,
        *,
        now: float,
        local: NameAddress | None = None,
        account: str = "",
        transport: Transport | None = None,
        via_flow: Flow | None = None,
    ) -> tuple[QueryId, list[Effect]]:
        """Ask what `target` can do (§11.1); `OptionsAnswered` follows. See `invite`."""
        query = QueryId(self._endpoint.token())
        request, way = self._outside(
            "OPTIONS", target, query, [("Accept", SDP)], (), local, account, transport, via_flow
        )
        _, effects = self._endpoint.request(request, way, now, partial(_on_options, query))
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
            case "SUBSCRIBE" | "NOTIFY" if (fields := unknown_event(request)) is not None:
                return self._respond(transaction, request, 489, now, headers=fields)
            case "REFER" | "SUBSCRIBE":  # nobody is transferred who is not in a call with us
                return self._respond(transaction, request, 403, now)
            case _:  # BYE, INFO and the like make sense within a dialog only
                return self._respond(transaction, request, 481, now)

    def _on_invite(
        self, transaction: TransactionId, request: Request, flow: Flow, now: float
    ) -> list[Effect]:
        if (fields := brevity(request, self._endpoint)) is not None:
            return self._respond(transaction, request, 422, now, headers=fields)
        replaced = replaced_by(request, self._sessions.values())
        if isinstance(replaced, CannotReplace):
            return self._respond(transaction, request, replaced.code, now)
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
            on_accepted=_nothing if replaced is None else replaced.give_way,
            account=self._registrations.called_by(request, flow),
        )
        self._sessions[session] = incoming
        wish = auto_answer_wish(request)
        call = IncomingCall(
            session,
            request,
            flow,
            incoming.offer,
            wish,
            replaces=None if replaced is None else replaced.id,
            from_servers_of=self._registrations.serving(flow),
            registered_contact=self._registrations.registered_contact(request),
        )
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

    def _outside(
        self,
        method: str,
        target: SipUri,
        tag: str,
        fields: Iterable[tuple[str, str]],
        headers: Iterable[tuple[str, str]],
        local: NameAddress | None,
        account: str,
        transport: Transport | None,
        via_flow: Flow | None,
    ) -> tuple[Request, Way]:
        """A request outside of any dialog (§8.1.1), and the way that it takes."""
        ours = self._accounts[account].account if account else None
        target = self._registrations.target(account, target)
        caller = local or (None if ours is None else ours.identity)
        if caller is None:
            raise MisuseError("a request needs a From, and neither `local` nor an account gives it")
        given = Headers.of(*headers)
        routes, way = self._registrations.way_out(target, given, account, transport)
        request = Request(
            method,
            target,
            Headers.of(
                ("Max-Forwards", MAXIMUM_HOPS),
                *(("Route", route) for route in routes),
                ("From", str(caller.with_parameter("tag", tag))),
                ("To", f"<{target}>"),
                ("Call-ID", self._endpoint.token()),
                ("CSeq", f"1 {method}"),
                *fields,
                *given,
            ),
        )
        if via_flow is not None:
            way = replace(way, flow=via_flow, hop=None, stand_in=None)
        return request, way


def _accepted_types(request: Request) -> tuple[str, ...]:
    """An INVITE describes a session. What an INFO or a BYE carries is the application's affair."""
    own = request.headers.get("Content-Type")
    if own is None or request.method == "INVITE":
        return (SDP,)
    return (SDP, own.partition(";")[0].strip().lower())


def _nothing(_now: float) -> list[Effect]:
    return []


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
