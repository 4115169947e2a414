"""Two user agents that meet in memory: faults of the network are data, time is a number."""

import heapq
import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from sip.flow import Address, Flow, Transport
from sip.location.effects import Locate
from sip.session.endpoint import Effect
from sip.session.events import IncomingCall, SessionId, UserAgentEvent
from sip.syntax.address import NameAddress
from sip.syntax.message import Request, Response
from sip.syntax.uri import SipUri
from sip.transaction.effects import CloseConnection, KeepAlive, Send
from sip.user_agent import UserAgent

OFFER = b"v=0\r\no=alice 1 1 IN IP4 192.0.2.1\r\n"
ANSWER = b"v=0\r\no=bob 1 1 IN IP4 192.0.2.2\r\n"

EventT = TypeVar("EventT")

Fate = Callable[[str], tuple[float, ...]]
"""When a message such as `bob 200 INVITE` arrives: seconds after it was sent, for each copy."""

NOBODY = SessionId("")
TRAVEL_S = 0.001
LONGEST_S = 1800.0


def perfect(_message: str) -> tuple[float, ...]:
    """Every message arrives once."""
    return (TRAVEL_S,)


def losing(*messages: str) -> Fate:
    """All of these are lost, and the others arrive once."""
    return lambda message: () if message in messages else (TRAVEL_S,)


@dataclass
class Phone:
    """One user agent at its address, the call it is in, and what it has told so far."""

    name: str
    host: str
    pair: "Pair"
    events: list[UserAgentEvent] = field(default_factory=list)
    session: SessionId = NOBODY
    """The latest call, which the commands below are about."""

    def __post_init__(self) -> None:
        serial = itertools.count(1)
        self.address = Address(self.host, 5060)
        self.agent = UserAgent(
            local_address=lambda _transport, _host: self.address,
            token=lambda: f"{self.name}{next(serial)}",
            session_timer_s=self.pair.session_timer_s,
        )

    @property
    def uri(self) -> SipUri:
        return SipUri("sip", self.name, None, self.host)

    @property
    def identity(self) -> NameAddress:
        return NameAddress.parse(f"<{self.uri}>")

    def move(self, host: str) -> None:
        """Be at another address, as when a network gives out addresses anew."""
        self.host = host
        self.address = Address(host, 5060)
        self.pair.know(self)
        self.do(self.agent.network_changed(self.pair.now))

    def call(
        self, other: "Phone", offer: bytes = OFFER, headers: Iterable[tuple[str, str]] = ()
    ) -> None:
        self.session, effects = self.agent.invite(
            other.uri,
            local=self.identity,
            offer=offer,
            transport=self.pair.transport,
            now=self.pair.now,
            headers=headers,
        )
        self.do(effects)

    def ring(self, early_media: bytes = b"") -> None:
        self.do(self.agent.ring(self.session, self.pair.now, early_media=early_media))

    def accept(self, body: bytes = ANSWER) -> None:
        self.do(self.agent.accept(self.session, body, self.pair.now))

    def reject(self, code: int) -> None:
        self.do(self.agent.reject(self.session, code, self.pair.now))

    def hang_up(self, reason: str = "") -> None:
        self.do(self.agent.hang_up(self.session, self.pair.now, reason=reason))

    def reinvite(self, offer: bytes) -> None:
        self.do(self.agent.reinvite(self.session, offer, self.pair.now))

    def answer_offer(self, body: bytes) -> None:
        self.do(self.agent.answer_offer(self.session, body, self.pair.now))

    def refuse_offer(self, code: int) -> None:
        self.do(self.agent.refuse_offer(self.session, code, self.pair.now))

    def refer(self, target: SipUri | SessionId) -> None:
        self.do(self.agent.refer(self.session, target, self.pair.now))

    def send_info(self, content_type: str, body: bytes) -> None:
        self.do(self.agent.send_info(self.session, content_type, body, self.pair.now))

    def do(self, effects: Iterable[Effect]) -> None:
        """Carry out the effects of an input or a command."""
        for effect in effects:
            if isinstance(effect, Send):
                self.pair.carry(self, effect)
                continue
            if isinstance(effect, KeepAlive | CloseConnection | Locate):
                continue
            self.events.append(effect)
            if isinstance(effect, IncomingCall):
                self.session = effect.session
            self.pair.on_event(self, effect)

    def told(self, kind: type[EventT]) -> list[EventT]:
        """All events of a kind, in order."""
        return [event for event in self.events if isinstance(event, kind)]

    def sent(self, summary: str) -> list[Request | Response]:
        """All messages that this side has sent, such as `INVITE` or `200 INVITE`, in order."""
        return [
            message
            for _, name, message in self.pair.wire
            if name == self.name and summarised(message) == summary
        ]


@dataclass(order=True)
class _Parcel:
    due: float
    serial: int
    to: Phone = field(compare=False)
    data: bytes = field(compare=False)
    flow: Flow = field(compare=False)


@dataclass
class Pair:
    """Alice and Bob, the wire between them, and virtual time."""

    fate: Fate = perfect
    transport: Transport = Transport.UDP
    session_timer_s: int = 0
    now: float = 1000.0
    wire: list[tuple[float, str, Request | Response]] = field(default_factory=list)
    """Everything sent, with its time and sender, whether it arrives or not."""

    on_event: Callable[[Phone, UserAgentEvent], None] = lambda _phone, _event: None

    def __post_init__(self) -> None:
        self.alice = Phone("alice", "192.0.2.1", self)
        self.bob = Phone("bob", "192.0.2.2", self)
        self._phones = {phone.host: phone for phone in (self.alice, self.bob)}
        self._under_way: list[_Parcel] = []
        self._serial = itertools.count()

    def know(self, phone: Phone) -> None:
        """Carry to where the phone is now, and no longer to where it was."""
        others = {host: each for host, each in self._phones.items() if each is not phone}
        self._phones = {**others, phone.host: phone}

    def join(self, name: str, host: str) -> Phone:
        """One more phone on the wire."""
        phone = self._phones[host] = Phone(name, host, self)
        return phone

    def carry(self, sender: Phone, effect: Send) -> None:
        """Put a message on the wire; what happens to it there is up to `fate`."""
        self.wire.append((self.now, sender.name, effect.message))
        receiver = self._phones.get(effect.flow.remote.host)
        if receiver is None:
            return
        connection = 1 if effect.flow.transport.reliable else 0
        flow = Flow(effect.flow.transport, receiver.address, sender.address, connection)
        for delay in self.fate(self.ladder[-1]):
            parcel = _Parcel(
                self.now + delay, next(self._serial), receiver, bytes(effect.message), flow
            )
            heapq.heappush(self._under_way, parcel)

    def run(self, seconds: float = 0.1) -> None:
        """Let time pass: messages arrive, timers go off."""
        end = self.now + seconds
        while (due := self._next_due()) is not None and due <= end:
            self.now = max(self.now, due)
            if self._under_way and self._under_way[0].due <= self.now:
                parcel = heapq.heappop(self._under_way)
                parcel.to.do(parcel.to.agent.receive(parcel.data, parcel.flow, self.now))
                continue
            for phone in self._phones.values():
                if phone.agent.deadline is not None and phone.agent.deadline <= self.now:
                    phone.do(phone.agent.on_timer(self.now))
        self.now = end

    def run_out(self) -> None:
        """Let time pass until nothing is left to happen."""
        start = self.now
        while (due := self._next_due()) is not None:
            assert due < start + LONGEST_S, "something goes on for ever"
            self.run(max(due - self.now, 0))

    @property
    def ladder(self) -> list[str]:
        """Everything sent, in order, as `alice INVITE` or `bob 200 INVITE`."""
        return [f"{name} {summarised(message)}" for _, name, message in self.wire]

    def _next_due(self) -> float | None:
        due = [phone.agent.deadline for phone in self._phones.values()]
        due.append(self._under_way[0].due if self._under_way else None)
        return min((at for at in due if at is not None), default=None)


def talking(pair: "Pair | None" = None) -> "Pair":
    """A pair in a call that Alice placed and Bob accepted."""
    pair = pair or Pair()
    pair.alice.call(pair.bob)
    pair.run()
    pair.bob.accept()
    pair.run()
    return pair


def summarised(message: Request | Response) -> str:
    if isinstance(message, Request):
        return message.method
    return f"{message.code} {message.cseq.method}"
