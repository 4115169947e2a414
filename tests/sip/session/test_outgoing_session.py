"""A call of ours, until it is established (RFC 3261 §13.2)."""

import pytest

from sip.errors import IllegalStep
from sip.session.capabilities import METHODS
from sip.session.events import Answered, Ended, Party, Progress
from sip.syntax.message import Request
from tests.sip.pair import ANSWER, OFFER, Pair, losing
from tests.sip.scripted import Scripted, answer, codes, from_peer, only


def test_our_invite_says_who_we_are_and_what_we_can_do() -> None:
    """RFC 3261 §8.1.1, §13.2.1."""
    script = Scripted()
    session, invite = script.calls(headers=[("Subject", "fire drill")])
    assert invite.from_.tag == session
    assert invite.to.tag == ""
    assert invite.max_forwards == 70
    assert invite.top_via.has_unique_branch
    assert "rport" in invite.top_via.parameters
    assert str(invite.contacts[0]) == "<sip:speaker@192.0.2.2:5060>"
    assert invite.allow == METHODS
    assert invite.supported == ("100rel", "replaces", "norefersub")
    assert invite.headers.get("User-Agent") == "intercom-speaker"
    assert invite.headers.get("Subject") == "fire drill"
    assert invite.headers.get("Content-Type") == "application/sdp"
    assert invite.body == OFFER


def test_a_loose_route_decides_where_the_invite_goes() -> None:
    """RFC 3261 §8.1.2."""
    script = Scripted()
    script.calls("sip:peer@example.org", headers=[("Route", "<sip:192.0.2.9:5070;lr>")])
    assert script.sends[-1].flow.remote == ("192.0.2.9", 5070)


def test_progress_and_the_answer_are_told() -> None:
    script = Scripted()
    session, invite = script.calls()
    script.hears(answer(invite, 100, tag=""))
    script.hears(answer(invite, 180))
    script.hears(answer(invite, 183, body=ANSWER))
    ack = only(script.hears(answer(invite, 200, body=ANSWER)))
    assert isinstance(ack, Request)
    assert ack.method == "ACK"
    assert (ack.cseq.number, ack.call_id) == (invite.cseq.number, invite.call_id)
    assert ack.top_via.branch != invite.top_via.branch, "a transaction of its own (§13.2.2.4)"
    assert script.events == [
        Progress(session, 180, b""),
        Progress(session, 183, ANSWER),
        Answered(session, ANSWER),
    ]


def test_a_2xx_that_leaves_the_early_answer_out_means_that_one() -> None:
    """RFC 3261 §13.2.1 wants it repeated; not all do."""
    script = Scripted()
    session, invite = script.calls()
    script.hears(answer(invite, 183, body=ANSWER))
    script.hears(answer(invite, 200))
    assert script.told(Answered) == [Answered(session, ANSWER)]


def test_each_copy_of_the_2xx_gets_the_same_ack_again() -> None:
    """RFC 3261 §13.2.2.4."""
    script = Scripted()
    _, invite = script.calls()
    first = script.hears(answer(invite, 200, body=ANSWER))
    again = script.hears(answer(invite, 200, body=ANSWER))
    assert again == first
    assert len(script.told(Answered)) == 1


def test_a_copy_of_the_2xx_is_acknowledged_even_after_the_call() -> None:
    script = Scripted()
    session, invite = script.calls()
    script.hears(answer(invite, 200, body=ANSWER))
    bye = only(script.do(script.agent.hang_up(session, 0)))
    script.hears(answer(bye, 200))
    assert codes(script.hears(answer(invite, 200, body=ANSWER))) == ["ACK"]
    script.waits(33)
    assert script.agent.remembered == 0


def test_a_flood_of_copies_of_the_2xx_leaves_nothing_behind() -> None:
    script = Scripted()
    _, invite = script.calls()
    script.hears(answer(invite, 200, body=ANSWER))
    before = script.agent.remembered
    for _ in range(100):
        script.hears(answer(invite, 200, body=ANSWER))
    assert script.agent.remembered == before


def test_the_first_2xx_wins_and_another_forks_gets_an_ack_and_a_bye() -> None:
    """RFC 3261 §13.2.2.4."""
    script = Scripted()
    session, invite = script.calls()
    for tag in ("one", "two"):
        script.hears(answer(invite, 180, tag=tag, contact=f"<sip:{tag}@192.0.2.1>"))
    script.hears(answer(invite, 200, tag="two", contact="<sip:two@192.0.2.1>", body=ANSWER))
    late = script.hears(answer(invite, 200, tag="one", contact="<sip:one@192.0.2.1>"))
    assert codes(late) == ["ACK", "BYE"]
    assert all(isinstance(each, Request) and str(each.uri) == "sip:one@192.0.2.1" for each in late)
    assert {each.to.tag for each in late} == {"one"}
    assert codes(script.hears(answer(invite, 200, tag="one"))) == ["ACK"]
    assert codes(script.do(script.agent.hang_up(session, 0))) == ["BYE"]
    assert len(script.told(Answered)) == 1


def test_the_forks_that_are_told_apart_are_limited() -> None:
    script = Scripted()
    _, invite = script.calls()
    script.hears(answer(invite, 200, tag="first", body=ANSWER))
    sent = [script.hears(answer(invite, 200, tag=f"fork{n}")) for n in range(100)]
    assert sum(bool(each) for each in sent) == 15


def test_a_refusal_ends_the_call() -> None:
    script = Scripted()
    session, invite = script.calls()
    assert codes(script.hears(answer(invite, 486))) == ["ACK"]
    assert script.told(Ended) == [Ended(session, Party.REMOTE, 486, "Busy Here")]


def test_silence_ends_the_call() -> None:
    """RFC 3261 §8.1.3.1: timer B counts as 408."""
    script = Scripted()
    session, _ = script.calls()
    script.waits(32.1)
    assert script.told(Ended) == [Ended(session, Party.NETWORK, 408, "Request Timeout")]
    assert script.agent.remembered == 0


def test_no_way_to_the_peer_ends_the_call() -> None:
    """RFC 3261 §8.1.3.1: a transport error counts as 503."""
    script = Scripted()
    session, _ = script.calls()
    script.do(script.agent.flow_failed(script.sends[-1].flow, 0))
    assert script.told(Ended) == [Ended(session, Party.NETWORK, 503, "Service Unavailable")]


def test_giving_up_waits_for_the_first_answer_before_it_cancels() -> None:
    """RFC 3261 §9.1."""
    script = Scripted()
    session, invite = script.calls()
    assert script.do(script.agent.hang_up(session, 0, reason="SIP;cause=200")) == []
    cancel = only(script.hears(answer(invite, 180)))
    assert codes([cancel]) == ["CANCEL"]
    assert cancel.headers.get("Reason") == "SIP;cause=200"
    script.hears(answer(cancel, 200))
    script.hears(answer(invite, 487))
    assert script.events == [Ended(session, Party.LOCAL, 487, "Request Terminated")]


def test_a_cancelled_call_whose_peer_falls_silent_ends_by_itself() -> None:
    """RFC 3261 §9.1: 64*T1 after the CANCEL."""
    script = Scripted()
    session, invite = script.calls()
    script.hears(answer(invite, 180))
    script.do(script.agent.hang_up(session, script.now))
    script.waits(32.1)
    assert script.told(Ended) == [Ended(session, Party.NETWORK, 408, "Request Timeout")]
    assert script.agent.remembered == 0


def test_a_2xx_that_crosses_the_cancel_gets_an_ack_and_a_bye() -> None:
    """RFC 3261 §9.1, RFC 5407 §3.1.2."""
    pair = Pair()
    pair.alice.call(pair.bob)
    pair.run()
    pair.bob.accept()
    pair.alice.hang_up()
    pair.run()
    assert pair.ladder[2:] == [
        "bob 200 INVITE",
        "alice CANCEL",
        "alice ACK",
        "alice BYE",
        "bob 200 CANCEL",
        "bob 200 BYE",
    ]
    assert [type(event).__name__ for event in pair.alice.events] == ["Ended"]
    assert pair.alice.told(Ended) == [Ended(pair.alice.session, Party.LOCAL, 200, "OK")]
    assert [each.by for each in pair.bob.told(Ended)] == [Party.REMOTE]


def test_a_peer_that_was_asked_to_offer_gets_our_answer_in_the_ack() -> None:
    """RFC 3261 §13.2.2.4."""
    script = Scripted()
    session, invite = script.calls(offer=b"")
    assert invite.body == b""
    accepted = answer(invite, 200, body=OFFER)
    assert script.hears(accepted) == []
    assert script.hears(accepted) == [], "no ACK before the application has answered"
    assert script.told(Answered) == [Answered(session, OFFER)]
    with pytest.raises(IllegalStep):
        script.agent.answer_offer(session, b"", 0)
    ack = only(script.do(script.agent.answer_offer(session, ANSWER, 0)))
    assert (codes([ack]), ack.body) == (["ACK"], ANSWER)
    assert script.hears(accepted) == [ack]


def test_an_offer_that_cannot_be_answered_is_acknowledged_and_hung_up() -> None:
    """RFC 3261 §13.2.2.4: nothing but an ACK and a BYE can refuse it."""
    script = Scripted()
    session, invite = script.calls(offer=b"")
    script.hears(answer(invite, 200, body=OFFER))
    with pytest.raises(IllegalStep):
        script.agent.refuse_offer(session, 488, 0)
    assert codes(script.do(script.agent.hang_up(session, 0))) == ["ACK", "BYE"]


def test_a_2xx_without_any_description_is_told_as_it_is() -> None:
    script = Scripted()
    session, invite = script.calls()
    script.hears(answer(invite, 200))
    assert script.told(Answered) == [Answered(session, b"")]


def test_a_2xx_whose_contact_makes_no_sense_is_acknowledged_where_the_invite_went() -> None:
    script = Scripted()
    session, invite = script.calls()
    broken = answer(invite, 200, contact="<<", headers=[("Record-Route", "<")], body=ANSWER)
    ack = only(script.hears(broken))
    assert isinstance(ack, Request)
    assert ack.uri == invite.uri
    assert script.told(Answered) == [Answered(session, ANSWER)]


def test_a_body_of_another_type_is_no_answer() -> None:
    script = Scripted()
    session, invite = script.calls()
    accepted = answer(invite, 200, headers=[("Content-Type", "text/plain")])
    script.hears(bytes(accepted).replace(b"Content-Length: 0\r\n\r\n", b"\r\nhello"))
    assert script.told(Answered) == [Answered(session, b"")]


def test_a_request_that_overtakes_the_2xx_is_asked_to_come_again() -> None:
    script = Scripted()
    session, invite = script.calls()
    info = from_peer("INFO", to_tag=session, call_id=invite.call_id, cseq=5)
    refusal = only(script.hears(info))
    assert codes([refusal]) == [500]
    assert refusal.headers.get("Retry-After") == "1"


def test_a_bye_of_a_peer_whose_2xx_never_came_ends_the_call() -> None:
    """It gave up on our ACK (RFC 3261 §13.3.1.4)."""
    pair = Pair(fate=losing("bob 200 INVITE"))
    pair.alice.call(pair.bob)
    pair.run()
    pair.bob.accept()
    pair.run(33)
    assert [type(event).__name__ for event in pair.alice.events] == ["Ended"]
    assert pair.alice.told(Ended)[0].by is Party.REMOTE
    pair.run_out()
    assert pair.alice.agent.remembered == pair.bob.agent.remembered == 0


def test_a_fork_that_leaves_before_the_answer_leaves_the_others() -> None:
    script = Scripted()
    session, invite = script.calls()
    for tag in ("one", "two"):
        script.hears(answer(invite, 180, tag=tag))
    bye = from_peer("BYE", to_tag=session, from_tag="one", call_id=invite.call_id)
    assert codes(script.hears(bye)) == [200]
    assert script.told(Ended) == []
    script.hears(answer(invite, 200, tag="two", body=ANSWER))
    assert script.told(Answered) == [Answered(session, ANSWER)]


def test_provisional_answers_after_giving_up_are_not_told() -> None:
    script = Scripted()
    session, invite = script.calls()
    script.do(script.agent.hang_up(session, 0))
    script.hears(answer(invite, 183, body=ANSWER))
    assert script.told(Progress) == []


def test_giving_up_twice_is_illegal() -> None:
    script = Scripted()
    session, _ = script.calls()
    script.do(script.agent.hang_up(session, 0))
    with pytest.raises(IllegalStep, match="cancelling"):
        script.agent.hang_up(session, 0)
