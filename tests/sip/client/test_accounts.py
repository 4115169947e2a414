"""What is learnt about the servers of an account, and whom its credentials are for."""

import itertools

import pytest

from sip.account import Account
from sip.client.accounts import MAXIMUM_SERVERS, AccountContext, Accounts
from sip.errors import MisuseError
from sip.flow import Address, Flow, Transport
from sip.location.effects import Target
from sip.syntax.uri import OpaqueUri, SipUri
from sip.syntax.via import Via
from tests.sip.town import HERE, account

PBX = Address("192.0.2.10", 5060)
UDP = Flow(Transport.UDP, HERE, PBX)


def context(**changes: bool) -> AccountContext:
    serial = itertools.count()
    made = AccountContext(account(**changes), lambda: str(next(serial)))  # type: ignore[arg-type]
    made.note_servers([Target(Transport.UDP, PBX, "pbx.example")])
    return made


def test_only_the_addresses_of_its_own_servers_are_trusted() -> None:
    ours = context()
    assert ours.trusts(UDP)
    assert ours.trusts(Flow(Transport.TCP, HERE, PBX))
    assert not ours.trusts(Flow(Transport.UDP, HERE, Address("192.0.2.10", 5070)))
    assert not ours.trusts(Flow(Transport.UDP, HERE, Address("192.0.2.11", 5060)))


def test_what_was_trusted_by_tls_is_not_trusted_without() -> None:
    """A password for TLS is not to be had in the clear."""
    ours = context()
    tls = Address("192.0.2.10", 5061)
    ours.note_servers([Target(Transport.TLS, tls, "pbx.example")])
    assert ours.trusts(Flow(Transport.TLS, HERE, tls))
    assert not ours.trusts(Flow(Transport.TCP, HERE, tls))
    assert not ours.trusts(Flow(Transport.UDP, HERE, tls))


def test_a_server_that_opens_a_connection_serves_but_is_not_trusted() -> None:
    """Its port tells nothing, so the call is the account's, and a challenge is not answered."""
    ours = context()
    opened = Flow(Transport.TCP, HERE, Address("192.0.2.10", 41234), connection=3)
    assert ours.serves(opened)
    assert not ours.trusts(opened)
    assert not ours.serves(Flow(Transport.UDP, HERE, Address("192.0.2.10", 41234)))


@pytest.mark.parametrize(
    ("hop", "named"),
    [
        ("sip:192.0.2.10", True),
        ("sip:bob@192.0.2.10", True),
        ("sip:192.0.2.10:5061", False),
        ("sips:192.0.2.10", False),
        ("sip:192.0.2.10;transport=tcp", False),
        ("sip:evil@192.0.2.66", False),
        ("sip:192.0.2.10@192.0.2.66", False),
    ],
)
def test_a_hop_is_a_server_of_ours_when_it_is_written_as_one(hop: str, named: bool) -> None:
    """What it is located at becomes trusted, so nothing is taken for it that might lead away."""
    assert context().names(SipUri.parse(hop)) is named
    assert not context().names(OpaqueUri("tel", "192.0.2.10"))


def test_a_maddr_does_not_make_somebody_elses_address_ours() -> None:
    assert not context().names(SipUri.parse("sip:192.0.2.10;maddr=192.0.2.66"))


def test_the_table_of_trusted_addresses_is_bounded() -> None:
    ours = context()
    many = [
        Target(Transport.UDP, Address(f"198.51.100.{number}", 5060), "pbx.example")
        for number in range(MAXIMUM_SERVERS)
    ]
    ours.note_servers(many)
    assert not ours.trusts(UDP)
    assert ours.trusts(Flow(Transport.UDP, HERE, many[-1].address))


def via(text: str) -> Via:
    return Via.parse(f"SIP/2.0/UDP {text}")


def test_our_address_is_learnt_from_received_and_rport() -> None:
    """RFC 3581 §4."""
    ours = context()
    sent = via("192.0.2.2:5060;rport;branch=z9hG4bKa")
    ours.learn(UDP, sent, via("192.0.2.2:5060;rport=1024;received=203.0.113.5"), HERE)
    assert ours.seen_as(Transport.UDP) == Address("203.0.113.5", 1024)
    assert ours.seen_as(Transport.TCP) is None


def test_the_port_of_a_connection_is_not_where_we_are_reached() -> None:
    """Unless there is a NAT, when nothing else leads to us but the connection."""
    ours = context()
    tcp = Flow(Transport.TCP, HERE, PBX)
    sent = Via.parse("SIP/2.0/TCP 192.0.2.2:5060;rport;branch=z9hG4bKa")
    ours.learn(tcp, sent, via("192.0.2.2:5060;rport=41234;received=192.0.2.2"), HERE)
    assert ours.seen_as(Transport.TCP) is None
    ours.learn(tcp, sent, via("192.0.2.2:5060;rport=41234;received=203.0.113.5"), HERE)
    assert ours.seen_as(Transport.TCP) == Address("203.0.113.5", 41234)


def test_a_server_that_sees_us_as_we_are_undoes_what_was_learnt() -> None:
    ours = context()
    sent = via("192.0.2.2:5060;rport;branch=z9hG4bKa")
    ours.learn(UDP, sent, via("192.0.2.2:5060;rport=1024;received=203.0.113.5"), HERE)
    ours.learn(UDP, sent, via("192.0.2.2:5060;rport=5060;received=192.0.2.2"), HERE)
    assert ours.seen_as(Transport.UDP) is None


@pytest.mark.parametrize("received", ["evil.example", '"192.0.2.2>;x"', "999.1.1.1", ""])
def test_what_is_no_address_teaches_nothing(received: str) -> None:
    ours = context()
    sent = via("192.0.2.2:5060;rport;branch=z9hG4bKa")
    ours.learn(UDP, sent, via(f"192.0.2.2:5060;rport=5060;received={received or 'x'}"), HERE)
    assert ours.seen_as(Transport.UDP) is None


def test_strangers_are_not_believed() -> None:
    """Whoever names our address says where our calls go."""
    ours = context()
    stranger = Flow(Transport.UDP, HERE, Address("192.0.2.66", 5060))
    sent = via("192.0.2.2:5060;rport;branch=z9hG4bKa")
    ours.learn(stranger, sent, via("192.0.2.2:5060;rport=1;received=192.0.2.66"), HERE)
    assert ours.seen_as(Transport.UDP) is None


def test_nobody_has_to_learn() -> None:
    ours = context(allow_via_rewrite=False)
    sent = via("192.0.2.2:5060;rport;branch=z9hG4bKa")
    ours.learn(UDP, sent, via("192.0.2.2:5060;rport=1024;received=203.0.113.5"), HERE)
    assert ours.seen_as(Transport.UDP) is None


def test_an_account_that_is_not_there_is_a_mistake_of_ours() -> None:
    with pytest.raises(MisuseError):
        Accounts(lambda: "")["nobody"]


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
