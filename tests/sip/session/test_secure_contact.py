"""RFC 3261 §8.1.1.8 and §12.1.1, RFC 5630: a dialog by `sips:` stays with TLS."""

import pytest

from sip.flow import Address, Flow, Transport
from sip.syntax.address import NameAddress
from sip.syntax.message import Request, Response
from sip.syntax.uri import SipUri
from tests.sip.pair import OFFER
from tests.sip.scripted import Scripted
from tests.sip.transaction_messages import a_request

TLS = Flow(Transport.TLS, Address("192.0.2.2", 5061), Address("192.0.2.1", 41234), connection=7)
CALLER = NameAddress.parse("<sip:bob@192.0.2.2>")


def contact_of(message: Request | Response) -> str:
    return str(message.contacts[0].uri)


def invite(uri: str = "sip:bob@192.0.2.2", **headers: str) -> bytes:
    fields = {"Contact": "<sip:alice@192.0.2.1>", **headers}
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items())
    text = bytes(a_request("INVITE")).replace(b"sip:bob@192.0.2.2 SIP", f"{uri} SIP".encode(), 1)
    text = text.replace(b"SIP/2.0/UDP", b"SIP/2.0/TLS")
    return text.replace(b"Content-Length", lines.encode() + b"Content-Length", 1)


@pytest.mark.parametrize(
    ("received", "scheme"),
    [
        (invite(), "sip"),
        (invite("sips:bob@192.0.2.2"), "sips"),
        (invite(Contact="<sips:alice@192.0.2.1>"), "sips"),
        (invite(Record_Route="<sips:192.0.2.3;lr>, <sip:192.0.2.4;lr>"), "sips"),
        (invite(Contact="<sips:alice@192.0.2.1>", Record_Route="<sip:192.0.2.3;lr>"), "sip"),
    ],
)
def test_a_call_by_sips_is_answered_with_a_sips_contact(received: bytes, scheme: str) -> None:
    """§12.1.1; the deprecated `transport=tls` stays with `sip:` (RFC 5630 §3.1.1)."""
    script = Scripted(flow=TLS)
    script.hears(received)
    (call,) = (each for each in script.events)
    (ringing,) = script.do(script.agent.ring(call.session, 0))  # type: ignore[union-attr]
    assert contact_of(ringing).startswith(f"{scheme}:bob@192.0.2.2")
    assert ("transport=tls" in contact_of(ringing)) == (scheme == "sip")


@pytest.mark.parametrize(
    ("target", "route", "scheme"),
    [
        ("sip:alice@192.0.2.1;transport=tls", None, "sip"),
        ("sips:alice@192.0.2.1", None, "sips"),
        ("sip:alice@192.0.2.1", "<sips:192.0.2.3;lr>", "sips"),
        ("sip:alice@192.0.2.1", "<sip:192.0.2.3;lr;transport=tls>", "sip"),
    ],
)
def test_a_call_of_ours_by_sips_has_a_sips_contact(
    target: str, route: str | None, scheme: str
) -> None:
    """§8.1.1.8."""
    script = Scripted()
    _, effects = script.agent.invite(
        SipUri.parse(target),
        local=CALLER,
        offer=OFFER,
        transport=Transport.UDP,
        headers=[] if route is None else [("Route", route)],
        now=0,
    )
    (sent,) = script.do(effects)
    assert contact_of(sent).startswith(f"{scheme}:")
    assert script.sends[-1].flow.transport is Transport.TLS
