import pytest

from sip.flow import Transport
from sip.syntax.address import NameAddress
from sip.syntax.message import Request
from sip.syntax.uri import SipUri
from tests.sip.scripted import Scripted


@pytest.mark.parametrize("transport", Transport)
def test_requests_by_tls_offer_their_connection_for_the_way_back(transport: Transport) -> None:
    """RFC 5923 §8.1, which knows nothing but TLS."""
    script = Scripted()
    _, effects = script.agent.options(
        SipUri.parse("sip:alice@192.0.2.1"),
        local=NameAddress.parse("<sip:bob@192.0.2.2>"),
        transport=transport,
        now=0,
    )
    (sent,) = script.do(effects)
    assert isinstance(sent, Request)
    assert ("alias" in sent.top_via.parameters) == (transport is Transport.TLS)
