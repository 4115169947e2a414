"""A call that the primary server cannot take goes on to the secondary, and no other call does."""

from typing import Unpack

import pytest

from sip.account import Proxy, RegistrationState
from sip.client.patience import patience_s
from sip.flow import Address, Flow, Transport
from sip.session.events import Answered, Ended, OptionsAnswered, Party, Progress
from sip.syntax.message import Request, Response
from sip.syntax.uri import SipUri
from tests.sip.pair import OFFER
from tests.sip.town import HERE, Link, Server, Settings, Town, account, targets

BOB = "sip:bob@192.0.2.10"
PATIENCE_S = patience_s("INVITE", 3)
PORTS = {Transport.UDP: 5060, Transport.TCP: 5060, Transport.TLS: 5061}


class Callee(Server):
    """A server that says to a call what its callee does, and a 487 to a CANCEL."""

    says: tuple[int, ...] = (180,)

    def answer(self, request: Request, source: Address, now: float) -> list[Response]:
        responses = super().answer(request, source, now)
        if request.method == "INVITE" and [each.code for each in responses] == [200]:
            self.invite = request
            return [self._response(request, code) for code in self.says]
        if request.method == "CANCEL":
            responses.append(self._response(self.invite, 487))
        return responses

    def rings(self, town: Town) -> bool:
        return 180 in {progress.code for progress in town.told(Progress)}


def two(
    primary: Server | None = None,
    secondary: Server | None = None,
    **changes: Unpack[Settings],
) -> tuple[Town, Server, Server]:
    """An account that is registered with the first of two servers."""
    transport = changes.get("transport") or Transport.UDP
    port = PORTS[transport]
    primary = primary or Server("192.0.2.10", port)
    secondary = secondary or Server("192.0.2.11", port)
    town = Town(primary, secondary)
    settings: Settings = {
        "secondary_server": SipUri.parse("sip:192.0.2.11"),
        "max_retransmissions": 3,
        **changes,
    }
    town.add(account(**settings))
    town.run(1)
    assert town.states[-1] is RegistrationState.REGISTERED
    return town, primary, secondary


def fail(server: Server, failure: str) -> float:
    """Let a server fail; how long it takes until that is noticed, in seconds."""
    if failure.isdecimal():
        server.refusal = int(failure)
        return 0.0
    server.link = Link[failure.upper()]
    return PATIENCE_S if server.link is Link.SILENT else 0.0


@pytest.mark.parametrize("failure", ["silent", "down", "503"])
@pytest.mark.parametrize("transport", list(PORTS))
def test_a_call_goes_on_to_the_secondary_server(transport: Transport, failure: str) -> None:
    """As a new request in the same call (RFC 3261 §8.1.3.4), and by the name it has there."""
    town, primary, secondary = two(transport=transport)
    lasts = fail(primary, failure)
    town.call(BOB)
    town.run(lasts + 0.1)
    assert len(town.told(Answered)) == 1
    assert town.told(Ended) == []
    first, *_, last = town.requests("INVITE")
    before = [each.cseq.number for each in town.requests("INVITE") if str(each.uri) == BOB]
    assert (str(first.uri), str(last.uri)) == (BOB, "sip:bob@192.0.2.11")
    assert (first.call_id, first.from_, first.to) == (last.call_id, last.from_, last.to)
    assert all(each.cseq.number > max(before) for each in secondary.received("INVITE"))
    assert secondary.received("ACK")


def test_it_waits_for_the_primary_as_long_as_the_account_says() -> None:
    town, primary, secondary = two()
    fail(primary, "silent")
    town.call(BOB)
    town.run(PATIENCE_S - 0.1)
    assert secondary.received("INVITE") == []


@pytest.mark.parametrize("failure", ["silent", "down"])
def test_the_registration_fails_over_although_the_call_went_through(failure: str) -> None:
    town, primary, _ = two(register_interval_s=3600)
    lasts = fail(primary, failure)
    town.call(BOB)
    town.run(2 * lasts + 1)
    assert town.states[-1] is RegistrationState.SECONDARY
    assert town.told(Answered)


def test_every_address_of_both_servers_is_tried_in_turn() -> None:
    """RFC 3263 §4.3, first for the one name and then for the other."""
    servers = [Server(f"192.0.2.{number}", challenges=False) for number in (10, 11, 12, 13)]
    names = {
        "a.example": targets("192.0.2.10", "192.0.2.11"),
        "b.example": targets("192.0.2.12", "192.0.2.13"),
    }
    town = Town(*servers, names=names)
    secondary = SipUri.parse("sip:b.example")
    town.add(account("sip:a.example", secondary_server=secondary, max_retransmissions=3))
    town.run(1)
    for server in servers[:3]:
        server.link = Link.SILENT
    town.call("sip:bob@a.example")
    town.run(3 * PATIENCE_S + 0.1)
    asked = dict.fromkeys(str(s.flow.remote.host) for _, s in town.sent if _is_invite(s.message))
    assert list(asked) == [server.host for server in servers]
    assert town.told(Answered)


def _is_invite(message: Request | Response) -> bool:
    return isinstance(message, Request) and message.method == "INVITE"


@pytest.mark.parametrize(("failure", "code"), [("silent", 408), ("down", 503), ("503", 503)])
def test_where_both_are_dead_it_ends_as_with_one(failure: str, code: int) -> None:
    town, primary, secondary = two()
    lasts = fail(primary, failure)
    fail(secondary, failure)
    town.call(BOB)
    town.run(2 * lasts + 0.1)
    assert [ended.code for ended in town.told(Ended)] == [code]
    branches = {str(each.uri): set[str]() for each in town.requests("INVITE")}
    for each in town.requests("INVITE"):
        branches[str(each.uri)].add(each.top_via.branch)
    by_flow_and_by_name = 1 if failure == "silent" else 2
    assert [len(each) for each in branches.values()] == [by_flow_and_by_name, 1]
    town.do(town.agent.remove_account("door", town.now))
    town.run(100)
    assert town.agent.remembered == 0


@pytest.mark.parametrize("code", [404, 408, 480, 486, 500, 603])
def test_what_the_callee_says_is_final(code: int) -> None:
    callee = Callee("192.0.2.10")
    callee.says = (code,)
    town, _, secondary = two(callee)
    town.call(BOB)
    town.run(100)
    assert [ended.code for ended in town.told(Ended)] == [code]
    assert secondary.received("INVITE") == []


@pytest.mark.parametrize(("provisional", "goes_on"), [(100, True), (180, False), (183, False)])
def test_a_call_that_has_rung_is_not_made_again(provisional: int, goes_on: bool) -> None:
    """Somebody stands at the phone; 100 says no more than that the server has the request."""
    callee = Callee("192.0.2.10")
    callee.says = (provisional, 503)
    town, _, secondary = two(callee)
    town.call(BOB)
    town.run(1)
    assert bool(secondary.received("INVITE")) is goes_on
    assert bool(town.told(Answered)) is goes_on
    assert [ended.code for ended in town.told(Ended)] == ([] if goes_on else [503])


def test_a_ringing_call_whose_connection_breaks_is_not_made_again() -> None:
    callee = Callee("192.0.2.10")
    town, _, secondary = two(callee, transport=Transport.TCP)
    town.call(BOB)
    town.run(1)
    assert callee.rings(town)
    callee.link = Link.DOWN
    town.break_connection(callee)
    town.run(1)
    assert secondary.received("INVITE") == []


def test_a_redirection_that_leads_nowhere_is_an_answer_all_the_same() -> None:
    moved = Server("192.0.2.10", unchallenged=("INVITE",))
    town, _, secondary = two(moved, follow_redirects=True)
    moved.refusal, moved.refusal_fields = 302, (("Contact", "<sip:bob@192.0.2.99>"),)
    town.call(BOB)
    town.run(1)
    assert [ended.code for ended in town.told(Ended)] == [503]
    assert secondary.received("INVITE") == []


# Taken back


def test_a_call_taken_back_while_the_primary_is_silent_goes_nowhere_else() -> None:
    town, primary, secondary = two()
    fail(primary, "silent")
    session = town.call(BOB)
    town.run(1)
    town.hang_up(session)
    town.run(100)
    assert [ended.code for ended in town.told(Ended)] == [408]
    assert secondary.received("INVITE") == []


def test_a_call_taken_back_while_the_secondary_is_located_goes_nowhere_else() -> None:
    town, primary, _ = two(secondary_server=SipUri.parse("sip:b.example"))
    town.names["b.example"] = targets("192.0.2.11")
    fail(primary, "503")
    session = town.call(BOB)
    while not town.located:
        town.run(0.0005)
    town.hang_up(session)
    town.run(1)
    assert [(e.by, e.code) for e in town.told(Ended)] == [(Party.LOCAL, 487)]
    assert {str(invite.uri) for invite in town.requests("INVITE")} == {BOB}


def test_a_call_that_rings_at_the_secondary_is_taken_back_there() -> None:
    """§9.1: the CANCEL is for the INVITE that was sent last."""
    callee = Callee("192.0.2.11")
    town, primary, _ = two(None, callee)
    lasts = fail(primary, "silent")
    session = town.call(BOB)
    town.run(lasts + 0.1)
    assert callee.rings(town)
    town.hang_up(session)
    town.run(1)
    (cancel,) = town.requests("CANCEL")
    assert (cancel.uri, cancel.top_via.branch) == (callee.invite.uri, callee.invite.top_via.branch)
    assert cancel.cseq.number == callee.invite.cseq.number
    assert [(e.by, e.code) for e in town.told(Ended)] == [(Party.LOCAL, 487)]


# Which requests


def test_options_go_on_as_well() -> None:
    town, primary, _ = two()
    lasts = fail(primary, "silent")
    _, effects = town.agent.options(SipUri.parse(BOB), account="door", now=town.now)
    town.do(effects)
    town.run(lasts + 0.1)
    assert [answered.code for answered in town.told(OptionsAnswered)] == [200]


def test_options_that_the_callee_leaves_unanswered_are_not_asked_again() -> None:
    """A 408 is what a server says of somebody else's silence."""
    town, primary, secondary = two()
    fail(primary, "408")
    _, effects = town.agent.options(SipUri.parse(BOB), account="door", now=town.now)
    town.do(effects)
    town.run(1)
    assert [answered.code for answered in town.told(OptionsAnswered)] == [408]
    assert secondary.received("OPTIONS") == []


def test_a_call_before_the_first_registration_goes_on_as_well() -> None:
    town = Town(Server("192.0.2.10", link=Link.DOWN), Server("192.0.2.11"))
    secondary = SipUri.parse("sip:192.0.2.11")
    town.do(town.agent.add_account(account(secondary_server=secondary), town.now))
    town.call(BOB)
    town.run(1)
    assert town.told(Answered)


def test_a_request_within_a_call_stays_where_the_call_is() -> None:
    """The secondary knows nothing of the dialog."""
    town, primary, secondary = two()
    session = town.call(BOB)
    town.run(1)
    fail(primary, "silent")
    town.hang_up(session)
    town.run(100)
    assert secondary.received("BYE") == []


def test_a_call_to_somebody_elsewhere_is_none_of_the_secondarys_business() -> None:
    town, _, secondary = two()
    town.call("sip:bob@192.0.2.66")
    town.run(1)
    assert [ended.code for ended in town.told(Ended)] == [503]
    assert secondary.received("INVITE") == []


def test_a_call_by_a_given_flow_or_route_goes_by_that_only() -> None:
    town, primary, secondary = two()
    fail(primary, "down")
    for given in (
        {"via_flow": Flow(Transport.UDP, HERE, primary.address)},
        {"headers": (("Route", "<sip:192.0.2.10;lr>"),)},
    ):
        _, effects = town.agent.invite(
            SipUri.parse(BOB),
            offer=OFFER,
            account="door",
            now=town.now,
            **given,
        )
        town.do(effects)
    town.run(1)
    assert [ended.code for ended in town.told(Ended)] == [503, 503]
    assert secondary.received("INVITE") == []


def test_the_credentials_go_to_the_secondary_and_not_to_whom_it_redirects() -> None:
    """RFC 3261 §22: it is one of the account's own servers."""
    stranger = Server("192.0.2.66", realm="pbx")
    town, primary, secondary = two(follow_redirects=True)
    town.servers[stranger.address] = stranger
    fail(primary, "503")
    town.call(BOB)
    town.run(1)
    assert secondary.received("INVITE")[-1].headers.get("Authorization")
    secondary.refusal = 302
    secondary.refusal_fields = (("Contact", "<sip:bob@192.0.2.66>"),)
    town.call(BOB)
    town.run(1)
    (seen,) = {request.headers.get("Authorization") for request in stranger.received("INVITE")}
    assert seen is None


# By which way


def test_routes_that_the_primary_named_lead_to_the_primary_only() -> None:
    """RFC 3608: the Service-Route is that of the registrar that it came from."""
    routed = Server("192.0.2.10", extra=(("Service-Route", "<sip:192.0.2.10;lr>"),))
    town, _, secondary = two(routed)
    fail(routed, "503")
    town.call(BOB)
    town.run(1)
    assert town.requests("INVITE")[0].headers.get("Route")
    assert secondary.received("INVITE")[0].headers.get("Route") is None


def test_a_proxy_that_cannot_reach_the_primary_is_asked_for_the_secondary() -> None:
    proxy = Server("192.0.2.5", unchallenged=("INVITE",))
    town = Town(proxy)
    town.add(
        account(
            proxies=(Proxy(uri=SipUri.parse("sip:192.0.2.5")),),
            secondary_server=SipUri.parse("sip:192.0.2.11"),
        )
    )
    town.run(1)
    proxy.refusal = 503
    town.call(BOB)
    town.run(1)
    uris = dict.fromkeys(str(each.uri) for each in proxy.received("INVITE"))
    assert list(uris) == [BOB, "sip:bob@192.0.2.11"]
    assert {each.headers.get("Route") for each in proxy.received("INVITE")} == {
        "<sip:192.0.2.5;lr>"
    }


def test_a_proxy_that_keeps_silent_is_not_waited_for_twice() -> None:
    proxy = Server("192.0.2.5")
    town = Town(proxy)
    town.add(
        account(
            proxies=(Proxy(uri=SipUri.parse("sip:192.0.2.5")),),
            secondary_server=SipUri.parse("sip:192.0.2.11"),
            max_retransmissions=3,
        )
    )
    town.run(1)
    fail(proxy, "silent")
    town.call(BOB)
    town.run(PATIENCE_S + 0.1)
    assert [ended.code for ended in town.told(Ended)] == [408]


def test_a_call_that_would_take_the_same_way_is_not_made_again() -> None:
    """Where the address of record names a domain, a proxy is told of no server."""
    proxy = Server("192.0.2.5", unchallenged=("INVITE",))
    town = Town(proxy)
    town.add(
        account(
            address_of_record=SipUri.parse("sip:door@pbx.example"),
            proxies=(Proxy(uri=SipUri.parse("sip:192.0.2.5")),),
            secondary_server=SipUri.parse("sip:192.0.2.11"),
        )
    )
    town.run(1)
    proxy.refusal = 503
    town.call("sip:bob@pbx.example")
    town.run(1)
    assert {each.cseq.number for each in proxy.received("INVITE")} == {1}


@pytest.mark.parametrize("routes", [(), (("Service-Route", "<sip:192.0.2.11;lr>"),)])
def test_while_the_secondary_serves_nothing_stands_in_for_it(
    routes: tuple[tuple[str, str], ...],
) -> None:
    town, primary, secondary = two(None, Server("192.0.2.11", extra=routes))
    fail(primary, "down")
    town.do(town.agent.network_changed(town.now))
    town.run(2)
    assert town.states[-1] is RegistrationState.SECONDARY
    primary.link = Link.UP
    fail(secondary, "503")
    town.call(BOB)
    town.run(1)
    assert [ended.code for ended in town.told(Ended)] == [503]
    assert primary.received("INVITE") == []
    assert len({each.cseq.number for each in secondary.received("INVITE")}) == 1
