"""All requests of ours, each pursued to its final outcome (RFC 3261 §8.1, RFC 3263 §4.3)."""

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final

from sip.client.accounts import AccountContext, Accounts
from sip.client.client_request import (
    Attempt,
    ClientRequest,
    Stage,
    with_credentials_of,
    with_field,
    without_credentials,
)
from sip.client.datagram_size import ASSUMED_MTU, DatagramSize
from sip.client.outcome import NOWHERE, Outcome, RequestId
from sip.client.patience import FULL, patience_s
from sip.client.redirection import Redirection
from sip.client.retry_after import retry_after_s
from sip.client.target_health import TargetHealth
from sip.client.way import Way
from sip.client.whereabouts import Whereabouts
from sip.flow import Address, Flow, Transport
from sip.location.effects import Locate, LookupId, Target
from sip.syntax.message import Request, Response
from sip.syntax.parameters import Parameters
from sip.syntax.reason_phrases import reason_phrase
from sip.syntax.uri import SipUri
from sip.syntax.via import MAGIC_COOKIE, Via
from sip.transaction.deadlines import Deadlines
from sip.transaction.effects import (
    AckArrived,
    CloseConnection,
    RequestArrived,
    ResponseArrived,
    Send,
    TransactionEvent,
    TransactionFailed,
    TransactionId,
    TransactionTimedOut,
)
from sip.transaction.layer import TransactionLayer
from sip.transaction.timers import TIMER_M

MAXIMUM_TRIES: Final = 24
"""Transactions of one request: 16 targets, and challenges of some of them."""

MAXIMUM_CHALLENGES: Final = 6
"""Challenges that one request answers: two proxies and a registrar, each with a stale nonce."""

_SAYS_NOTHING_OF_CALLEE: Final = (100, 401, 407, 503)
"""What a server answers of its own, before or instead of passing a request on."""

MAXIMUM_ACKS: Final = 64
"""ACKs that are kept because their next hop had to be located; the oldest give way."""


@dataclass(frozen=True, slots=True)
class OutcomeArrived:
    """A provisional response, the final outcome, or another copy or fork of a 2xx to INVITE."""

    request: RequestId
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A request got no answer by `flow`, or could not be sent by it; it may go on another way."""

    flow: Flow


ClientEffect = Send | CloseConnection | Locate | OutcomeArrived | Unanswered
TransactionReport = Send | TransactionEvent


class Client:
    """Finds where requests go, and goes on until one server has said something final.

    Opens no socket and reads no clock: each input takes `now` (monotonic seconds) and returns what
    to do, in order; call `on_timer(now)` when `deadline` has passed. `Send`s and reports of the
    transaction layer come in by `take`.
    """

    def __init__(
        self,
        transactions: TransactionLayer,
        *,
        local_address: Callable[[Transport, str], Address],
        token: Callable[[], str],
        name: str,
        path_mtu: int = ASSUMED_MTU,
    ) -> None:
        self.accounts = Accounts(token)
        self.health = TargetHealth()
        self._whereabouts = Whereabouts(self.accounts, self.health, local_address)
        self._datagrams = DatagramSize(path_mtu)
        self._transactions = transactions
        self._local_address = local_address
        self._token = token
        self._name = name
        self._serial = itertools.count(1)
        self._requests: dict[RequestId, ClientRequest] = {}
        self._transaction_of: dict[TransactionId, RequestId] = {}
        self._lookups: dict[LookupId, RequestId] = {}
        self._acks: dict[LookupId, tuple[Request, SipUri, Way]] = {}
        self._ends: Deadlines[RequestId] = Deadlines()  # of accepted INVITEs

    def __len__(self) -> int:
        """How many requests are under way."""
        return len(self._requests)

    @property
    def deadline(self) -> float | None:
        """When `on_timer` is due next; None while nothing waits for time to pass."""
        return self._ends.next

    def on_timer(self, now: float) -> list[RequestId]:
        """Let the time until `now` pass; the INVITEs of which no 2xx comes any more."""
        over = self._ends.take_due(now)  # RFC 6026 §8.4
        for request in over:
            self._forget(request)
        return over

    # Commands

    def request(
        self, request: Request, way: Way, now: float
    ) -> tuple[RequestId, list[ClientEffect]]:
        """Send a request of ours, all but its Via and credentials, and follow it to its end."""
        pending = ClientRequest(
            id=RequestId(next(self._serial)),
            request=without_credentials(request),
            way=way,
            hop=way.hop,
            stand_in=way.stand_in,
            flows=[] if way.flow is None else [way.flow],
        )
        self._requests[pending.id] = pending
        return pending.id, self._proceed(pending, now)

    def cancel(
        self, request: RequestId, now: float, headers: Iterable[tuple[str, str]] = ()
    ) -> list[ClientEffect]:
        """Take an INVITE back; how it ends is still told. It is tried nowhere else."""
        pending = self._requests.get(request)
        if pending is None or pending.stage is Stage.ACCEPTED:
            return []
        pending.cancelled = True
        if pending.attempt is None or pending.stage is Stage.LOCATING:
            return self._finish(pending, _unsent(pending.request, 487, reason_phrase(487)))
        transaction = pending.attempt.transaction
        return self.take(self._transactions.cancel(transaction, now, headers=headers), now)

    def flow_of(self, request: RequestId) -> Flow | None:
        """By which a request that is under way has gone; None: it is not, or not yet."""
        pending = self._requests.get(request)
        return None if pending is None or pending.attempt is None else pending.attempt.flow

    def ack(self, ack: Request, way: Way) -> Send | Locate:
        """An ACK for a 2xx, all but its Via, to be carried out for every copy of it (§13.2.2.4).

        It carries the credentials of its INVITE (§22.1), as nobody may challenge it.
        """
        ack = self._with_credentials_of_invite(ack)
        flow = way.flow or self._whereabouts.last_flow(way.hop, way)
        if flow is not None or not isinstance(way.hop, SipUri):
            return self._send_ack(ack, flow or NOWHERE, way)
        lookup = LookupId(next(self._serial))
        if len(self._acks) >= MAXIMUM_ACKS:
            del self._acks[next(iter(self._acks))]
        self._acks[lookup] = (ack, way.hop, way)
        return self._whereabouts.locate(lookup, way.hop, way)

    # Inputs

    def located(
        self, lookup: LookupId, targets: tuple[Target, ...], now: float
    ) -> list[ClientEffect]:
        """Take the addresses that `Locate` asked for; none: there are none."""
        if lookup in self._acks:  # and stays there, for copies of the 2xx
            ack, hop, way = self._acks[lookup]
            flows = self._whereabouts.flows_to(hop, targets, way, now)
            return [self._send_ack(ack, flows[0], way)] if flows else []
        request = self._lookups.pop(lookup, None)
        pending = None if request is None else self._requests.get(request)
        if pending is None or not isinstance(pending.hop, SipUri) or pending.lookup != lookup:
            return []
        hop, pending.hop, pending.lookup = pending.hop, None, None
        if not targets:
            pending.failure = _unsent(pending.request, 503, f"no address found for {hop}")
        pending.flows = self._whereabouts.flows_to(hop, targets, pending.way, now)
        return self._proceed(pending, now)

    def take(self, effects: Iterable[TransactionReport], now: float) -> list[ClientEffect]:
        """Pass on what is to be sent, and go on with the requests that something became of."""
        taken: list[ClientEffect] = []
        for effect in effects:
            if isinstance(effect, Send):
                taken.append(effect)
                continue
            if isinstance(effect, RequestArrived | AckArrived):
                continue  # not about a request of ours
            pending = self._requests.get(self._transaction_of.get(effect.transaction, _NOBODY))
            if pending is None or pending.attempt is None:
                continue  # ours no more, or the peer's: nobody has to know
            match effect:
                case ResponseArrived(_, response, flow):
                    taken += self._on_response(pending, pending.attempt, response, flow, now)
                case TransactionTimedOut():
                    taken += self._on_silence(pending, pending.attempt, 408, now)
                case TransactionFailed():
                    taken += self._on_silence(pending, pending.attempt, 503, now)
        return taken

    # Where to

    def _proceed(self, pending: ClientRequest, now: float) -> list[ClientEffect]:
        """Try the next place, or tell how the last one ended."""
        while not pending.cancelled and pending.tries < MAXIMUM_TRIES:
            flow = self._next_flow(pending, now)
            if flow is not None:
                return self._attempt(pending, flow, now)
            if pending.hop is None and not self._goes_on(pending):
                break
            hop = pending.hop
            if not isinstance(hop, SipUri):
                reason = f"no way leads to {hop}"
                pending.failure = pending.failure or _unsent(pending.request, 503, reason)
                pending.hop = None
                continue
            flows = self._whereabouts.at_once(hop, pending.way, now)
            if flows is None:
                pending.stage = Stage.LOCATING
                pending.lookup = LookupId(next(self._serial))
                self._lookups[pending.lookup] = pending.id
                return [self._whereabouts.locate(pending.lookup, hop, pending.way)]
            pending.flows, pending.hop = flows, None
        failure = pending.failure or _unsent(pending.request, 503, reason_phrase(503))
        return self._finish(pending, failure)

    def _next_flow(self, pending: ClientRequest, now: float) -> Flow | None:
        while pending.flows:
            flow = pending.flows.pop(0)
            server = (flow.transport, flow.remote)
            if server in pending.unanswered:
                continue
            until = self.health.shunned_until(server, now)
            if until is None or pending.way.in_dialog:
                return flow
            reason = f"{flow.remote.host} wants no requests for another {until - now:.0f} s"
            pending.failure = pending.failure or _unsent(pending.request, 503, reason)
        return None

    def _goes_on(self, pending: ClientRequest) -> bool:
        """Whether there is another place for it, which it is meant for from now on."""
        redirected = pending.redirection.next() if pending.redirection else None
        stand_in, pending.stand_in = pending.stand_in, None
        if redirected is not None:
            self._redirect(pending, redirected)
        elif stand_in is not None:
            pending.request = stand_in.take(pending.request)
            pending.renumber()
            pending.hop = stand_in.hop
        else:
            return False
        return True

    def _redirect(self, pending: ClientRequest, uri: SipUri) -> None:
        """Send it to another address; by the same outbound proxies, if it has any."""
        pending.request = replace(pending.request, uri=uri)
        pending.renumber()
        pending.hop = pending.way.hop if "Route" in pending.request.headers else uri
        pending.unanswered.clear()

    # One attempt

    def _attempt(
        self, pending: ClientRequest, flow: Flow, now: float, answered: Request | None = None
    ) -> list[ClientEffect]:
        """Send it by `flow`; `answered` is the request with credentials for a challenge."""
        context = self.accounts.get(pending.way.account)
        request = answered or pending.request
        if answered is None and context is not None and context.trusts(flow):
            request = context.keyring.authorize(request)
        if pending.way.contact is not None:
            request = with_field(request, "Contact", pending.way.contact(flow))
        message = self._completed(request, flow, context)
        switched_from = None
        if self._too_long(message, flow, context, now):
            switched_from, flow = flow, replace(flow, transport=Transport.TCP)
            message = self._completed(request, flow, context)
        patience = FULL
        if context is not None:
            patience = patience_s(request.method, context.account.max_retransmissions)
        transaction, effects = self._transactions.send_request(
            message, flow, now, patience_s=patience
        )
        if pending.attempt is not None:
            self._transaction_of.pop(pending.attempt.transaction, None)
        pending.attempt = Attempt(transaction, flow, request, message.top_via, switched_from)
        pending.stage = Stage.SENT
        pending.tries += 1
        self._transaction_of[transaction] = pending.id
        return self.take(effects, now)

    def _too_long(
        self, message: Request, flow: Flow, context: AccountContext | None, now: float
    ) -> bool:
        if flow.transport is not Transport.UDP:
            return False
        if context is not None and not context.account.udp_to_tcp_switching:
            return False
        return self._datagrams.too_long(len(bytes(message)), flow.remote, now)

    def _completed(self, request: Request, flow: Flow, context: AccountContext | None) -> Request:
        """With the Via that the answer will come back by (§8.1.1.7, RFC 3581 §3, RFC 5923 §8.1)."""
        host, port = self._local_address(flow.transport, flow.remote.host)
        seen = None if context is None else context.seen_as(flow.transport)
        if seen is not None and not flow.transport.reliable:
            host, port = seen
        parameters = Parameters([("branch", MAGIC_COOKIE + self._token()), ("rport", None)])
        if flow.transport is Transport.TLS:
            # A server that knows us by our certificate need not open a connection of its own.
            parameters = parameters.with_value("alias", None)
        via = Via(flow.transport.value, host, port, parameters)
        headers = request.headers.with_first("Via", str(via)).with_added("User-Agent", self._name)
        return replace(request, headers=headers)

    def _send_ack(self, ack: Request, flow: Flow, way: Way) -> Send:
        return Send(self._completed(ack, flow, self.accounts.get(way.account)), flow)

    def _with_credentials_of_invite(self, ack: Request) -> Request:
        for pending in self._requests.values():
            attempt = pending.attempt
            if attempt is not None and _acknowledges(ack, attempt.request):
                return with_credentials_of(ack, attempt.request)
        return ack

    # What comes of it

    def _on_response(
        self, pending: ClientRequest, attempt: Attempt, response: Response, flow: Flow, now: float
    ) -> list[ClientEffect]:
        outcome = Outcome(response.code, response.reason, response, flow, attempt.request)
        context = self.accounts.get(pending.way.account)
        if context is not None:
            local = self._local_address(attempt.flow.transport, attempt.flow.remote.host)
            context.learn(attempt.flow, attempt.via, response.top_via, local)
        if response.code not in _SAYS_NOTHING_OF_CALLEE:
            pending.stand_in = None
        if not outcome.final:
            return [OutcomeArrived(pending.id, outcome)]
        self.health.answered(attempt.server)
        challenged = response.code in (401, 407)
        if context is not None and context.trusts(attempt.flow) and not challenged:
            honest = context.keyring.confirm(attempt.request, response)
            if not honest and not outcome.refused:
                problem = "the server's proof that it knows the password is false"
                outcome = replace(outcome, problem=problem)
        if not outcome.refused:
            return self._on_success(pending, outcome, now)
        pending.failure = outcome
        if challenged:
            return self._on_challenge(pending, attempt, response, outcome, now)
        if response.code == 503:
            self._shun(attempt, response, now)
            return self._proceed(pending, now)
        if response.code == 408 and pending.request.method != "INVITE":
            return self._proceed(pending, now)
        return self._on_refusal(pending, context, outcome, response, now)

    def _on_success(
        self, pending: ClientRequest, outcome: Outcome, now: float
    ) -> list[ClientEffect]:
        if pending.request.method != "INVITE":
            return self._finish(pending, outcome)
        pending.stage = Stage.ACCEPTED  # copies and other forks' 2xx may still come
        self._ends.set(pending.id, now + TIMER_M)
        return [OutcomeArrived(pending.id, outcome)]

    def _on_refusal(
        self,
        pending: ClientRequest,
        context: AccountContext | None,
        outcome: Outcome,
        response: Response,
        now: float,
    ) -> list[ClientEffect]:
        follows = context is not None and context.account.follow_redirects
        if response.code < 400 and follows and not pending.way.in_dialog:
            pending.redirection = pending.redirection or Redirection(pending.request.uri)
            pending.redirection.take(response)
        if pending.redirection is None or response.code >= 600:
            return self._finish(pending, outcome)
        pending.flows.clear()
        pending.hop = None
        return self._proceed(pending, now)

    def _on_challenge(
        self,
        pending: ClientRequest,
        attempt: Attempt,
        response: Response,
        outcome: Outcome,
        now: float,
    ) -> list[ClientEffect]:
        """Say who we are, but to nobody else than the account's own servers (§22)."""
        context = self.accounts.get(pending.way.account)
        if context is None:
            problem = "no account of ours has anything to do with who asks"
        elif not context.trusts(attempt.flow):
            problem = f"{attempt.flow.remote.host} is none of the account's own servers"
        elif pending.challenges >= MAXIMUM_CHALLENGES or pending.cancelled:
            problem = f"{pending.challenges} challenges were answered before"
        else:
            answered = context.keyring.answer(attempt.request, response)
            if isinstance(answered, Request):
                pending.challenges += 1
                pending.renumber()
                answered = with_field(answered, "CSeq", str(pending.request.cseq))
                flow = attempt.switched_from or attempt.flow
                return self._attempt(pending, flow, now, answered)
            problem = "the account has no password" if answered is None else answered.why
        return self._finish(pending, replace(outcome, problem=problem))

    def _on_silence(
        self, pending: ClientRequest, attempt: Attempt, code: int, now: float
    ) -> list[ClientEffect]:
        """No answer came (408), or nothing could be sent (503)."""
        reason = reason_phrase(code)
        pending.failure = Outcome(code, reason, None, attempt.flow, attempt.request)
        if attempt.switched_from is not None and code == 503:
            self._datagrams.tcp_refused(attempt.flow.remote, now)
            pending.flows.insert(0, attempt.switched_from)
            return self._proceed(pending, now)
        self.health.silent(attempt.server, now)
        effects: list[ClientEffect] = [Unanswered(attempt.flow)]
        if code == 408:
            pending.unanswered.add(attempt.server)
            if pending.request.method == "REGISTER" and attempt.flow.transport.reliable:
                effects.append(CloseConnection(attempt.flow))  # it may be dead, unnoticed
        return [*effects, *self._proceed(pending, now)]

    def _shun(self, attempt: Attempt, response: Response, now: float) -> None:
        wait_s = retry_after_s(response)
        if wait_s is None:
            self.health.silent(attempt.server, now)
        else:
            self.health.refused(attempt.server, wait_s, now)

    def _finish(self, pending: ClientRequest, outcome: Outcome) -> list[ClientEffect]:
        self._forget(pending.id)
        return [OutcomeArrived(pending.id, outcome)]

    def _forget(self, request: RequestId) -> None:
        pending = self._requests.pop(request)
        pending.stage = Stage.DONE
        self._ends.set(request, None)
        if pending.attempt is not None:
            self._transaction_of.pop(pending.attempt.transaction, None)
        if pending.lookup is not None:
            self._lookups.pop(pending.lookup, None)


_NOBODY: Final = RequestId(0)


def _unsent(request: Request, code: int, reason: str) -> Outcome:
    return Outcome(code, reason, None, NOWHERE, request)


def _acknowledges(ack: Request, invite: Request) -> bool:
    return (
        invite.method == "INVITE"
        and invite.cseq.number == ack.cseq.number
        and invite.call_id == ack.call_id
    )
