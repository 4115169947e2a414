import pytest

from sip.account import Account
from sip.client.accounts import AccountContext
from sip.flow import Address, Transport
from sip.location.effects import Target
from sip.syntax.uri import SipUri


@pytest.mark.parametrize(
    ("registrar", "domain_asked_for", "proof"),
    [
        ("192.0.2.1", "192.0.2.1", "example.com"),
        ("192.0.2.1", "192.0.2.9", ""),  # somebody else
        ("pbx.example.com", "pbx.example.com", ""),
        ("example.com", "example.com", ""),
    ],
)
def test_the_domain_proves_a_server_that_is_written_as_an_address(
    registrar: str, domain_asked_for: str, proof: str
) -> None:
    """RFC 5922 §7.3: certificates seldom name addresses."""
    account = Account(
        id="office",
        address_of_record=SipUri.parse("sip:100@Example.com"),
        registrar=SipUri.parse(f"sip:{registrar};transport=tls"),
    )
    context = AccountContext(account, token=lambda: "token")
    target = Target(Transport.TLS, Address("192.0.2.1", 5061), domain_asked_for)
    assert context.proof_for(target) == proof
