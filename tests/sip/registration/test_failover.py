"""The secondary server stands in for the primary, and gives way to it again."""

from itertools import pairwise
from typing import Unpack

import pytest

from sip.account import RegistrationChanged, RegistrationState
from sip.authentication.credentials import Credentials
from sip.flow import Transport
from sip.session.events import Answered, Ended, Party
from sip.syntax.uri import SipUri
from tests.sip.town import Link, Server, Settings, Town, account

S = RegistrationState
FAILBACK_S = 30.0


def two(**changes: Unpack[Settings]) -> tuple[Town, Server, Server]:
    """A town with a primary and a secondary server, and the account registered with the first."""
    primary, secondary = Server("192.0.2.10"), Server("192.0.2.11")
    town = Town(primary, secondary)
    settings: Settings = {
        "secondary_server": SipUri.parse("sip:192.0.2.11"),
        "seconds_until_failback": FAILBACK_S,
        **changes,
    }
    town.add(account(**settings))
    town.run(1)
    assert town.states == [S.REGISTERING, S.REGISTERED]
    assert secondary.requests == []
    return town, primary, secondary


def until(town: Town, state: S, longest: float) -> float:
    """How long it takes until a state is told."""
    start, seen = town.now, len(town.states)
    while state not in town.states[seen:]:
        assert town.now - start < longest, f"{state} was not told within {longest} s"
        town.run(0.1)
    return town.now - start


def failed_over(link: Link = Link.DOWN, **changes: Unpack[Settings]) -> tuple[Town, Server, Server]:
    """The same once the primary has failed and the secondary serves."""
    town, primary, secondary = two(**changes)
    primary.link = link
    primary.bindings.clear()
    town.do(town.agent.network_changed(town.now))
    until(town, S.SECONDARY, 40)
    return town, primary, secondary


def test_a_dead_primary_is_replaced_as_soon_as_it_is_noticed() -> None:
    """The network says at once that nobody is there."""
    town, primary, secondary = two()
    primary.link = Link.DOWN
    town.run(0.001)
    town.do(town.agent.network_changed(town.now))
    assert until(town, S.SECONDARY, 5) < 1
    assert len(secondary.bound(town.now)) == 1
    assert town.told(RegistrationChanged)[-1].server == "sip:192.0.2.11"


@pytest.mark.parametrize(("retransmissions", "longest"), [(0, 1), (3, 8), (10, 33)])
def test_a_silent_primary_is_replaced_when_patience_ends(
    retransmissions: int, longest: float
) -> None:
    """`max_retransmissions` bounds the tries."""
    town, primary, _ = two(max_retransmissions=retransmissions)
    primary.link = Link.SILENT
    town.do(town.agent.network_changed(town.now))
    assert until(town, S.SECONDARY, 40) < longest
    copies = [at for at, _ in town.sent if at > 1001][: retransmissions + 1]
    assert len(copies) == retransmissions + 1


def test_a_server_that_cannot_now_is_replaced() -> None:
    town, primary, _ = two()
    primary.refusal = 500
    town.run(231)
    assert town.states[-1] is S.SECONDARY


@pytest.mark.parametrize("link", [Link.DOWN, Link.SILENT])
def test_it_fails_back_within_the_setting_and_two_seconds(link: Link) -> None:
    """Wherever in its turn of tries the primary comes back."""
    for came_back_s in (0.0, 7.0, 31.0, 45.0, 60.0, 100.0):
        town, primary, secondary = failed_over(link)
        town.run(came_back_s)
        primary.link = Link.UP
        assert until(town, S.REGISTERED, 60) <= FAILBACK_S + 2
        town.run(0.1)
        assert len(primary.bound(town.now)) == 1
        assert secondary.bound(town.now) == [], "none doubled"


def test_there_is_always_a_registration_while_it_fails_back() -> None:
    """The secondary is given up after the primary has taken us, never before."""
    town, primary, secondary = failed_over()
    primary.link = Link.UP
    while not primary.bound(town.now):
        assert secondary.bound(town.now)
        town.run(0.0005)


def test_the_secondary_is_refreshed_while_the_primary_is_tried() -> None:
    town, _, secondary = failed_over(Link.SILENT)
    tries_before = len(town.requests("REGISTER"))
    for _ in range(400):
        town.run(3)
        assert len(secondary.bound(town.now)) == 1
    assert town.states[-1] is S.SECONDARY
    assert len(town.requests("REGISTER")) > tries_before


def test_the_primary_is_not_asked_more_often_than_the_setting_says() -> None:
    town, primary, _ = failed_over()
    town.run(1000)
    tries = [at for at, send in town.sent if send.flow.remote == primary.address][2:]
    assert all(later - before >= FAILBACK_S - 0.01 for before, later in pairwise(tries))
    assert 30 <= len(tries) <= 40


def test_each_server_has_a_contact_of_its_own() -> None:
    """Giving one up leaves the other alone, even where both share their data."""
    town, primary, secondary = failed_over()
    secondary.bindings = primary.bindings  # one database
    primary.link = Link.UP
    until(town, S.REGISTERED, 60)
    town.run(1)
    assert len(primary.bound(town.now)) == 1
    ids = {c.parameters.get("reg-id") for r in town.requests("REGISTER") for c in r.contacts}
    assert ids == {"1", "2", None}


def test_when_both_fail_both_are_tried_again() -> None:
    town, primary, secondary = failed_over()
    secondary.link = Link.DOWN
    until(town, S.WAITING, 400)
    secondary.link = Link.UP
    until(town, S.SECONDARY, 60)
    primary.link = Link.UP
    until(town, S.REGISTERED, 60)


def test_when_the_secondary_fails_the_primary_is_tried_at_once() -> None:
    """Whatever the primary did when it was tried last."""
    town, primary, secondary = failed_over(seconds_until_failback=100.0)
    town.run(101)
    primary.link, secondary.link = Link.UP, Link.DOWN
    town.do(town.agent.flow_failed(town.kept_alive[-1][1], town.now))
    until(town, S.REGISTERED, 1)
    assert S.WAITING not in town.states


def test_a_try_of_the_primary_that_is_under_way_is_waited_for() -> None:
    """When the secondary fails meanwhile, one more would be no faster."""
    town, primary, secondary = failed_over(Link.SILENT)
    town.run(FAILBACK_S + 1)
    branch, heard = town.requests("REGISTER")[-1].top_via.branch, len(primary.requests)
    secondary.link = Link.DOWN
    town.do(town.agent.flow_failed(town.kept_alive[-1][1], town.now))
    town.run(0.1)
    primary.link = Link.UP
    assert until(town, S.REGISTERED, 5) < 5
    assert S.WAITING not in town.states
    assert primary.requests[heard][1].top_via.branch == branch


def test_a_primary_that_refuses_us_is_left_alone_and_the_secondary_kept() -> None:
    town, primary, secondary = failed_over()
    primary.link, primary.passwords["door"] = Link.UP, "changed"
    primary.restart()
    town.run(86400)
    assert town.states[-1] is S.SECONDARY
    assert len(primary.received("REGISTER")) <= 2 + 3
    assert secondary.bound(town.now)


def test_a_wrong_password_is_not_tried_on_the_secondary() -> None:
    primary, secondary = Server("192.0.2.10"), Server("192.0.2.11")
    town = Town(primary, secondary)
    wrong = Credentials("door", "wrong")
    town.add(account(secondary_server=SipUri.parse("sip:192.0.2.11"), credentials=wrong))
    town.run(1000)
    assert town.states == [S.REGISTERING, S.REFUSED]
    assert secondary.requests == []


def test_on_the_end_both_are_unregistered() -> None:
    """Also while the primary is being tried."""
    town, _, secondary = failed_over(Link.SILENT)
    town.run(FAILBACK_S + 1)
    town.do(town.agent.remove_account("door", town.now))
    town.run(0.1)
    assert secondary.bound(town.now) == []
    town.run(100)
    assert town.states[-1] is S.UNREGISTERED
    assert town.agent.remembered == 0


def test_calls_go_by_the_server_that_serves() -> None:
    town, primary, secondary = failed_over()
    town.call("sip:bob@192.0.2.10")
    town.run(0.1)
    assert {str(invite.uri) for invite in secondary.received("INVITE")} == {"sip:bob@192.0.2.11"}
    assert primary.received("INVITE") == []
    assert town.told(Answered)


def test_a_call_that_nobody_answers_for_shows_that_the_server_is_gone() -> None:
    """Long before the registration would have to be refreshed; the call itself goes on."""
    town, primary, _ = two(max_retransmissions=2, register_interval_s=3600)
    primary.link = Link.SILENT
    town.call("sip:bob@192.0.2.10")
    assert until(town, S.SECONDARY, 20) < 10
    assert town.told(Answered)
    assert town.told(Ended) == []


@pytest.mark.parametrize("transport", [Transport.UDP, Transport.TCP])
def test_a_call_survives_the_failover(transport: Transport) -> None:
    """Its dialog and its media need no registration; hanging up ends it in any case."""
    town, primary, _ = two(transport=transport)
    session = town.call("sip:bob@192.0.2.10")
    town.run(0.1)
    primary.link = Link.DOWN
    town.do(town.agent.network_changed(town.now))
    until(town, S.SECONDARY, 40)
    assert town.told(Ended) == []
    primary.link = Link.UP
    town.hang_up(session)
    town.run(1)
    assert [(e.by, e.code) for e in town.told(Ended)] == [(Party.LOCAL, 200)]
