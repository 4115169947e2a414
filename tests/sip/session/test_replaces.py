"""Calls that take the place of others (RFC 3891 §3)."""

import pytest

from sip.session.events import Ended, IncomingCall, Party, SessionId
from sip.syntax.message import Request
from tests.sip.pair import ANSWER, OFFER
from tests.sip.scripted import Scripted, answer, codes, from_peer, in_call


def replacing(
    session: str, *, call_id: str = "call-1", tag: str = "peer-tag", more: str = ""
) -> Request:
    value = f"{call_id};to-tag={session};from-tag={tag}{more}"
    headers = [("Replaces", value), ("Require", "replaces")]
    return from_peer("INVITE", call_id="call-2", from_tag="new", headers=headers, body=OFFER)


def told_to_replace(script: Scripted) -> SessionId | None:
    return script.told(IncomingCall)[-1].replaces


def test_an_answered_call_is_replaced_when_the_new_one_is_accepted() -> None:
    script, session = in_call()
    assert codes(script.hears(replacing(session))) == [100]
    assert told_to_replace(script) == session
    new = script.told(IncomingCall)[-1].session
    accepted, bye = script.do(script.agent.accept(new, ANSWER, 0))
    assert codes([accepted, bye]) == [200, "BYE"]
    assert isinstance(bye, Request)
    assert (bye.call_id, bye.to.tag) == ("call-1", "peer-tag")
    script.hears(answer(bye, 200))
    assert [(each.session, each.by) for each in script.told(Ended)] == [(session, Party.LOCAL)]


def test_a_new_call_that_is_not_accepted_replaces_nothing() -> None:
    script, session = in_call()
    script.hears(replacing(session))
    new = script.told(IncomingCall)[-1].session
    assert codes(script.do(script.agent.reject(new, 486, 0))) == [486]
    assert [each.session for each in script.told(Ended)] == [new]


def test_a_call_of_ours_that_rings_is_cancelled() -> None:
    """An early dialog that we began."""
    script = Scripted()
    session, invite = script.calls()
    script.hears(answer(invite, 180))
    script.hears(replacing(session, call_id=invite.call_id, more=";early-only"))
    assert told_to_replace(script) == session
    new = script.told(IncomingCall)[-1].session
    accepted, cancel = script.do(script.agent.accept(new, ANSWER, 0))
    assert codes([accepted, cancel]) == [200, "CANCEL"]
    assert cancel.headers.get("Reason") == 'SIP;cause=200;text="Call completed elsewhere"'


@pytest.mark.parametrize(
    ("local_tag", "call_id", "remote_tag"),
    [("nobody", "call-1", "peer-tag"), ("", "another", "peer-tag"), ("", "call-1", "another")],
)
def test_what_names_no_call_of_ours_gets_481(local_tag: str, call_id: str, remote_tag: str) -> None:
    script, session = in_call()
    invite = replacing(local_tag or session, call_id=call_id, tag=remote_tag)
    assert codes(script.hears(invite)) == [481]
    assert len(script.told(IncomingCall)) == 1


def test_a_fork_that_never_rang_cannot_be_replaced() -> None:
    script = Scripted()
    session, invite = script.calls()
    script.hears(answer(invite, 180))
    assert codes(script.hears(replacing(session, call_id=invite.call_id, tag="x"))) == [481]


def test_a_call_to_us_that_rings_is_not_given_away() -> None:
    """An early dialog that we did not begin: 481."""
    script = Scripted()
    script.hears(from_peer("INVITE", body=OFFER))
    session = script.told(IncomingCall)[-1].session
    assert codes(script.hears(replacing(session))) == [481]


def test_an_answered_call_is_not_replaced_early_only() -> None:
    script, session = in_call()
    assert codes(script.hears(replacing(session, more=";early-only"))) == [486]


def test_a_call_that_is_ending_is_not_replaced() -> None:
    script, session = in_call()
    script.do(script.agent.hang_up(session, 0))
    assert codes(script.hears(replacing(session))) == [603]


def test_a_call_that_ended_before_the_new_one_is_accepted_is_left_alone() -> None:
    script, session = in_call()
    script.hears(replacing(session))
    new = script.told(IncomingCall)[-1].session
    script.hears(from_peer("BYE", to_tag=session, cseq=2))
    assert codes(script.do(script.agent.accept(new, ANSWER, 0))) == [200]


@pytest.mark.parametrize("value", ["call-1;to-tag=a", "", "call-1;to-tag=a;from-tag=b,c"])
def test_a_replaces_that_makes_no_sense_is_malformed(value: str) -> None:
    script, _ = in_call()
    invite = from_peer("INVITE", call_id="call-2", headers=[("Replaces", value)], body=OFFER)
    assert codes(script.hears(invite)) == [400]


def test_two_calls_cannot_be_replaced_by_one() -> None:
    """RFC 3891 §3: more than one Replaces is 400."""
    script, session = in_call()
    invite = replacing(session)
    doubled = invite.headers.with_added("Replaces", f"call-1;to-tag={session};from-tag=peer-tag")
    assert codes(script.hears(Request("INVITE", invite.uri, doubled, OFFER))) == [400]
