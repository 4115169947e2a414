"""Calls as they arrive at the device, for tests of what it decides."""

from sip.flow import Address, Flow, Transport
from sip.session.auto_answer import AutoAnswerWish
from sip.session.events import IncomingCall, SessionId
from sip.syntax.message import Request, parse_message

INVITE = """\
INVITE sip:{user}@{domain} SIP/2.0
Via: SIP/2.0/UDP 192.0.2.20;branch=z9hG4bK776
From: <{caller}>;tag=1
To: <sip:{user}@192.0.2.10>
Call-ID: 1@192.0.2.20
CSeq: 1 INVITE
Max-Forwards: 70
Contact: <sip:desk@192.0.2.20>
Content-Length: 0

"""


def call_from(
    host: str,
    *,
    to: str = "speaker",
    domain: str = "192.0.2.10",
    wish: AutoAnswerWish | None = None,
    transport: Transport = Transport.UDP,
    from_servers_of: tuple[str, ...] = (),
    caller: str = "sip:desk@192.0.2.20",
    identities: tuple[str, ...] = (),
) -> IncomingCall:
    """A call from the address `host` to the user `to`."""
    text = INVITE.format(user=to, domain=domain, caller=caller)
    request = parse_message(text.replace("\n", "\r\n").encode())
    assert isinstance(request, Request)
    flow = Flow(transport, Address("192.0.2.10", 5060), Address(host, 5060), identities=identities)
    return IncomingCall(SessionId("1"), request, flow, b"", wish, from_servers_of=from_servers_of)
