"""Whom a dialled text means."""

from dataclasses import replace

import pytest

from sip.account import Account, Proxy
from sip.errors import MalformedUri
from sip.syntax.uri import SipUri
from speaker.calls.dialling import dialled, first_hop

REGISTERED = Account(
    id="pbx",
    address_of_record=SipUri.parse("sip:door@pbx.example"),
    registrar=SipUri.parse("sip:192.0.2.9"),
)
BEHIND = replace(REGISTERED, proxies=(Proxy(uri=SipUri.parse("sip:sbc.example")),))
DIRECT = Account(id="direct")
SECURE = Account(id="safe", address_of_record=SipUri.parse("sips:door@pbx.example"), sips=True)


@pytest.mark.parametrize(
    ("text", "account", "uri"),
    [
        ("100", REGISTERED, "sip:100@pbx.example"),
        ("*21#", REGISTERED, "sip:*21%23@pbx.example"),
        ("+15550100", REGISTERED, "sip:+15550100@pbx.example"),
        ("100@other.example", REGISTERED, "sip:100@other.example"),
        ("sip:100@192.0.2.5:5070", REGISTERED, "sip:100@192.0.2.5:5070"),
        ("SIP:100@192.0.2.5", DIRECT, "sip:100@192.0.2.5"),
        ("desk@192.0.2.5", DIRECT, "sip:desk@192.0.2.5"),
        ("sip:192.0.2.5", DIRECT, "sip:192.0.2.5"),
        ("100", SECURE, "sips:100@pbx.example"),
    ],
)
def test_a_number_is_called_at_the_accounts_domain_and_a_uri_as_it_stands(
    text: str, account: Account, uri: str
) -> None:
    assert str(dialled(text, account)) == uri


@pytest.mark.parametrize("text", ["100", "", "tel:100", "sip:", "a b@192.0.2.5", "http://x"])
def test_what_leads_nowhere_is_refused(text: str) -> None:
    with pytest.raises(MalformedUri):
        dialled(text, DIRECT)


def test_a_number_on_an_account_without_a_domain_is_explained() -> None:
    with pytest.raises(MalformedUri, match="call sip:100@ADDRESS"):
        dialled("100", DIRECT)


@pytest.mark.parametrize(
    ("target", "account", "hop"),
    [
        ("sip:100@pbx.example", REGISTERED, "sip:192.0.2.9"),
        ("sip:100@elsewhere.example", REGISTERED, "sip:100@elsewhere.example"),
        ("sip:desk@192.0.2.5", DIRECT, "sip:desk@192.0.2.5"),
        ("sip:100@pbx.example", BEHIND, "sip:sbc.example"),
    ],
)
def test_a_call_goes_by_the_proxy_else_by_the_server_of_its_domain_else_straight(
    target: str, account: Account, hop: str
) -> None:
    assert str(first_hop(SipUri.parse(target), account)) == hop
