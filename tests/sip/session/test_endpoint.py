"""What requests of ours and our Contact look like."""

import itertools

import pytest

from sip.client.way import Way
from sip.flow import Address, Flow, Transport
from sip.session.endpoint import Endpoint
from sip.transaction.effects import Send
from tests.sip.scripted import from_peer

ADDRESSES = {Transport.UDP: 5060, Transport.TCP: 5060, Transport.TLS: 5061}


def endpoint() -> Endpoint:
    serial = itertools.count(1)
    return Endpoint(
        local_address=lambda transport, host: Address(
            "2001:db8::2" if ":" in host else "192.0.2.2", ADDRESSES[transport]
        ),
        token=lambda: f"token{next(serial)}",
        name="speaker/1",
    )


@pytest.mark.parametrize(
    ("transport", "towards", "contact"),
    [
        (Transport.UDP, "192.0.2.1", "<sip:me@192.0.2.2:5060>"),
        (Transport.TCP, "192.0.2.1", "<sip:me@192.0.2.2:5060;transport=tcp>"),
        (Transport.TLS, "192.0.2.1", "<sip:me@192.0.2.2:5061;transport=tls>"),
        (Transport.UDP, "2001:db8::1", "<sip:me@[2001:db8::2]:5060>"),
    ],
)
def test_our_contact_is_the_address_that_the_peer_can_reach(
    transport: Transport, towards: str, contact: str
) -> None:
    """RFC 3261 §8.1.1.8."""
    assert str(endpoint().contact(transport, towards, "me")) == contact


def test_a_request_gets_a_via_of_its_transport_and_our_name() -> None:
    """RFC 3261 §8.1.1.7, RFC 3581 §3."""
    request = from_peer("INFO")
    bare = type(request)(request.method, request.uri, request.headers.without("Via"))
    flow = Flow(Transport.TCP, Address("", 0), Address("2001:db8::1", 5060))
    sent = endpoint().ack(bare, Way(flow=flow))
    assert isinstance(sent, Send)
    assert str(sent.message.top_via) == (
        "SIP/2.0/TCP [2001:db8::2]:5060;branch=z9hG4bKtoken1;rport"
    )
    assert sent.message.headers.get("User-Agent") == "speaker/1"


def test_fractions_are_below_one_and_differ() -> None:
    ours = endpoint()
    numbers = [ours.fraction() for _ in range(1000)]
    assert all(0 <= number < 1 for number in numbers)
    assert len(set(numbers)) == 1000
    assert 0.4 < sum(numbers) / 1000 < 0.6
