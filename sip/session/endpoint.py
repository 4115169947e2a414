"""What every part of the user agent shares: its name and addresses, and its requests under way."""

import contextlib
import zlib
from collections.abc import Callable, Iterable

from sip.client.alarms import Alarms
from sip.client.client import (
    Client,
    ClientEffect,
    OutcomeArrived,
    TransactionReport,
    Unanswered,
)
from sip.client.datagram_size import ASSUMED_MTU
from sip.client.outcome import Outcome, RequestId
from sip.client.way import Way
from sip.errors import MalformedHeader
from sip.flow import Address, Flow, Transport
from sip.location.effects import Locate, LookupId, Target
from sip.session.capabilities import capability_fields, extensions
from sip.session.events import UserAgentEvent
from sip.syntax.address import NameAddress
from sip.syntax.description import description_in
from sip.syntax.media_type import SDP
from sip.syntax.message import Request, Response, make_response
from sip.syntax.parameters import Parameters
from sip.syntax.uri import SipUri
from sip.transaction.effects import Send, TransactionId, TransportEffect
from sip.transaction.layer import TransactionLayer
from sip.transaction.response_path import response_flow, with_source
from sip.transaction.stateless_refusal import stateless_refusal

__all__ = ["Effect", "Endpoint", "Outcome", "OutcomeHandler", "description_in"]

Effect = TransportEffect | Locate | UserAgentEvent


OutcomeHandler = Callable[[Outcome, float], list[Effect]]


class Endpoint:
    """Completes and sends requests, answers those of others, and keeps who waits for an outcome."""

    def __init__(
        self,
        *,
        local_address: Callable[[Transport, str], Address],
        token: Callable[[], str],
        name: str,
        session_timer_s: int = 0,
        path_mtu: int = ASSUMED_MTU,
    ) -> None:
        """`session_timer_s`: how long a session may last without a refresh; 0: for ever.

        `path_mtu`, in bytes, says with 1300 together how long a datagram may be (§18.1.1).
        """
        self.transactions = TransactionLayer()
        self.alarms: Alarms[Effect] = Alarms()
        self.token = token
        self.time_sessions(session_timer_s)
        self.client = Client(
            self.transactions,
            local_address=local_address,
            token=token,
            name=name,
            path_mtu=path_mtu,
        )
        self._local_address = local_address
        self._name = name
        self._handlers: dict[RequestId, OutcomeHandler] = {}
        self.on_silence: Callable[[Flow, float], list[Effect]] = lambda _flow, _now: []
        """Called when a request that went by a flow was never answered, wherever else it goes."""

    def time_sessions(self, session_timer_s: int) -> None:
        """How long new sessions may last without a refresh; 0: for ever."""
        self.session_timer_s = session_timer_s
        self.extensions = extensions(session_timers=session_timer_s > 0)
        self.capabilities = capability_fields(self.extensions)

    @property
    def waiting(self) -> int:
        """How many requests of ours have somebody waiting for their outcome."""
        return len(self._handlers)

    @property
    def deadline(self) -> float | None:
        """When `on_timer` is due next; None while nothing waits for time to pass."""
        due = (self.client.deadline, self.alarms.next)
        return min((at for at in due if at is not None), default=None)

    def fraction(self) -> float:
        """A number from 0 up to 1, as random as the tokens are."""
        return zlib.crc32(self.token().encode()) / 2**32

    def contact(
        self,
        transport: Transport,
        towards: str,
        user: str,
        account: str = "",
        *,
        secure: bool = False,
    ) -> NameAddress:
        """Where a peer at the host `towards` finds us (RFC 3261 §8.1.1.8)."""
        uri = self.contact_uri(transport, towards, user, account, secure=secure)
        return NameAddress("", uri, Parameters())

    def contact_by(self, user: str, account: str, flow: Flow, *, secure: bool = False) -> str:
        """Our Contact in a request that goes by `flow`."""
        where = flow.remote.host
        return str(self.contact(flow.transport, where, user, account, secure=secure))

    def contact_uri(
        self,
        transport: Transport,
        towards: str,
        user: str,
        account: str = "",
        *,
        secure: bool = False,
    ) -> SipUri:
        """The URI at which a peer at the host `towards` finds us; `secure`: a `sips:` one.

        In requests of an `account` whose server saw us elsewhere (NAT), it is that place.
        """
        if secure:
            transport = Transport.TLS
        host, port = self._local_address(transport, towards)
        context = self.client.accounts.get(account)
        if context is not None and context.account.allow_contact_rewrite:
            host, port = context.seen_as(transport) or (host, port)
        secure = secure or (context is not None and context.account.sips)  # RFC 5630 §5.1.1.1
        parameters = Parameters()
        if transport is not Transport.UDP and not secure:
            parameters = parameters.with_value("transport", transport.value.lower())
        if context is not None and context.account.uses_outbound:
            parameters = parameters.with_value("ob", None)  # by this very flow (RFC 5626 §4.3)
        return SipUri("sips" if secure else "sip", user, None, host, port, parameters)

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
        self, request: Request, way: Way, now: float, handler: OutcomeHandler
    ) -> tuple[RequestId, list[Effect]]:
        """Send a request of ours, all but its Via, and tell `handler` what comes of it."""
        pending, effects = self.client.request(request, way, now)
        self._handlers[pending] = handler
        return pending, self._told(effects, now)

    def take(self, effects: Iterable[TransactionReport], now: float) -> list[Effect]:
        """Pass on what is to be sent; tell those who wait what came of their requests."""
        return self._told(self.client.take(effects, now), now)

    def located(self, lookup: LookupId, targets: tuple[Target, ...], now: float) -> list[Effect]:
        """Go on with a request that waited for addresses."""
        return self._told(self.client.located(lookup, targets, now), now)

    def on_timer(self, now: float) -> list[Effect]:
        """Let the time until `now` pass."""
        for request in self.client.on_timer(now):
            self._handlers.pop(request, None)
        return self.alarms.ring(now)

    def cancel(
        self, request: RequestId, now: float, headers: Iterable[tuple[str, str]] = ()
    ) -> list[Effect]:
        """Take an INVITE of ours back; its handler still hears how it ends."""
        return self._told(self.client.cancel(request, now, headers), now)

    def ack(self, ack: Request, way: Way) -> Effect:
        """An ACK for a 2xx, to be carried out as often as the 2xx comes (RFC 3261 §13.2.2.4)."""
        return self.client.ack(ack, way)

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

    def _told(self, effects: Iterable[ClientEffect], now: float) -> list[Effect]:
        told: list[Effect] = []
        for effect in effects:
            if isinstance(effect, OutcomeArrived):
                told += self._tell(effect.request, effect.outcome, now)
            elif isinstance(effect, Unanswered):
                told += self.on_silence(effect.flow, now)
            else:
                told.append(effect)
        return told

    def _tell(self, request: RequestId, outcome: Outcome, now: float) -> list[Effect]:
        handler = self._handlers.get(request)
        if handler is None:
            return []
        if outcome.final and (outcome.refused or outcome.request.method != "INVITE"):
            del self._handlers[request]
        return handler(outcome, now)
