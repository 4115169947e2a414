import pytest

from sip.flow import Address, Flow, Transport
from sip.transaction.response_path import response_flow, with_source
from tests.sip.transaction_messages import a_request

HERE = Address("192.0.2.2", 5060)


def from_(host: str, port: int, transport: Transport = Transport.UDP, connection: int = 0) -> Flow:
    return Flow(transport, HERE, Address(host, port), connection)


@pytest.mark.parametrize(
    ("sent_by", "parameters", "source", "received", "rport"),
    [
        ("192.0.2.1:5060", "", "192.0.2.1", None, None),
        ("192.0.2.1:5060", ";rport", "192.0.2.1", "192.0.2.1", 4444),
        ("10.0.0.1:5060", "", "192.0.2.1", "192.0.2.1", None),
        ("10.0.0.1:5060", ";rport", "192.0.2.1", "192.0.2.1", 4444),
        ("phone.example", "", "192.0.2.1", "192.0.2.1", None),
        ("10.0.0.1", ";received=203.0.113.9;rport=9", "192.0.2.1", "192.0.2.1", 4444),
        ("[2001:db8::1]", "", "2001:db8::1", None, None),
        ("[2001:db8::1]", "", "2001:db8::2", "2001:db8::2", None),
        ("[fe80::1]", ";rport", "fe80::1%eth0", "fe80::1", 4444),
    ],
)
def test_the_topmost_via_tells_the_real_source(
    sent_by: str, parameters: str, source: str, received: str | None, rport: int | None
) -> None:
    """RFC 3261 §18.2.1, RFC 3581 §4."""
    request = a_request(sent_by=sent_by, via_parameters=parameters)
    via = with_source(request, from_(source, 4444)).top_via
    assert (via.received, via.rport) == (received, rport)


def test_only_the_topmost_via_is_touched() -> None:
    below = "SIP/2.0/UDP 10.0.0.9;rport;branch=z9hG4bKbelow"
    request = a_request(sent_by="10.0.0.1", more=f"Via: {below}\r\n")
    assert with_source(request, from_("192.0.2.1", 4444)).headers.get_all("Via")[1:] == (below,)


@pytest.mark.parametrize(
    ("sent_by", "parameters", "expected"),
    [
        ("192.0.2.1:5070", "", Address("192.0.2.1", 5070)),
        ("192.0.2.1", "", Address("192.0.2.1", 5060)),
        ("10.0.0.1:5070", "", Address("192.0.2.1", 5070)),
        ("10.0.0.1:5070", ";rport", Address("192.0.2.1", 4444)),
        ("10.0.0.1:5070", ";maddr=203.0.113.9", Address("192.0.2.1", 5070)),
        ("10.0.0.1", ";received=203.0.113.9", Address("192.0.2.1", 5060)),
    ],
)
def test_udp_answers_go_to_the_source_host_and_the_port_asked_for(
    sent_by: str, parameters: str, expected: Address
) -> None:
    """RFC 3261 §18.2.2, RFC 3581 §4; what the sender claims of its host is never followed."""
    request = a_request(sent_by=sent_by, via_parameters=parameters)
    assert response_flow(request, from_("192.0.2.1", 4444)).remote == expected


@pytest.mark.parametrize(
    ("transport", "sent_by", "port"),
    [
        (Transport.TCP, "10.0.0.1:5070", 5070),
        (Transport.TCP, "10.0.0.1", 5060),
        (Transport.TLS, "10.0.0.1", 5061),
    ],
)
def test_stream_answers_take_the_connection_and_know_where_to_open_a_new_one(
    transport: Transport, sent_by: str, port: int
) -> None:
    """RFC 3261 §18.2.2: the source host, the port of sent-by."""
    request = a_request(sent_by=sent_by, via_parameters=";rport", transport=transport.value)
    assert response_flow(request, from_("192.0.2.1", 40000, transport, 7)) == Flow(
        transport, HERE, Address("192.0.2.1", port), connection=7
    )
