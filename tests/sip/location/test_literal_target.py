import pytest

from sip.flow import Address, Transport
from sip.location.effects import Target
from sip.location.literal_target import literal_target
from sip.syntax.uri import SipUri


@pytest.mark.parametrize(
    ("uri", "transport", "expected"),
    [
        ("sip:192.0.2.1", None, ("UDP", "192.0.2.1", 5060)),
        ("sip:192.0.2.1", Transport.TCP, ("TCP", "192.0.2.1", 5060)),
        ("sip:192.0.2.1:5070", None, ("UDP", "192.0.2.1", 5070)),
        ("sip:[2001:DB8::1]", None, ("UDP", "2001:db8::1", 5060)),
        ("sip:192.0.2.1;transport=tcp", Transport.UDP, ("TCP", "192.0.2.1", 5060)),
        ("sip:192.0.2.1;transport=TLS", None, ("TLS", "192.0.2.1", 5061)),
        ("sip:192.0.2.1;transport=ws", None, ("UDP", "192.0.2.1", 5060)),
        ("sips:192.0.2.1", None, ("TLS", "192.0.2.1", 5061)),
        ("sips:192.0.2.1;transport=tcp", Transport.UDP, ("TLS", "192.0.2.1", 5061)),
    ],
)
def test_an_address_leads_to_itself(
    uri: str, transport: Transport | None, expected: tuple[str, str, int]
) -> None:
    """RFC 3263 §4.1 and §4.2."""
    target = literal_target(SipUri.parse(uri), transport)
    assert target is not None
    assert (target.transport.value, *target.address) == expected


def test_maddr_is_where_it_goes_and_the_host_is_who_must_answer() -> None:
    """RFC 3263 §4, RFC 5922 §7.3."""
    uri = SipUri.parse("sips:Example.com.;maddr=[2001:db8::9]")
    assert literal_target(uri, None) == Target(
        Transport.TLS, Address("2001:db8::9", 5061), "example.com"
    )


@pytest.mark.parametrize("uri", ["sip:example.com", "sip:192.0.2.1;maddr=example.com"])
def test_a_name_is_no_address(uri: str) -> None:
    assert literal_target(SipUri.parse(uri), None) is None
