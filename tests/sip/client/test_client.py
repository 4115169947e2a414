"""Where requests of ours go, and what becomes of them (RFC 3261 §8.1, RFC 3263 §4.3)."""

from collections.abc import Iterable
from typing import Unpack

import pytest

from sip.account import Proxy, RegistrationState
from sip.authentication.credentials import Credentials
from sip.errors import MisuseError
from sip.flow import Address, Flow, TlsPeer, Transport
from sip.location.effects import Target
from sip.session.events import Answered, Ended, OptionsAnswered, Party, QueryId
from sip.syntax.address import NameAddress
from sip.syntax.message import Request, Response
from sip.syntax.uri import SipUri
from tests.sip.pair import OFFER
from tests.sip.town import PASSWORD, Link, Server, Settings, Town, account, targets, unfolded

S = RegistrationState
ME = NameAddress.parse("<sip:me@192.0.2.2>")


def asks(town: Town, uri: str, transport: Transport | None = Transport.UDP) -> QueryId:
    """Ask somebody what he can do; a request that nobody challenges."""
    query, effects = town.agent.options(
        SipUri.parse(uri), local=ME, transport=transport, now=town.now
    )
    town.do(effects)
    return query


def codes(town: Town) -> list[int]:
    return [answered.code for answered in town.told(OptionsAnswered)]


def reached(town: Town) -> list[str]:
    """The hosts that requests of ours were sent to, copies left out."""
    hosts: list[str] = []
    for _, send in town.sent:
        if send.flow.remote.host not in hosts[-1:]:
            hosts.append(send.flow.remote.host)
    return hosts


def open_server(host: str, **changes: object) -> Server:
    return Server(host, challenges=False, **changes)  # type: ignore[arg-type]


# Where to


def test_an_ip_literal_needs_no_dns() -> None:
    town = Town(open_server("192.0.2.10"))
    asks(town, "sip:bob@192.0.2.10")
    town.run()
    assert (codes(town), town.located) == ([200], [])


def test_a_name_is_located_before_anything_is_sent() -> None:
    town = Town(open_server("192.0.2.10"), names={"pbx.example": targets("192.0.2.10")})
    asks(town, "sip:bob@pbx.example")
    assert town.sent == []
    assert [(str(each.uri), each.transport) for each in town.located] == [
        ("sip:bob@pbx.example", Transport.UDP)
    ]
    town.run()
    assert codes(town) == [200]


def test_a_name_that_leads_nowhere_is_told_in_words() -> None:
    town = Town()
    asks(town, "sip:bob@nowhere.example")
    town.run()
    (answered,) = town.told(OptionsAnswered)
    assert answered.code == 503
    assert "no address found for sip:bob@nowhere.example" in answered.reason


@pytest.mark.parametrize(
    ("failure", "seconds"), [("silent", 33.0), ("down", 0.1), ("503", 0.1), ("408", 0.1)]
)
def test_the_next_target_is_tried(failure: str, seconds: float) -> None:
    """RFC 3263 §4.3: the same request by another branch."""
    first, second = open_server("192.0.2.10"), open_server("192.0.2.11")
    if failure.isdecimal():
        first.refusal = int(failure)
    else:
        first.link = Link[failure.upper()]
    town = Town(first, second, names={"pbx.example": targets("192.0.2.10", "192.0.2.11")})
    asks(town, "sip:bob@pbx.example")
    town.run(seconds)
    assert codes(town) == [200]
    tries = town.requests("OPTIONS")
    assert tries[0].top_via.branch != tries[-1].top_via.branch
    assert (tries[0].call_id, tries[0].cseq) == (tries[-1].call_id, tries[-1].cseq)


def test_a_refusal_is_final_wherever_else_it_might_go() -> None:
    """Only 503 means that another server may do better (RFC 3263 §4.3)."""
    town = Town(
        open_server("192.0.2.10", refusal=500),
        open_server("192.0.2.11"),
        names={"pbx.example": targets("192.0.2.10", "192.0.2.11")},
    )
    asks(town, "sip:bob@pbx.example")
    town.run(40)
    assert (codes(town), reached(town)) == ([500], ["192.0.2.10"])


def test_a_server_that_wants_to_be_left_alone_is() -> None:
    """§21.5.4: for as long as Retry-After says."""
    busy = open_server("192.0.2.10", refusal=503, refusal_fields=(("Retry-After", "60 (lunch)"),))
    town = Town(busy, names={"pbx.example": targets("192.0.2.10")})
    asks(town, "sip:bob@pbx.example")
    town.run(1)
    busy.refusal = 0
    asks(town, "sip:bob@pbx.example")
    town.run(60)
    assert codes(town) == [503, 503]
    assert len(busy.requests) == 1
    asks(town, "sip:bob@pbx.example")
    town.run(1)
    assert codes(town)[-1] == 200


def test_a_silent_server_is_asked_last_for_a_while() -> None:
    town = Town(
        open_server("192.0.2.10", link=Link.SILENT),
        open_server("192.0.2.11"),
        names={"pbx.example": targets("192.0.2.10", "192.0.2.11")},
    )
    asks(town, "sip:bob@pbx.example")
    town.run(33)
    before = len(town.sent)
    asks(town, "sip:bob@pbx.example")
    town.run(1)
    assert [send.flow.remote.host for _, send in town.sent[before:]] == ["192.0.2.11"]
    assert codes(town) == [200, 200]


def test_many_targets_are_tried_but_not_without_end() -> None:
    hosts = [f"198.51.100.{number}" for number in range(200)]
    town = Town(names={"pbx.example": targets(*hosts)})
    asks(town, "sip:bob@pbx.example")
    town.run(5)
    assert codes(town) == [503]
    assert len(town.sent) == 16


def test_tls_is_for_the_domain_that_was_asked_for_and_by_the_account() -> None:
    """RFC 5922 §7.3."""
    found = (Target(Transport.TLS, Address("192.0.2.10", 5061), "pbx.example"),)
    town = Town(names={"pbx.example": found})
    settings = account("sip:pbx.example", transport=Transport.TLS, tls_profile="door", instance="")
    town.add(settings)
    town.run(0.0015)
    assert town.sent[0][1].flow.tls == TlsPeer("door", "pbx.example")


def test_a_call_that_is_given_up_while_its_address_is_looked_for_was_never_made() -> None:
    town = Town()
    session, effects = town.agent.invite(
        SipUri.parse("sip:bob@pbx.example"), local=ME, offer=OFFER, now=town.now
    )
    town.do(effects)
    town.hang_up(session)
    town.run(100)
    assert [(ended.by, ended.code) for ended in town.told(Ended)] == [(Party.LOCAL, 487)]
    assert town.sent == []
    assert town.agent.remembered == 0


def test_a_call_that_is_given_up_is_not_tried_elsewhere() -> None:
    town = Town(
        open_server("192.0.2.11"), names={"pbx.example": targets("192.0.2.10", "192.0.2.11")}
    )
    town.servers[Address("192.0.2.10", 5060)] = open_server("192.0.2.10", link=Link.SILENT)
    session, effects = town.agent.invite(
        SipUri.parse("sip:bob@pbx.example"), local=ME, offer=OFFER, now=town.now
    )
    town.do(effects)
    town.run(1)
    town.hang_up(session)
    town.run(100)
    assert reached(town) == ["192.0.2.10"]
    assert len(town.told(Ended)) == 1


def test_who_calls_has_to_be_said() -> None:
    town = Town()
    with pytest.raises(MisuseError):
        town.agent.invite(SipUri.parse("sip:bob@192.0.2.10"), offer=OFFER, now=0)
    with pytest.raises(MisuseError):
        town.agent.invite(SipUri.parse("sip:bob@192.0.2.10"), offer=OFFER, now=0, account="nobody")


# Challenges within calls


def at_home(**changes: Unpack[Settings]) -> tuple[Town, Server]:
    pbx = Server("192.0.2.10")
    town = Town(pbx)
    town.add(account(**changes))
    town.run()
    return town, pbx


def test_the_ack_of_a_2xx_carries_the_credentials_of_its_invite() -> None:
    """§22.1, §13.2.2.4: nobody can challenge it; its number is that of the second INVITE."""
    town, pbx = at_home()
    pbx.restart()
    town.call("sip:bob@192.0.2.10")
    town.run(1)
    challenged, accepted = town.requests("INVITE")
    assert accepted.cseq.number == challenged.cseq.number + 1
    refused_ack, ack = pbx.received("ACK")
    assert refused_ack.cseq.number == challenged.cseq.number
    assert refused_ack.top_via.branch == challenged.top_via.branch
    assert ack.cseq.number == accepted.cseq.number
    assert unfolded(ack.headers, "Authorization") == unfolded(accepted.headers, "Authorization")
    assert len(town.told(Answered)) == 1


def test_a_cancel_takes_back_the_invite_that_was_sent_last() -> None:
    """§9.1."""

    class Ringing(Server):
        def answer(self, request: Request, source: Address, now: float) -> list[Response]:
            answers = super().answer(request, source, now)
            if request.method == "INVITE" and answers[0].code == 200:
                return [self._response(request, 180)]
            return answers

    pbx = Ringing("192.0.2.10")
    town = Town(pbx)
    town.add(account())
    town.run()
    pbx.restart()
    session = town.call("sip:bob@192.0.2.10")
    town.run(1)
    town.hang_up(session)
    town.run(1)
    (cancel,) = pbx.received("CANCEL")
    assert cancel.top_via.branch == town.requests("INVITE")[-1].top_via.branch
    assert "Authorization" not in cancel.headers


def test_the_account_says_who_calls_and_where_it_is_reached() -> None:
    town, _ = at_home(display_name="Front door", transport=Transport.TCP)
    town.call("sip:bob@192.0.2.10")
    (invite,) = town.requests("INVITE")
    assert str(invite.from_).startswith('"Front door" <sip:door@192.0.2.10>;tag=')
    (contact,) = invite.contacts
    assert str(contact.uri) == "sip:door@192.0.2.2:5060;transport=tcp;ob"
    assert [*town.connections.values()] == [1], "by the connection of the registration"


def test_a_number_of_the_own_domain_goes_to_the_registrar_wherever_that_is() -> None:
    """The domain may be a name that DNS does not know."""
    town, pbx = at_home(address_of_record=SipUri.parse("sip:door@intern.example"))
    assert str(town.requests("REGISTER")[0].uri) == "sip:intern.example"
    town.call("sip:12@intern.example")
    town.run(1)
    assert {str(each.uri) for each in pbx.received("INVITE")} == {"sip:12@intern.example"}
    assert town.located == []


def test_sips_means_tls_all_the_way() -> None:
    """§26.2.2, RFC 5630 §5.1.1.1."""
    town = Town(Server("192.0.2.10", port=5061))
    town.add(account(sips=True, transport=Transport.TLS))
    town.run()
    assert town.agent.registration_state("door") is S.REGISTERED
    town.call("sip:bob@192.0.2.10")
    (invite,) = town.requests("INVITE")
    assert {flow.transport for flow in (send.flow for _, send in town.sent)} == {Transport.TLS}
    assert (str(invite.uri), str(invite.to.uri)) == ("sips:bob@192.0.2.10",) * 2
    assert invite.contacts[0].uri.scheme == "sips"


def test_credentials_that_come_with_a_request_are_not_for_whoever_gets_it() -> None:
    """A call that is tried anew is built from one that a server has had."""
    town = Town(open_server("192.0.2.10"))
    _, effects = town.agent.invite(
        SipUri.parse("sip:bob@192.0.2.10"),
        local=ME,
        offer=OFFER,
        now=town.now,
        headers=[("Authorization", "Digest x"), ("Proxy-Authorization", "Digest y")],
    )
    town.do(effects)
    (invite,) = town.requests("INVITE")
    assert not {"Authorization", "Proxy-Authorization"} & {name for name, _ in invite.headers}


# Proxies


def test_requests_pass_the_proxies_in_their_order() -> None:
    """§8.1.2: preloaded routes, loose."""
    proxies = (
        Proxy(uri=SipUri.parse("sip:192.0.2.20")),
        Proxy(uri=SipUri.parse("sip:192.0.2.21;lr")),
    )
    edge = Server("192.0.2.20")
    town = Town(edge)
    town.add(account(proxies=proxies))
    town.run()
    town.call("sip:bob@example.com")
    town.run()
    for request in town.requests("REGISTER") + town.requests("INVITE"):
        assert request.headers.get_all("Route") == ("<sip:192.0.2.20;lr>", "<sip:192.0.2.21;lr>")
    assert reached(town) == ["192.0.2.20"]
    assert town.told(Answered)


def test_a_proxy_gets_its_own_credentials_and_the_registrar_the_accounts() -> None:
    """Each realm its own: 407 by the proxy, then 401 by the registrar behind it."""

    class Edge(Server):
        behind = Server("192.0.2.10")

        def answer(self, request: Request, source: Address, now: float) -> list[Response]:
            asked = request.headers.get("Proxy-Authorization")
            if asked is None:
                fields = [("Proxy-Authenticate", 'Digest realm="edge", nonce="n1", qop="auth"')]
                return [self._response(request, 407, fields)]
            assert 'username="edge-user"' in asked
            return self.behind.answer(request, source, now)

    town = Town(Edge("192.0.2.20"))
    proxy = Proxy(uri=SipUri.parse("sip:192.0.2.20"), credentials=Credentials("edge-user", "x"))
    town.add(account(proxies=(proxy,)))
    town.run()
    assert town.agent.registration_state("door") is S.REGISTERED
    (*_, last) = town.requests("REGISTER")
    assert 'username="door"' in unfolded(last.headers, "Authorization")
    assert "edge" not in unfolded(last.headers, "Authorization")


# Redirections


def redirecting(*contacts: str, follow: bool = True) -> tuple[Town, Server]:
    fields = (("Contact", ", ".join(contacts)),)
    pbx = open_server("192.0.2.10", refusal=302, refusal_fields=fields)
    town = Town(pbx, open_server("192.0.2.30"), open_server("192.0.2.31"))
    town.add(account(None, follow_redirects=follow))
    return town, pbx


def test_a_redirection_is_followed_to_the_best_contact() -> None:
    """§8.1.3.4: same Call-ID, next number, by q."""
    town, _ = redirecting("<sip:a@192.0.2.30>;q=0.2", "<sip:b@192.0.2.31>;q=0.8")
    town.call("sip:bob@192.0.2.10")
    town.run(1)
    first, second = town.requests("INVITE")
    assert str(second.uri) == "sip:b@192.0.2.31"
    assert (second.call_id, second.cseq.number) == (first.call_id, first.cseq.number + 1)
    assert str(second.to) == str(first.to)
    assert len(town.told(Answered)) == 1


def test_a_redirection_is_not_followed_unless_wanted() -> None:
    town, _ = redirecting("<sip:a@192.0.2.30>", follow=False)
    town.call("sip:bob@192.0.2.10")
    town.run(1)
    assert [ended.code for ended in town.told(Ended)] == [302]
    assert reached(town) == ["192.0.2.10"]


def test_redirections_that_go_round_in_circles_end() -> None:
    town, pbx = redirecting("<sip:bob@192.0.2.10>")
    town.call("sip:bob@192.0.2.10")
    town.run(1)
    assert [ended.code for ended in town.told(Ended)] == [302]
    assert len(pbx.received("INVITE")) == 1


def test_redirections_that_always_lead_on_end() -> None:
    class Onwards(Server):
        def answer(self, request: Request, source: Address, now: float) -> list[Response]:
            contact = f"<sip:{len(self.requests)}@192.0.2.10>"
            self.refusal, self.refusal_fields = 302, (("Contact", contact),)
            return super().answer(request, source, now)

    pbx = Onwards("192.0.2.10", challenges=False)
    town = Town(pbx)
    town.add(account(None, follow_redirects=True))
    town.call("sip:bob@192.0.2.10")
    town.run(10)
    assert len(pbx.received("INVITE")) == 6
    assert len(town.told(Ended)) == 1


def test_sips_is_not_redirected_to_sip() -> None:
    """§8.1.3.4: that would be less than was asked for."""
    fields = (("Contact", "<sip:a@192.0.2.30>"),)
    pbx = open_server("192.0.2.10", port=5061, refusal=302, refusal_fields=fields)
    town = Town(pbx, open_server("192.0.2.30"))
    town.add(account(None, follow_redirects=True))
    town.call("sips:bob@192.0.2.10")
    town.run(1)
    assert reached(town) == ["192.0.2.10"]


def test_a_contact_that_fails_gives_way_to_the_next() -> None:
    town, _ = redirecting("<sip:a@192.0.2.30>", "<sip:b@192.0.2.31>")
    town.servers[Address("192.0.2.30", 5060)].refusal = 480
    town.call("sip:bob@192.0.2.10")
    town.run(1)
    assert [str(each.uri) for each in town.requests("INVITE")][1:] == [
        "sip:a@192.0.2.30",
        "sip:b@192.0.2.31",
    ]
    assert len(town.told(Answered)) == 1


# In a dialog


def test_a_request_in_a_dialog_goes_on_by_the_next_address_of_its_route() -> None:
    """The proxy that recorded itself by name has two machines, and one dies in the call."""

    class Recording(Server):
        def _response(
            self, request: Request, code: int, fields: Iterable[tuple[str, str]] = ()
        ) -> Response:
            if (request.method, code) == ("INVITE", 200):
                fields = [*fields, ("Record-Route", "<sip:edge.example;lr>")]
            return super()._response(request, code, fields)

    first, second = Recording("192.0.2.10"), Server("192.0.2.11")
    both = targets("192.0.2.10", "192.0.2.11")
    town = Town(first, second, names={"edge.example": both})
    town.add(account("sip:edge.example"))
    town.run(1)
    session = town.call("sip:bob@192.0.2.10")
    town.run(1)
    assert town.told(Answered)
    first.link = Link.DOWN
    second.passwords = first.passwords
    town.hang_up(session)
    town.run(1)
    assert second.received("BYE")
    assert [(e.by, e.code) for e in town.told(Ended)] == [(Party.LOCAL, 200)]


def test_an_ack_whose_route_is_a_name_waits_for_its_address() -> None:
    """§13.2.2.4: and goes out again with every copy of the 2xx."""
    pbx = open_server("192.0.2.10", port=5060)
    town = Town(pbx, names={"edge.example": targets("192.0.2.10")})

    _, effects = town.agent.invite(
        SipUri.parse("sip:bob@192.0.2.10"), local=ME, offer=OFFER, now=town.now
    )
    town.do(effects)
    (invite,) = town.requests("INVITE")
    flow = Flow(Transport.UDP, town.here, pbx.address)
    answer = pbx._response(invite, 200, [("Record-Route", "<sip:edge.example;lr>")])
    town._under_way.clear()
    for _ in range(2):
        town.hears(answer, flow)
        town.run(0.1)
    assert len(pbx.received("ACK")) == 2
    assert unfolded(pbx.received("ACK")[0].headers, "Route") == "<sip:edge.example;lr>"


def test_the_password_is_in_no_repr() -> None:
    assert PASSWORD not in repr(account())
