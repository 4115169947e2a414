"""An account and its registrar (RFC 3261 §10)."""

import pytest

from sip.account import Proxy, RegistrationChanged, RegistrationState
from sip.authentication.authorization import Authorization
from sip.authentication.credentials import Credentials
from sip.authentication.digest import server_digest
from sip.flow import Address, Transport
from sip.syntax.message import Request, Response
from sip.syntax.uri import SipUri
from tests.sip.registration.registered import between, moments, registered
from tests.sip.town import PASSWORD, Link, Server, Town, account, targets, unfolded

S = RegistrationState
DAY_S = 86400.0


def test_a_challenged_registration_ends_registered() -> None:
    """§10.2, §22.2: the second REGISTER has the next CSeq and the same Call-ID."""
    pbx = Server("192.0.2.10")
    town = registered(pbx)
    first, second = town.requests("REGISTER")
    assert (first.cseq.number, second.cseq.number) == (1, 2)
    assert first.call_id == second.call_id
    assert "Authorization" not in first.headers
    assert "Authorization" in second.headers
    assert str(first.uri) == "sip:192.0.2.10"
    assert str(first.to) == "<sip:door@192.0.2.10>"
    assert len(pbx.bound(town.now)) == 1
    until = town.told(RegistrationChanged)[-1].until
    assert until is not None
    assert 290 < until - town.now <= 300


def test_it_is_refreshed_long_before_it_ends_and_with_the_nonce_that_is_known() -> None:
    """§10.2.4; one REGISTER for each lease, as RFC 7616 §3.6 saves the challenge."""
    pbx = Server("192.0.2.10")
    town = registered(pbx)
    start = town.now
    for _ in range(1000):
        town.run(3.0)
        assert len(pbx.bound(town.now)) == 1
    pbx_times = [at for at, request in pbx.requests if "Authorization" in request.headers]
    gaps = [gap for gap in between(pbx_times) if gap > 1]  # without those for a stale nonce
    assert all(200 < gap < 235 for gap in gaps)
    assert len(set(gaps)) > 1, "not all phones of a building at the same time"
    assert town.now - start == pytest.approx(3000)
    assert town.states == [S.REGISTERING, S.REGISTERED], "a refresh is no news"


@pytest.mark.parametrize(
    ("password", "reason"),
    [(PASSWORD, "OK"), ("guess", "the server's proof that it knows the password is false")],
)
def test_a_server_that_proves_itself_wrongly_is_told_of(password: str, reason: str) -> None:
    """RFC 7616 §3.5: `rspauth`. It registers us all the same, as few servers say it at all."""

    class Proving(Server):
        def answer(self, request: Request, source: Address, now: float) -> list[Response]:
            if "Authorization" in request.headers:
                said = Authorization.parse(unfolded(request.headers, "Authorization"))
                assert said.terms is not None
                proof = server_digest(said.terms, said.username, password, said.uri)
                self.extra = (("Authentication-Info", f'rspauth="{proof}"'),)
            return super().answer(request, source, now)

    town = registered(Proving("192.0.2.10"))
    assert town.told(RegistrationChanged)[-1].reason == reason


@pytest.mark.parametrize("grants_s", [20, 60, 3600])
def test_the_lease_is_what_the_server_grants(grants_s: int) -> None:
    """§10.2.4: the expires parameter of our Contact in the answer."""
    pbx = Server("192.0.2.10", grants_s=grants_s)
    town = registered(pbx)
    for _ in range(40):
        town.run(grants_s / 10)
        assert pbx.bound(town.now)


def test_a_server_that_does_not_list_our_contact_is_believed_by_its_expires() -> None:
    pbx = Server("192.0.2.10", knows_contact=False, extra=(("Expires", "60"),))
    town = registered(pbx)
    until = town.told(RegistrationChanged)[-1].until
    assert until == pytest.approx(town.now + 60, abs=0.2)


def test_too_brief_an_interval_is_made_longer_once() -> None:
    """§10.2.8: 423 and Min-Expires; later refreshes ask for the longer one at once."""
    pbx = Server("192.0.2.10", least_s=600)
    town = registered(pbx)
    assert [request.expires for request in town.requests("REGISTER")] == [300, 300, 600]
    town.run(600)
    assert town.requests("REGISTER")[-1].expires == 600


def test_a_server_that_always_wants_more_is_not_asked_for_ever() -> None:
    pbx = Server("192.0.2.10", refusal=423, refusal_fields=(("Min-Expires", "300"),))
    town = Town(pbx)
    town.add(account())
    town.run(1)
    assert town.states == [S.REGISTERING, S.WAITING]
    assert len(town.requests("REGISTER")) <= 4


def test_a_lease_is_renewed_where_it_was_given() -> None:
    """RFC 5626 §4.3: DNS that names a domain's servers in turn does not spread it over them."""
    first, second = Server("192.0.2.10"), Server("192.0.2.11")

    names = {"pbx.example": targets("192.0.2.10", "192.0.2.11")}
    town = Town(first, second, names=names)
    town.add(account("sip:pbx.example"))
    for _ in range(20):
        names["pbx.example"] = names["pbx.example"][::-1]
        town.run(75)  # an odd number of turns between two refreshes
        assert len(first.bound(town.now)) + len(second.bound(town.now)) == 1
    town.do(town.agent.remove_account("door", town.now))
    town.run(1)
    assert first.bound(town.now) + second.bound(town.now) == []


def test_the_other_server_of_the_domain_takes_over_and_keeps_us() -> None:
    """RFC 3263 §4.3."""
    first, second = Server("192.0.2.10"), Server("192.0.2.11")
    names = {"pbx.example": targets("192.0.2.10", "192.0.2.11")}
    town = Town(first, second, names=names)
    town.add(account("sip:pbx.example"))
    town.run(1)
    first.link = Link.SILENT
    first.bindings.clear()
    town.run(300)
    assert town.states == [S.REGISTERING, S.REGISTERED]
    first.link = Link.UP
    for _ in range(20):
        town.run(100)
        assert (len(first.bound(town.now)), len(second.bound(town.now))) == (0, 1)


# B7: what others got stuck in


def test_a_wrong_password_stops_after_the_second_challenge_and_says_so() -> None:
    pbx = Server("192.0.2.10")
    town = Town(pbx)
    town.add(account(credentials=Credentials("door", "wrong")))
    town.run(30 * DAY_S)
    assert town.states == [S.REGISTERING, S.REFUSED]
    assert len(town.requests("REGISTER")) == 2
    refused = town.told(RegistrationChanged)[-1]
    assert (refused.code, refused.until) == (401, None)
    assert "does not take our password" in refused.reason


def test_other_settings_end_a_refusal_and_the_same_settings_do_not() -> None:
    pbx = Server("192.0.2.10")
    town = Town(pbx)
    wrong = account(credentials=Credentials("door", "wrong"))
    town.add(wrong)
    town.run(10)
    town.add(wrong)
    town.do(town.agent.network_changed(town.now))
    town.run(10)
    assert len(town.requests("REGISTER")) == 2
    town.add(account())
    town.run(1)
    assert town.states[-1] is S.REGISTERED


def test_a_server_that_says_forbidden_to_our_password_is_left_alone() -> None:
    """Some answer a wrong password with 403 instead of a second challenge."""
    pbx = Server("192.0.2.10")
    town = Town(pbx)
    town.add(account())
    town.run(0.0005)  # the first REGISTER is on its way
    town.run(0.002)
    pbx.refusal = 403
    town.run(DAY_S)
    assert town.states[-1] is S.REFUSED
    assert len(town.requests("REGISTER")) <= 3


def test_a_server_without_a_password_for_us_is_told_apart_from_a_wrong_one() -> None:
    pbx = Server("192.0.2.10")
    town = Town(pbx)
    town.add(account(credentials=None))
    town.run(10)
    refused = town.told(RegistrationChanged)[-1]
    assert (refused.state, refused.reason) == (S.REFUSED, "the account has no password")


def test_a_refresh_that_is_challenged_anew_is_answered() -> None:
    """The server was started anew and has forgotten its nonces (baresip #786)."""
    pbx = Server("192.0.2.10")
    town = registered(pbx)
    pbx.restart()
    town.run(300)
    assert town.states == [S.REGISTERING, S.REGISTERED]
    assert pbx.bound(town.now)


def test_a_register_that_times_out_closes_its_connection() -> None:
    """A dead connection is never used for the next try (pjproject #5033, baresip #390)."""
    pbx = Server("192.0.2.10")
    town = registered(pbx, transport=Transport.TCP)
    (first,) = town.connections.values()
    pbx.link = Link.SILENT
    town.run(265)
    assert [flow.remote for flow in town.closed] == [pbx.address]
    pbx.link = Link.UP
    town.run(30)
    assert town.states[-2:] == [S.WAITING, S.REGISTERED]
    assert [*town.connections.values()] != [first]


def test_retries_back_off_with_jitter_and_a_bound() -> None:
    """RFC 5626 §4.5."""
    pbx = Server("192.0.2.10", link=Link.DOWN)
    town = Town(pbx)
    town.add(account())
    town.run(4 * 3600)
    gaps = between(moments(town))
    assert 2.5 <= gaps[0] <= 5.1
    assert 20 <= gaps[3] <= 41
    assert all(150 <= gap <= 301 for gap in gaps[7:])
    assert len({round(gap) for gap in gaps[7:]}) > 10
    assert set(town.states) == {S.REGISTERING, S.WAITING}
    assert town.told(RegistrationChanged)[-1].code == 503


def test_it_comes_back_by_itself_when_the_server_does() -> None:
    pbx = Server("192.0.2.10", link=Link.DOWN)
    town = Town(pbx)
    town.add(account())
    town.run(3600)
    pbx.link = Link.UP
    town.run(301)
    assert town.states[-1] is S.REGISTERED


def test_a_server_that_asks_for_time_gets_it() -> None:
    """§21.5.4: 503 with Retry-After."""
    pbx = Server("192.0.2.10", refusal=503, refusal_fields=(("Retry-After", "120"),))
    town = Town(pbx)
    town.add(account())
    town.run(119)
    assert len(town.requests("REGISTER")) == 1
    pbx.refusal = 0
    town.run(3)
    assert town.states[-1] is S.REGISTERED


@pytest.mark.parametrize("stood_s", [1, 100])
def test_a_lost_connection_is_made_good_at_once(stood_s: float) -> None:
    pbx = Server("192.0.2.10")
    town = registered(pbx, transport=Transport.TCP)
    town.run(stood_s)
    town.break_connection(pbx)
    town.run(0.1)
    assert len(pbx.received("REGISTER")) == 3
    assert town.states == [S.REGISTERING, S.REGISTERED]


def test_a_connection_that_breaks_under_a_refresh_is_no_failure_of_the_server() -> None:
    """It may have been dead for long; the server itself takes another."""
    pbx = Server("192.0.2.10")
    town = registered(pbx, transport=Transport.TCP)
    pbx.link = Link.SILENT
    while len(town.requests("REGISTER")) < 3:
        town.run(1)
    pbx.link = Link.UP
    town.break_connection(pbx)
    town.run(0.1)
    assert pbx.bound(town.now)
    assert town.states == [S.REGISTERING, S.REGISTERED]


def test_a_server_that_closes_each_connection_is_not_hammered() -> None:
    pbx = Server("192.0.2.10", challenges=False)
    town = registered(pbx, transport=Transport.TCP)
    start = town.now
    while town.now < start + 3600:
        if town.connections:
            town.break_connection(pbx)
        town.run(0.5)
    assert len(town.requests("REGISTER")) < 2 * 60 + 10, "twice a minute, in the end"


def test_a_change_of_the_network_registers_anew_with_the_new_address() -> None:
    """B8; the Contact that no longer leads anywhere is removed in the same breath."""
    pbx = Server("192.0.2.10")
    town = registered(pbx)
    town.run(5)
    town.here = Address("192.0.2.77", 5060)
    town.do(town.agent.network_changed(town.now))
    town.run(0.1)
    (contact,) = pbx.bound(town.now)
    assert "192.0.2.77" in contact
    assert town.states == [S.REGISTERING, S.REGISTERED]


def test_after_a_change_of_the_network_an_old_connection_is_not_used() -> None:
    pbx = Server("192.0.2.10")
    town = registered(pbx, transport=Transport.TCP)
    (before,) = town.connections.values()
    town.do(town.agent.network_changed(town.now))
    town.run(0.5)
    assert [flow.connection for flow in town.closed] == [before]
    assert [*town.connections.values()] != [before]
    assert len(pbx.received("REGISTER")) == 3


def test_a_change_of_the_network_ends_the_wait_for_the_next_try() -> None:
    pbx = Server("192.0.2.10", link=Link.DOWN)
    town = Town(pbx)
    town.add(account())
    town.run(3600)
    pbx.link = Link.UP
    town.do(town.agent.network_changed(town.now))
    town.run(0.1)
    assert town.states[-1] is S.REGISTERED


def test_a_register_that_is_under_way_while_the_network_changes_does_not_hold_the_next() -> None:
    pbx = Server("192.0.2.10", link=Link.SILENT)
    town = Town(pbx)
    town.add(account(transport=Transport.TCP))
    town.run(3)
    pbx.link = Link.UP
    town.do(town.agent.network_changed(town.now))
    town.run(0.5)
    assert town.states == [S.REGISTERING, S.REGISTERED]


def test_after_a_long_sleep_it_registers_at_once() -> None:
    """The clock has gone on while nothing ran (baresip #2065)."""
    pbx = Server("192.0.2.10")
    town = registered(pbx)
    town.now += 8 * 3600
    assert not pbx.bound(town.now)
    town.run(0.1)
    assert pbx.bound(town.now)


# Leaving


def test_a_removed_account_is_unregistered() -> None:
    """§10.2.2: Expires 0, for our own Contact only."""
    pbx = Server("192.0.2.10")
    town = registered(pbx)
    town.do(town.agent.remove_account("door", town.now))
    town.run()
    assert pbx.bound(town.now) == []
    assert town.states == [S.REGISTERING, S.REGISTERED, S.UNREGISTERING, S.UNREGISTERED]
    town.run(DAY_S)
    assert town.agent.remembered == 0
    assert town.requests("REGISTER")[-1].expires == 0


def test_an_account_that_nobody_answered_for_is_soon_forgotten() -> None:
    pbx = Server("192.0.2.10", link=Link.SILENT)
    town = Town(pbx)
    town.add(account())
    town.run(1)
    town.do(town.agent.remove_account("door", town.now))
    town.run(100)
    assert town.states[-1] is S.UNREGISTERED
    assert town.agent.remembered == 0


def test_other_settings_of_an_account_never_leave_it_unregistered() -> None:
    """The old Contact goes, the new one stays, whichever REGISTER is first."""
    pbx = Server("192.0.2.10")
    town = registered(pbx)
    town.add(account(display_name="Front door"))
    town.run()
    assert len(pbx.bound(town.now)) == 1
    assert town.states[-1] is S.REGISTERED or town.states[-2:] == [S.REGISTERED, S.UNREGISTERED]
    town.run(1000)
    assert pbx.bound(town.now)


def test_accounts_do_not_concern_one_another() -> None:
    """A wrong password, a dead server and a good one, side by side."""
    good, dead, strict = (
        Server("192.0.2.10"),
        Server("192.0.2.11", link=Link.DOWN),
        Server("192.0.2.12"),
    )
    town = Town(good, dead, strict)
    town.add(account("sip:192.0.2.12", id="wrong", credentials=Credentials("door", "x")))
    town.add(account("sip:192.0.2.11", id="dead"))
    town.add(account("sip:192.0.2.10", id="good"))
    town.run(700)
    last = {event.account: event.state for event in town.told(RegistrationChanged)}
    assert last == {"wrong": S.REFUSED, "dead": S.WAITING, "good": S.REGISTERED}
    assert good.bound(town.now)


def test_service_routes_and_path_are_understood() -> None:
    """RFC 3327 §5.1, RFC 3608 §6.1: calls go by what the registrar named, REGISTER does not."""
    pbx = Server("192.0.2.10", extra=(("Service-Route", "<sip:192.0.2.10:5060;lr;x=1>"),))
    town = registered(pbx)
    assert "path" in town.requests("REGISTER")[0].supported
    town.call("sip:bob@192.0.2.10")
    (invite,) = town.requests("INVITE")
    assert unfolded(invite.headers, "Route") == "<sip:192.0.2.10:5060;lr;x=1>"
    town.run(300)
    assert "Route" not in town.requests("REGISTER")[-1].headers


def test_a_service_route_that_is_our_proxy_is_passed_once() -> None:
    """RFC 3608 §6.1: the registrar may name the way that we take already."""
    edge = Server("192.0.2.20", extra=(("Service-Route", "<sip:192.0.2.20;lr>, <sip:in@x;lr>"),))
    town = registered(edge, proxies=(Proxy(uri=SipUri.parse("sip:192.0.2.20")),))
    town.call("sip:bob@192.0.2.10")
    (invite,) = town.requests("INVITE")
    assert invite.headers.get_all("Route") == ("<sip:192.0.2.20;lr>", "<sip:in@x;lr>")
