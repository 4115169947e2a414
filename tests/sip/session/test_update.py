"""Changes and refreshes by UPDATE (RFC 3311)."""

import pytest

from sip.session.events import (
    AnswerArrived,
    Ended,
    IncomingCall,
    OfferArrived,
    ReinviteRefused,
    SessionId,
)
from sip.syntax.message import Request, Response
from tests.sip.pair import ANSWER, OFFER, Pair
from tests.sip.scripted import Scripted, answer, codes, from_peer, in_call, only

CHANGED = b"v=0\r\no=alice 1 2 IN IP4 192.0.2.1\r\n"
AGREED = b"v=0\r\no=bob 1 2 IN IP4 192.0.2.2\r\n"


def update(
    session: SessionId, *, cseq: int = 2, body: bytes = CHANGED, contact: str = ""
) -> Request:
    headers = [("Contact", contact)] if contact else []
    return from_peer("UPDATE", to_tag=session, cseq=cseq, body=body, headers=headers)


def early(headers: list[tuple[str, str]] | None = None) -> tuple[Scripted, SessionId]:
    """A call that rings, with early media that the caller has acknowledged."""
    script = Scripted()
    fields = [("Supported", "100rel"), ("Allow", "INVITE, UPDATE"), *(headers or [])]
    script.hears(from_peer("INVITE", headers=fields, body=OFFER))
    session = script.told(IncomingCall)[-1].session
    (ringing,) = script.do(script.agent.ring(session, 0, early_media=ANSWER))
    rack = [("RAck", f"{ringing.headers.get('RSeq')} 1 INVITE")]
    script.hears(from_peer("PRACK", to_tag=session, cseq=2, headers=rack))
    return script, session


def test_an_offer_in_an_update_is_told_and_answered_in_its_2xx() -> None:
    """RFC 3311 §5.2."""
    script, session = in_call()
    assert script.hears(update(session)) == []
    assert script.told(OfferArrived) == [OfferArrived(session, CHANGED)]
    accepted = only(script.do(script.agent.answer_offer(session, AGREED, 0)))
    assert (codes([accepted]), accepted.body) == ([200], AGREED)
    assert "Contact" in accepted.headers


def test_an_update_without_an_offer_refreshes_the_target() -> None:
    """RFC 3311 §5.2; it is a target refresh request."""
    script, session = in_call()
    moved = update(session, body=b"", contact="<sip:elsewhere@192.0.2.7>")
    assert codes(script.hears(moved)) == [200]
    assert script.told(OfferArrived) == []
    bye = only(script.do(script.agent.hang_up(session, 0)))
    assert isinstance(bye, Request)
    assert str(bye.uri) == "sip:elsewhere@192.0.2.7"


def test_a_refused_update_moves_nothing() -> None:
    """RFC 3311 §5.2: 488, and the session goes on."""
    script, session = in_call()
    script.hears(update(session, contact="<sip:elsewhere@192.0.2.7>"))
    assert codes(script.do(script.agent.refuse_offer(session, 488, 0))) == [488]
    bye = only(script.do(script.agent.hang_up(session, 0)))
    assert isinstance(bye, Request)
    assert str(bye.uri) == "sip:peer@192.0.2.1"


def test_an_update_before_the_answer_is_told_too() -> None:
    """RFC 3311 §5.2: once the first description is agreed on."""
    script, session = early()
    script.hears(update(session, cseq=3))
    assert script.told(OfferArrived) == [OfferArrived(session, CHANGED)]
    assert codes(script.do(script.agent.answer_offer(session, AGREED, 0))) == [200]
    final = only(script.do(script.agent.accept(session, ANSWER, 0)))
    assert (codes([final]), final.body) == ([200], b"")


def test_a_2xx_waits_for_the_answer_to_an_update() -> None:
    script, session = early()
    script.hears(update(session, cseq=3))
    assert script.do(script.agent.accept(session, ANSWER, 0)) == []
    sent = script.do(script.agent.answer_offer(session, AGREED, 0))
    assert [each.headers.get("CSeq") for each in sent] == ["3 UPDATE", "1 INVITE"]


def test_an_offer_while_the_first_is_unanswered_comes_too_soon() -> None:
    """RFC 3311 §5.2: 500 with a Retry-After of up to ten seconds."""
    script = Scripted()
    script.hears(from_peer("INVITE", body=OFFER))
    session = script.told(IncomingCall)[-1].session
    refusal = only(script.hears(update(session)))
    assert codes([refusal]) == [500]
    assert 0 <= int(refusal.headers.get("Retry-After") or "-1") <= 10


def test_a_second_offer_before_the_first_is_answered_comes_too_soon() -> None:
    """RFC 3311 §5.2."""
    script, session = in_call()
    script.hears(update(session))
    assert codes(script.hears(update(session, cseq=3))) == [500]
    reinvite = from_peer("INVITE", to_tag=session, cseq=4, body=CHANGED)
    assert codes(script.hears(reinvite)) == [500]


def test_an_offer_that_crosses_ours_is_a_glare() -> None:
    """RFC 3311 §5.2: 491."""
    script, session = in_call()
    script.do(script.agent.reinvite(session, OFFER, 0))
    assert codes(script.hears(update(session))) == [491]


def test_our_update_is_tried_again_after_a_glare() -> None:
    """RFC 3311 §5.1: as a re-INVITE is."""
    script, session = early()
    first = only(script.do(script.agent.reinvite(session, OFFER, script.now)))
    assert codes([first]) == ["UPDATE"]
    script.hears(answer(first, 491, tag=""))
    again = script.waits(2.1)[0]
    assert (codes([again]), again.body) == (["UPDATE"], OFFER)
    script.hears(answer(again, 200, tag="", body=CHANGED))
    assert script.told(AnswerArrived) == [AnswerArrived(session, CHANGED)]


@pytest.mark.parametrize("code", [488, 481, 408])
def test_our_update_that_is_refused_before_the_answer_leaves_the_call_as_it_is(code: int) -> None:
    script, session = early()
    request = only(script.do(script.agent.reinvite(session, OFFER, script.now)))
    script.hears(answer(request, code, tag=""))
    assert [each.code for each in script.told(ReinviteRefused)] == [code]
    assert script.told(Ended) == []
    assert codes(script.do(script.agent.accept(session, ANSWER, 0))) == [200]


def test_an_unanswered_update_of_a_call_that_ends_is_answered() -> None:
    script, session = in_call()
    script.hears(update(session))
    assert codes(script.do(script.agent.hang_up(session, 0))) == [487, "BYE"]
    bye = script.sends[-1].message
    script.hears(answer(bye, 200))
    script.waits(33)
    assert script.agent.remembered == 0


def test_the_offer_in_an_update_of_a_call_that_was_refused_is_answered() -> None:
    script, session = early()
    script.hears(update(session, cseq=3))
    sent = script.do(script.agent.reject(session, 486, 0))
    assert codes(sent) == [486, 487]


def test_a_call_is_changed_by_update_in_both_directions_before_it_is_answered() -> None:
    pair = Pair()
    pair.alice.call(pair.bob)
    pair.run()
    pair.bob.ring(ANSWER)
    pair.run()
    pair.alice.reinvite(CHANGED)
    pair.run()
    pair.bob.answer_offer(AGREED)
    pair.run()
    assert pair.alice.told(AnswerArrived) == [AnswerArrived(pair.alice.session, AGREED)]
    pair.bob.reinvite(ANSWER)
    pair.run()
    pair.alice.answer_offer(OFFER)
    pair.run()
    assert pair.bob.told(AnswerArrived) == [AnswerArrived(pair.bob.session, OFFER)]
    assert [step for step in pair.ladder if "UPDATE" in step] == [
        "alice UPDATE",
        "bob 200 UPDATE",
        "bob UPDATE",
        "alice 200 UPDATE",
    ]
    pair.bob.accept()
    pair.run()
    assert isinstance(pair.bob.sent("200 INVITE")[0], Response)
    pair.alice.hang_up()
    pair.run_out()
    assert pair.alice.agent.remembered == pair.bob.agent.remembered == 0
