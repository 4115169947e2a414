"""One user agent and a peer whose every message the test writes."""

import itertools
from collections.abc import Iterable
from typing import TypeVar

from sip.flow import Address, Flow, Transport
from sip.location.effects import Locate
from sip.session.endpoint import Effect
from sip.session.events import IncomingCall, SessionId, UserAgentEvent
from sip.syntax.address import NameAddress
from sip.syntax.headers import Headers
from sip.syntax.message import Request, Response, make_response
from sip.syntax.uri import SipUri
from sip.transaction.effects import CloseConnection, KeepAlive, Send
from sip.user_agent import UserAgent
from tests.sip.pair import ANSWER, OFFER

HERE = Address("192.0.2.2", 5060)
PEER = Address("192.0.2.1", 5060)
UDP = Flow(Transport.UDP, HERE, PEER)
TCP = Flow(Transport.TCP, HERE, Address("192.0.2.1", 41234), connection=7)

T = TypeVar("T")


class Scripted:
    """The user agent under test, what it sent and what it told; time stands still unless moved."""

    def __init__(
        self, *, maximum_sessions: int = 64, flow: Flow = UDP, session_timer_s: int = 0
    ) -> None:
        serial = itertools.count(1)
        self.agent = UserAgent(
            local_address=lambda _transport, _host: HERE,
            token=lambda: f"token{next(serial)}",
            maximum_sessions=maximum_sessions,
            session_timer_s=session_timer_s,
        )
        self.now = 0.0
        self.flow = flow
        self.sends: list[Send] = []
        self.events: list[UserAgentEvent] = []
        self.wishes: list[KeepAlive | CloseConnection | Locate] = []
        """What else the transport was asked for."""

    def hears(self, message: Request | Response | bytes) -> list[Request | Response]:
        """Deliver a message; what is sent in return."""
        return self.do(self.agent.receive(bytes(message), self.flow, self.now))

    def waits(self, seconds: float) -> list[Request | Response]:
        """Let time pass; what is sent meanwhile."""
        end, sent = self.now + seconds, list[Request | Response]()
        while (due := self.agent.deadline) is not None and due <= end:
            self.now = max(due, self.now)
            sent += self.do(self.agent.on_timer(self.now))
        self.now = end
        return sent

    def do(self, effects: Iterable[Effect]) -> list[Request | Response]:
        """Note the effects of an input or command; what is to be sent."""
        sent = list[Request | Response]()
        for effect in effects:
            if isinstance(effect, Send):
                self.sends.append(effect)
                sent.append(effect.message)
            elif isinstance(effect, KeepAlive | CloseConnection | Locate):
                self.wishes.append(effect)
            else:
                self.events.append(effect)
        return sent

    def told(self, kind: type[T]) -> list[T]:
        """All events of a kind, in order."""
        return [event for event in self.events if isinstance(event, kind)]

    def calls(
        self,
        target: str = "sip:peer@192.0.2.1",
        *,
        offer: bytes = OFFER,
        headers: Iterable[tuple[str, str]] = (),
    ) -> tuple[SessionId, Request]:
        """Place a call; the session and the INVITE."""
        session, effects = self.agent.invite(
            SipUri.parse(target),
            local=NameAddress.parse("<sip:speaker@192.0.2.2>"),
            offer=offer,
            transport=Transport.UDP,
            now=self.now,
            headers=headers,
        )
        (invite,) = self.do(effects)
        assert isinstance(invite, Request)
        return session, invite


def in_call(flow: Flow = UDP, contact: str = "<sip:peer@192.0.2.1>") -> tuple[Scripted, SessionId]:
    """A call that the scripted peer placed, accepted and acknowledged."""
    script = Scripted(flow=flow)
    script.hears(from_peer("INVITE", body=OFFER, headers=[("Contact", contact)]))
    session = script.told(IncomingCall)[-1].session
    script.do(script.agent.accept(session, ANSWER, 0))
    script.hears(from_peer("ACK", to_tag=session))
    return script, session


def only(messages: list[Request | Response]) -> Request | Response:
    """The one message that was sent."""
    (message,) = messages
    return message


def codes(messages: list[Request | Response]) -> list[int | str]:
    """What was sent, in short: codes of responses, methods of requests."""
    return [each.code if isinstance(each, Response) else each.method for each in messages]


def from_peer(
    method: str,
    *,
    uri: str = "sip:speaker@192.0.2.2",
    to_tag: str = "",
    from_tag: str = "peer-tag",
    call_id: str = "call-1",
    cseq: int = 1,
    branch: str = "",
    headers: Iterable[tuple[str, str]] = (),
    body: bytes = b"",
) -> Request:
    """A request of the peer; without a `branch` it is a transaction of its own."""
    branch = branch or f"{method}-{cseq}-{call_id}-{to_tag}"
    fields = [
        ("Via", f"SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK{branch}"),
        ("Max-Forwards", "70"),
        ("From", f"<sip:peer@192.0.2.1>;tag={from_tag}"),
        ("To", f"<sip:speaker@192.0.2.2>;tag={to_tag}" if to_tag else "<sip:speaker@192.0.2.2>"),
        ("Call-ID", call_id),
        ("CSeq", f"{cseq} {method}"),
    ]
    named = {name for name, _ in headers}
    if method == "INVITE" and "Contact" not in named:
        fields.append(("Contact", "<sip:peer@192.0.2.1:5060>"))
    if body and "Content-Type" not in named:
        fields.append(("Content-Type", "application/sdp"))
    return Request(method, SipUri.parse(uri), Headers.of(*fields, *headers), body)


def answer(
    request: Request | Response,
    code: int,
    *,
    tag: str = "peer-tag",
    contact: str = "<sip:peer@192.0.2.1:5060>",
    headers: Iterable[tuple[str, str]] = (),
    body: bytes = b"",
) -> Response:
    """The peer's answer to a request of ours."""
    assert isinstance(request, Request)
    return make_response(
        request,
        code,
        to_tag=tag,
        headers=[("Contact", contact), *headers],
        body=body,
        content_type="application/sdp" if body else "",
    )
