"""One user agent and the servers it knows, in memory: what is down, slow or far is data."""

import heapq
import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from typing import Final, TypedDict, TypeVar, Unpack

from sip.account import Account, Proxy, RegistrationChanged, RegistrationState
from sip.authentication.credentials import Credentials
from sip.authentication.server import Accepted, DigestServer
from sip.flow import Address, Flow, Transport
from sip.location.effects import Locate, LookupId, Target
from sip.session.endpoint import Effect
from sip.session.events import IncomingCall, SessionId, UserAgentEvent
from sip.syntax.headers import Headers
from sip.syntax.message import Request, Response, make_response, parse_message
from sip.syntax.uri import SipUri
from sip.transaction.effects import CloseConnection, KeepAlive, Send
from sip.user_agent import UserAgent
from tests.sip.pair import ANSWER, OFFER

HERE: Final = Address("192.0.2.2", 5060)
TRAVEL_S: Final = 0.001
PASSWORD: Final = "sesame"
MAXIMUM_EVENTS: Final = 20_000

EventT = TypeVar("EventT")


class Link(Enum):
    """How a server can be reached."""

    UP = "it answers"
    SILENT = "nothing comes back"
    DOWN = "the network says that there is nothing"


@dataclass
class Server:
    """A SIP server at an address: a registrar that asks for a password, unless told otherwise."""

    host: str
    port: int = 5060
    realm: str = "pbx"
    passwords: dict[str, str] = field(default_factory=lambda: {"door": PASSWORD})
    challenges: bool = True
    link: Link = Link.UP
    grants_s: int | None = None
    """Lifetime that it grants; None: what it is asked for."""
    least_s: int = 0
    extra: tuple[tuple[str, str], ...] = ()
    """Fields of its 200 to REGISTER."""
    refusal: int = 0
    """What it answers to everything; 0: as it should."""
    refusal_fields: tuple[tuple[str, str], ...] = ()
    sees: Address | None = None
    """Where requests seem to come from; None: from where they do."""
    knows_contact: bool = True
    unchallenged: tuple[str, ...] = ()
    """Methods that need no password."""
    requests: list[tuple[float, Request]] = field(default_factory=list)
    bindings: dict[str, float] = field(default_factory=dict)
    """Contact URI to the time at which it runs out."""

    def __post_init__(self) -> None:
        self.address = Address(self.host, self.port)
        self.digest = DigestServer(self.realm, self.passwords.get, self.host.encode() * 4)

    def received(self, method: str) -> list[Request]:
        """Every request of a method that has arrived, copies included."""
        return [request for _, request in self.requests if request.method == method]

    def bound(self, now: float) -> list[str]:
        """The Contacts that it would call now."""
        return [uri for uri, until in self.bindings.items() if until > now]

    def answer(self, request: Request, source: Address, now: float) -> list[Response]:
        """What it says to a request."""
        self.requests.append((now, request))
        if request.method == "ACK":
            return []
        seen = self.sees or source
        request = request.with_top_via(request.top_via.with_received(seen.host, seen.port))
        if self.refusal:
            return [self._response(request, self.refusal, self.refusal_fields)]
        if request.method == "CANCEL":
            return [self._response(request, 200)]
        if self.challenges and request.method not in self.unchallenged:
            verdict = self.digest.verify(request, now)
            if not isinstance(verdict, Accepted):
                challenge = self.digest.challenge(now, verdict.stale)
                return [self._response(request, 401, challenge)]
        if request.method == "REGISTER":
            return [self._registered(request, now)]
        return [self._response(request, 200)]

    def restart(self) -> None:
        """It has forgotten its nonces."""
        secret = bytes(reversed(self.host.encode() * 4)) + b"anew"
        self.digest = DigestServer(self.realm, self.passwords.get, secret)

    def _registered(self, request: Request, now: float) -> Response:
        asked = request.expires or 0
        if 0 < asked < self.least_s:
            return self._response(request, 423, [("Min-Expires", str(self.least_s))])
        for contact in request.contacts:
            own = contact.parameters.get("expires")
            lifetime = asked if own is None else int(own)
            if lifetime:
                self.bindings[str(contact.uri)] = now + (self.grants_s or lifetime)
            else:
                self.bindings.pop(str(contact.uri), None)
        fields = [*self.extra]
        if self.knows_contact:
            fields += [
                ("Contact", f"<{uri}>;expires={until - now:.0f}")
                for uri, until in self.bindings.items()
            ]
        return self._response(request, 200, fields)

    def _response(
        self, request: Request, code: int, fields: Iterable[tuple[str, str]] = ()
    ) -> Response:
        body = b""
        if (request.method, code) == ("INVITE", 200):
            fields, body = [*fields, ("Contact", f"<sip:{self.host}>")], ANSWER
        content_type = "application/sdp" if body else ""
        return make_response(
            request, code, to_tag="server", headers=fields, body=body, content_type=content_type
        )


@dataclass(order=True)
class _Parcel:
    due: float
    serial: int
    deliver: Callable[[], Iterable[Effect]] = field(compare=False)


class Town:
    """A user agent, its servers, a DNS, and virtual time."""

    def __init__(
        self,
        *servers: Server,
        names: dict[str, tuple[Target, ...]] | None = None,
        path_mtu: int = 1500,
    ) -> None:
        serial = itertools.count(1)
        self.here = HERE
        self.now = 1000.0
        self.servers = {server.address: server for server in servers}
        self.names = names or {}
        self.agent = UserAgent(
            local_address=lambda _transport, _host: self.here,
            token=lambda: f"{next(serial):06}",
            path_mtu=path_mtu,
        )
        self.events: list[tuple[float, UserAgentEvent]] = []
        self.sent: list[tuple[float, Send]] = []
        self.kept_alive: list[tuple[float, Flow]] = []
        self.closed: list[Flow] = []
        self.located: list[Locate] = []
        self._serial = itertools.count(1)
        self._connections = itertools.count(1)
        self.connections: dict[tuple[Transport, Address], int] = {}
        self._under_way: list[_Parcel] = []

    # What the test does

    def do(self, effects: Iterable[Effect]) -> None:
        """Carry out the effects of an input or a command."""
        for effect in effects:
            match effect:
                case Send():
                    self.sent.append((self.now, effect))
                    self._carry(effect)
                case Locate(lookup, uri):
                    self.located.append(effect)
                    self._later(partial(self._located, lookup, self.names.get(uri.host, ())))
                case KeepAlive(flow):
                    self.kept_alive.append((self.now, flow))
                case CloseConnection(flow):
                    self.closed.append(flow)
                    self.connections.pop((flow.transport, flow.remote), None)
                    self._later(partial(self._failed, flow))
                case _:
                    self.events.append((self.now, effect))

    def run(self, seconds: float = 0.1) -> None:
        """Let time pass."""
        end = self.now + seconds
        for _ in range(MAXIMUM_EVENTS):
            due = self._next_due()
            if due is None or due > end:
                self.now = end
                return
            self.now = max(self.now, due)
            if self._under_way and self._under_way[0].due <= self.now:
                self.do(heapq.heappop(self._under_way).deliver())
            else:
                self.do(self.agent.on_timer(self.now))
        raise AssertionError("something goes on for ever")

    def add(self, account: Account) -> None:
        self.do(self.agent.add_account(account, self.now))

    def call(self, target: str, account: str = "door") -> SessionId:
        session, effects = self.agent.invite(
            SipUri.parse(target), offer=OFFER, account=account, now=self.now
        )
        self.do(effects)
        return session

    def hang_up(self, session: SessionId) -> None:
        self.do(self.agent.hang_up(session, self.now))

    def break_connection(self, server: Server, transport: Transport = Transport.TCP) -> None:
        """The server closes the connection that we have to it."""
        number = self.connections.pop((transport, server.address))
        flow = Flow(transport, self.here, server.address, number)
        self.do(self.agent.flow_failed(flow, self.now))

    def hears(self, message: Request | Response, flow: Flow) -> None:
        """Something arrives that no server of the town has said."""
        self.do(self.agent.receive(bytes(message), flow, self.now))

    # What it sees

    def told(self, kind: type[EventT]) -> list[EventT]:
        return [event for _, event in self.events if isinstance(event, kind)]

    @property
    def states(self) -> list[RegistrationState]:
        """What was told of registrations, in order."""
        return [event.state for event in self.told(RegistrationChanged)]

    def requests(self, method: str) -> list[Request]:
        """The requests of ours of a method, in order, copies included."""
        messages = (send.message for _, send in self.sent)
        return [m for m in messages if isinstance(m, Request) and m.method == method]

    @property
    def session(self) -> SessionId:
        return self.told(IncomingCall)[-1].session

    # The wire

    def _carry(self, send: Send) -> None:
        flow = send.flow
        server = self.servers.get(flow.remote)
        if server is None or server.link is Link.DOWN:
            self._later(partial(self._failed, flow))
            return
        if flow.transport.reliable:
            key = (flow.transport, flow.remote)
            number = self.connections.setdefault(key, next(self._connections))
        else:
            number = 0
        if server.link is Link.SILENT or isinstance(send.message, Response):
            return
        back = Flow(flow.transport, self.here, server.address, number, tls=flow.tls)
        request = parse_message(bytes(send.message))
        assert isinstance(request, Request)
        for response in server.answer(request, self.here, self.now):
            self._later(partial(self._arrived, response, back))

    def _located(self, lookup: LookupId, found: tuple[Target, ...]) -> Iterable[Effect]:
        return self.agent.located(lookup, found, self.now)

    def _failed(self, flow: Flow) -> Iterable[Effect]:
        return self.agent.flow_failed(flow, self.now)

    def _arrived(self, message: Response, flow: Flow) -> Iterable[Effect]:
        return self.agent.receive(bytes(message), flow, self.now)

    def _later(self, deliver: Callable[[], Iterable[Effect]]) -> None:
        parcel = _Parcel(self.now + TRAVEL_S, next(self._serial), deliver)
        heapq.heappush(self._under_way, parcel)

    def _next_due(self) -> float | None:
        due = [self.agent.deadline, self._under_way[0].due if self._under_way else None]
        return min((at for at in due if at is not None), default=None)


class Settings(TypedDict, total=False):
    """What an account of a test has of its own."""

    id: str
    address_of_record: SipUri
    display_name: str
    credentials: Credentials | None
    secondary_server: SipUri
    proxies: tuple[Proxy, ...]
    transport: Transport | None
    tls_profile: str
    sips: bool
    prefer_ipv6: bool
    instance: str
    register_interval_s: int
    max_retransmissions: int
    seconds_until_failback: float
    udp_to_tcp_switching: bool
    allow_via_rewrite: bool
    allow_contact_rewrite: bool
    follow_redirects: bool


def account(registrar: str | None = "sip:192.0.2.10", **changes: Unpack[Settings]) -> Account:
    """An account `door` at a registrar, with the right password."""
    settings: Settings = {
        "id": "door",
        "address_of_record": SipUri.parse("sip:door@192.0.2.10"),
        "credentials": Credentials("door", PASSWORD),
        "transport": Transport.UDP,
        "instance": "urn:uuid:00000000-0000-1000-8000-000A95A0E128",
        **changes,
    }
    return Account(registrar=SipUri.parse(registrar) if registrar else None, **settings)


def targets(*hosts: str, transport: Transport = Transport.UDP) -> tuple[Target, ...]:
    """What DNS says of a name, in order of preference."""
    return tuple(Target(transport, Address(host, 5060), "pbx.example") for host in hosts)


def unfolded(headers: Headers, name: str) -> str:
    """The value of a field that must be there."""
    value = headers.get(name)
    assert value is not None, name
    return value
