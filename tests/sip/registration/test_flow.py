"""The flow of a registration, and where the server sees it come from (RFC 5626)."""

import pytest

from sip.flow import Address, Transport
from sip.syntax.message import Request, Response
from sip.syntax.uri import SipUri
from tests.sip.registration.registered import between, registered
from tests.sip.town import HERE, Server, Settings

# Keep-alives and outbound


@pytest.mark.parametrize(
    ("transport", "shortest", "longest"),
    [(Transport.UDP, 24.0, 29.0), (Transport.TCP, 95.0, 120.0)],
)
def test_the_flow_is_kept_alive(transport: Transport, shortest: float, longest: float) -> None:
    """RFC 5626 §4.4.1, §4.4.2."""
    town = registered(Server("192.0.2.10"), transport=transport)
    town.run(1000)
    times = [at for at, _ in town.kept_alive]
    gaps = between(times)
    # A refresh begins the count anew, and is a sign of life itself.
    assert all(shortest <= gap for gap in gaps)
    assert len(times) >= 1000 / longest / 2
    assert {flow.remote for _, flow in town.kept_alive} == {Address("192.0.2.10", 5060)}


def test_the_server_says_how_often() -> None:
    """RFC 5626 §4.4: between 80 % and 100 % of Flow-Timer."""
    pbx = Server("192.0.2.10", extra=(("Flow-Timer", "20"),))
    town = registered(pbx)
    town.run(150)
    times = [at for at, _ in town.kept_alive]
    assert len(times) > 5
    assert all(16 <= gap <= 20 for gap in between(times))


def test_a_flow_that_a_keep_alive_finds_dead_is_registered_anew() -> None:
    pbx = Server("192.0.2.10")
    town = registered(pbx)
    town.run(100)
    before = len(pbx.received("REGISTER"))
    town.do(town.agent.flow_failed(town.kept_alive[-1][1], town.now))
    town.run(0.1)
    assert len(pbx.received("REGISTER")) == before + 1


def test_outbound_names_instance_and_flow() -> None:
    """RFC 5626 §4.2: reg-id and +sip.instance in the Contact, `ob` in its URI."""
    town = registered(Server("192.0.2.10"))
    request = town.requests("REGISTER")[-1]
    (contact,) = request.contacts
    assert contact.parameters["reg-id"] == "1"
    assert contact.parameters["+sip.instance"] == "<urn:uuid:00000000-0000-1000-8000-000A95A0E128>"
    assert isinstance(contact.uri, SipUri)
    assert "ob" in contact.uri.parameters
    assert set(request.supported) == {"path", "outbound"}


def test_where_the_first_hop_lacks_outbound_it_is_done_without() -> None:
    """RFC 5626 §4.2.1: 439."""

    class Edge(Server):
        def answer(self, request: Request, source: Address, now: float) -> list[Response]:
            self.refusal = 439 if "outbound" in request.supported else 0
            return super().answer(request, source, now)

    town = registered(Edge("192.0.2.10"))
    (contact,) = town.requests("REGISTER")[-1].contacts
    assert "reg-id" not in contact.parameters
    assert town.requests("REGISTER")[-1].supported == ("path",)


# What the server saw


def test_the_contact_becomes_what_the_server_saw() -> None:
    """`allow_contact_rewrite`: registered anew with it, once, and the other one removed."""
    pbx = Server("192.0.2.10", sees=Address("203.0.113.5", 1024), challenges=False)
    town = registered(pbx)
    town.run(1)
    (contact,) = pbx.bound(town.now)
    assert "203.0.113.5:1024" in contact
    assert len(pbx.received("REGISTER")) == 2
    via = town.requests("REGISTER")[-1].top_via
    assert (via.host, via.port) == ("203.0.113.5", 1024)


@pytest.mark.parametrize(
    "switch",
    [Settings(allow_via_rewrite=False), Settings(allow_contact_rewrite=False)],
)
def test_the_contact_stays_ours_when_it_may_not_be_rewritten(switch: Settings) -> None:
    pbx = Server("192.0.2.10", sees=Address("203.0.113.5", 1024))
    town = registered(pbx, **switch)
    town.run(1)
    (contact,) = pbx.bound(town.now)
    assert HERE.host in contact
    assert len(pbx.received("REGISTER")) == 2


def test_a_server_that_names_no_address_changes_nothing() -> None:
    """What stands in a Contact of ours is an address, whatever somebody writes into our Via."""
    pbx = Server("192.0.2.10", sees=Address("evil.example", 1024))
    town = registered(pbx)
    town.run(1)
    (contact,) = pbx.bound(town.now)
    assert HERE.host in contact


def test_a_nat_that_shows_another_port_each_time_does_not_make_us_register_for_ever() -> None:
    class Fickle(Server):
        def answer(self, request: Request, source: Address, now: float) -> list[Response]:
            self.sees = Address("203.0.113.5", 1024 + len(self.requests))
            return super().answer(request, source, now)

    pbx = Fickle("192.0.2.10")
    town = registered(pbx)
    town.run(100)
    assert len(pbx.received("REGISTER")) < 8
