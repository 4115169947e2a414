"""What every part of the user agent shares: its name and addresses, and its requests under way."""

import contextlib
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial

from sip.client.alarms import Alarms
from sip.errors import MalformedHeader
from sip.flow import Address, Flow, Transport
from sip.session.capabilities import capability_fields, extensions
from sip.session.events import UserAgentEvent
from sip.syntax.address import NameAddress
from sip.syntax.media_type import SDP
from sip.syntax.message import Request, Response, make_response
from sip.syntax.parameters import Parameters
from sip.syntax.reason_phrases import reason_phrase
from sip.syntax.uri import OpaqueUri, SipUri
from sip.syntax.via import MAGIC_COOKIE, Via
from sip.transaction.effects import (
    ResponseArrived,
    Send,
    TransactionEvent,
    TransactionFailed,
    TransactionId,
    TransactionTimedOut,
)
from sip.transaction.layer import TransactionLayer
from sip.transaction.response_path import response_flow, with_source
from sip.transaction.stateless_refusal import stateless_refusal
from sip.transaction.timers import TIMER_M

Effect = Send | UserAgentEvent


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a request of ours."""

    code: int
    """Provisional or final. Silence counts as 408, no way to send as 503 (RFC 3261 §8.1.3.1)."""

    reason: str
    response: Response | None
    """None when nothing was received."""

    flow: Flow

    @property
    def final(self) -> bool:
        """Whether nothing more comes, apart from copies and forks of a 2xx to INVITE."""
        return self.code >= 200

    @property
    def refused(self) -> bool:
        """Whether it is final and no success."""
        return self.code >= 300

    @property
    def description(self) -> bytes:
        """The session description that the response carries, or `b""`."""
        return b"" if self.response is None else description_in(self.response)


OutcomeHandler = Callable[[Outcome, float], list[Effect]]


@dataclass(frozen=True, slots=True)
class _Waiting:
    request: Request
    flow: Flow
    handler: OutcomeHandler
    forget: Callable[[float], list[Effect]]


class Endpoint:
    """Completes and sends requests, answers those of others, and keeps who waits for an outcome."""

    def __init__(
        self,
        *,
        local_address: Callable[[Transport, str], Address],
        token: Callable[[], str],
        name: str,
        session_timer_s: int = 0,
    ) -> None:
        """`session_timer_s`: how long a session may last without a refresh; 0: for ever."""
        self.transactions = TransactionLayer()
        self.alarms: Alarms[Effect] = Alarms()
        self.token = token
        self.session_timer_s = session_timer_s
        self.extensions = extensions(session_timers=session_timer_s > 0)
        self.capabilities = capability_fields(self.extensions)
        self._local_address = local_address
        self._name = name
        self._waiting: dict[TransactionId, _Waiting] = {}

    @property
    def waiting(self) -> int:
        """How many requests of ours have somebody waiting for their outcome."""
        return len(self._waiting)

    def fraction(self) -> float:
        """A number from 0 up to 1, as random as the tokens are."""
        return zlib.crc32(self.token().encode()) / 2**32

    def contact(self, transport: Transport, towards: str, user: str) -> NameAddress:
        """Where a peer at the host `towards` finds us (RFC 3261 §8.1.1.8)."""
        host, port = self._local_address(transport, towards)
        parameters = Parameters()
        if transport is not Transport.UDP:
            parameters = parameters.with_value("transport", transport.value.lower())
        uri = SipUri("sip", user, None, host, port, parameters)
        return NameAddress("", uri, Parameters())

    def flow_to(self, hop: SipUri | OpaqueUri, fallback: Flow) -> Flow:
        """The flow to the host, port and transport that a URI names (RFC 3263 §4.1, §4.2).

        `fallback` says what a URI leaves open: the transport, or all where it is no SIP URI.
        """
        if not isinstance(hop, SipUri):
            return fallback
        transport = _transport_of(hop) or fallback.transport
        host = hop.parameters.get("maddr") or hop.host
        remote = Address(host.strip("[]"), hop.port or transport.default_port)
        return Flow(transport, self._local_address(transport, remote.host), remote)

    def respond(
        self,
        transaction: TransactionId,
        request: Request,
        code: int,
        now: float,
        *,
        reason: str | None = None,
        to_tag: str = "",
        headers: Iterable[tuple[str, str]] = (),
        body: bytes = b"",
    ) -> tuple[Response, list[Effect]]:
        """Answer a request; `body` is a session description. Returns what was sent as well."""
        response = make_response(
            request,
            code,
            reason,
            to_tag=to_tag,
            headers=(*headers, ("Server", self._name)),
            body=body,
            content_type=SDP if body else "",
        )
        return response, self.send_again(transaction, response, now)

    def send_again(
        self, transaction: TransactionId, response: Response, now: float
    ) -> list[Effect]:
        """Send a response that `respond` made, once more or for the first time."""
        effects = self.transactions.send_response(transaction, response, now)
        return [effect for effect in effects if isinstance(effect, Send)]

    def request(
        self, request: Request, flow: Flow, now: float, handler: OutcomeHandler
    ) -> tuple[TransactionId, list[Effect]]:
        """Send a request of ours, all but its Via, and tell `handler` what comes of it."""
        request = self._completed(request, flow)
        transaction, effects = self.transactions.send_request(request, flow, now)
        forget = partial(self._forget, transaction)
        self._waiting[transaction] = _Waiting(request, flow, handler, forget)
        return transaction, self.take(effects, now)

    def take(self, effects: Iterable[Send | TransactionEvent], now: float) -> list[Effect]:
        """Pass on what is to be sent; tell those who wait what came of their requests."""
        taken: list[Effect] = []
        for effect in effects:
            match effect:
                case Send():
                    taken.append(effect)
                case ResponseArrived(transaction, response, flow):
                    outcome = Outcome(response.code, response.reason, response, flow)
                    taken += self._tell(transaction, outcome, now)
                case TransactionTimedOut(transaction):
                    taken += self._tell_of_silence(transaction, 408, now)
                case TransactionFailed(transaction):
                    taken += self._tell_of_silence(transaction, 503, now)
        return taken

    def cancel(
        self,
        transaction: TransactionId,
        now: float,
        headers: Iterable[tuple[str, str]] = (),
    ) -> list[Effect]:
        """Take an INVITE of ours back; its handler still hears how it ends."""
        return self.take(self.transactions.cancel(transaction, now, headers=headers), now)

    def ack(self, ack: Request, flow: Flow) -> Send:
        """An ACK for a 2xx, ready to be sent as often as the 2xx comes (RFC 3261 §13.2.2.4)."""
        return Send(self._completed(ack, flow), flow)

    def answer_alone(self, request: Request, code: int, reason: str, flow: Flow) -> list[Effect]:
        """Answer what is no proper request, without a transaction.

        The answer takes the way of any other (§18.2); if not even the Via can be read, it goes to
        where the request came from.
        """
        with contextlib.suppress(MalformedHeader):
            request = with_source(request, flow)
            flow = response_flow(request, flow)
        headers = [("Server", self._name)]
        return [Send(stateless_refusal(request, code, reason, headers=headers), flow)]

    def _completed(self, request: Request, flow: Flow) -> Request:
        host, port = self._local_address(flow.transport, flow.remote.host)
        branch = Parameters([("branch", MAGIC_COOKIE + self.token()), ("rport", None)])
        via = Via(flow.transport.value, host, port, branch)
        headers = request.headers.with_first("Via", str(via)).with_added("User-Agent", self._name)
        return replace(request, headers=headers)

    def _tell(self, transaction: TransactionId, outcome: Outcome, now: float) -> list[Effect]:
        waiting = self._waiting.get(transaction)
        if waiting is None:
            return []
        if outcome.final and (outcome.refused or waiting.request.method != "INVITE"):
            del self._waiting[transaction]
        elif outcome.final:  # copies of the 2xx and other forks' may still come (RFC 6026 §8.4)
            self.alarms.set(waiting.forget, now + TIMER_M)
        return waiting.handler(outcome, now)

    def _tell_of_silence(self, transaction: TransactionId, code: int, now: float) -> list[Effect]:
        waiting = self._waiting.get(transaction)
        if waiting is None:  # ours no more, or the peer's: nobody has to know
            return []
        return self._tell(transaction, Outcome(code, reason_phrase(code), None, waiting.flow), now)

    def _forget(self, transaction: TransactionId, _now: float) -> list[Effect]:
        self._waiting.pop(transaction, None)
        return []


def description_in(message: Request | Response) -> bytes:
    """The session description in a message, or `b""`: none, or a body of another kind."""
    content_type = message.headers.get("Content-Type") or ""
    kind = content_type.partition(";")[0].strip().lower()
    return message.body if kind == SDP else b""


def _transport_of(uri: SipUri) -> Transport | None:
    if uri.scheme == "sips":
        return Transport.TLS
    named = (uri.parameters.get("transport") or "").upper()
    return Transport(named) if named in Transport.__members__ else None
