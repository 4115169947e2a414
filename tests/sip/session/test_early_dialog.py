"""Provisional responses that are acknowledged, as the one who calls (RFC 3262 §4, §5)."""

import pytest

from sip.errors import IllegalStep
from sip.session.events import Answered, Ended, OfferArrived, Progress, SessionId
from sip.syntax.message import Request, Response
from tests.sip.pair import ANSWER, OFFER
from tests.sip.scripted import Scripted, answer, codes, from_peer, only

OTHER = b"v=0\r\no=carol 1 1 IN IP4 192.0.2.3\r\n"
CHANGED = b"v=0\r\no=bob 1 2 IN IP4 192.0.2.2\r\n"


def reliable(
    invite: Request, code: int, rseq: int, *, tag: str = "peer-tag", body: bytes = b""
) -> Response:
    headers = [("Require", "100rel"), ("RSeq", str(rseq)), ("Allow", "INVITE, PRACK, UPDATE")]
    contact = f"<sip:{tag}@192.0.2.1>"
    return answer(invite, code, tag=tag, contact=contact, headers=headers, body=body)


def pracked(request: Request | Response) -> str | None:
    assert isinstance(request, Request)
    assert request.method == "PRACK"
    return request.headers.get("RAck")


def with_early_media() -> tuple[Scripted, SessionId, Request]:
    script = Scripted()
    session, invite = script.calls()
    script.hears(reliable(invite, 183, 7, body=ANSWER))
    return script, session, invite


def test_a_reliable_response_gets_a_prack_within_its_early_dialog() -> None:
    """RFC 3262 §4, §7.2."""
    script = Scripted()
    session, invite = script.calls()
    prack = only(script.hears(reliable(invite, 180, 988789)))
    assert isinstance(prack, Request)
    assert pracked(prack) == "988789 1 INVITE"
    assert str(prack.uri) == "sip:peer-tag@192.0.2.1"
    assert (prack.to.tag, prack.cseq.number, prack.body) == ("peer-tag", 2, b"")
    script.hears(answer(prack, 200))
    assert script.told(Progress) == [Progress(session, 180, b"")]


def test_copies_and_what_came_too_early_get_no_prack() -> None:
    """RFC 3262 §4: in order, each once."""
    script = Scripted()
    _, invite = script.calls()
    script.hears(reliable(invite, 180, 1))
    assert script.hears(reliable(invite, 180, 1)) == [], "a copy"
    assert script.hears(reliable(invite, 183, 3, body=ANSWER)) == [], "2 is missing"
    assert pracked(only(script.hears(reliable(invite, 182, 2)))) == "2 1 INVITE"
    assert pracked(only(script.hears(reliable(invite, 183, 3, body=ANSWER)))) == "3 1 INVITE"
    assert [(each.code, each.body) for each in script.told(Progress)] == [
        (180, b""),
        (182, b""),
        (183, ANSWER),
    ]


def test_each_fork_gets_its_own_pracks() -> None:
    """RFC 3262 §4: the numbers of one fork say nothing of another's."""
    script = Scripted()
    _, invite = script.calls()
    for tag, rseq in (("one", 5), ("two", 5), ("one", 6), ("two", 900)):
        sent = script.hears(reliable(invite, 180, rseq, tag=tag))
        expected = [] if rseq == 900 else [f"{rseq} 1 INVITE"]
        assert [pracked(each) for each in sent] == expected
        assert all(isinstance(each, Request) and each.to.tag == tag for each in sent)


@pytest.mark.parametrize(
    "headers",
    [
        [("RSeq", "1")],
        [("Require", "100rel")],
        [("Require", "100rel"), ("RSeq", "x")],
        [("Require", "100rel"), ("RSeq", "0")],
    ],
)
def test_a_response_that_is_not_wholly_reliable_gets_no_prack(
    headers: list[tuple[str, str]],
) -> None:
    script = Scripted()
    session, invite = script.calls()
    assert script.hears(answer(invite, 180, headers=headers)) == []
    assert script.told(Progress) == [Progress(session, 180, b"")]


def test_the_answer_of_a_reliable_response_stands_whatever_the_2xx_says() -> None:
    """RFC 3261 §13.2.1: one answer to one offer, the first reliable one."""
    script, session, invite = with_early_media()
    ack = only(script.hears(answer(invite, 200, body=OTHER)))
    assert isinstance(ack, Request)
    assert (ack.method, ack.cseq.number) == ("ACK", 1)
    assert script.told(Answered) == [Answered(session, ANSWER)]


def test_requests_after_the_answer_count_on_from_the_pracks() -> None:
    """RFC 3261 §12.2.1.1: one count for one dialog."""
    script, session, invite = with_early_media()
    script.hears(answer(invite, 200))
    bye = only(script.do(script.agent.hang_up(session, 0)))
    assert isinstance(bye, Request)
    assert bye.cseq.number == 3


def test_the_fork_that_answers_has_its_own_early_answer() -> None:
    script = Scripted()
    session, invite = script.calls()
    script.hears(reliable(invite, 183, 1, tag="one", body=ANSWER))
    script.hears(reliable(invite, 183, 1, tag="two", body=OTHER))
    script.hears(answer(invite, 200, tag="two"))
    assert script.told(Answered) == [Answered(session, OTHER)]


def test_the_route_is_taken_anew_from_the_2xx() -> None:
    """RFC 3261 §13.2.2.4."""
    script, _, invite = with_early_media()
    routed = [("Record-Route", "<sip:192.0.2.9;lr>")]
    ack = only(script.hears(answer(invite, 200, headers=routed)))
    assert ack.headers.get("Route") == "<sip:192.0.2.9;lr>"


def test_an_offer_in_a_reliable_response_is_answered_by_the_prack() -> None:
    """RFC 3262 §5, for an INVITE of ours without an offer."""
    script = Scripted()
    session, invite = script.calls(offer=b"")
    assert script.hears(reliable(invite, 183, 1, body=OFFER)) == []
    assert script.told(OfferArrived) == [OfferArrived(session, OFFER)]
    assert script.hears(reliable(invite, 183, 1, body=OFFER)) == [], "a copy is no second offer"
    with pytest.raises(IllegalStep):
        script.agent.refuse_offer(session, 488, 0)
    with pytest.raises(IllegalStep):
        script.agent.answer_offer(session, b"", 0)
    prack = only(script.do(script.agent.answer_offer(session, ANSWER, 0)))
    assert (pracked(prack), prack.body) == ("1 1 INVITE", ANSWER)
    assert codes(script.hears(answer(invite, 200))) == ["ACK"]
    assert script.told(Answered) == [Answered(session, b"")]


def test_giving_up_during_early_media_leaves_nothing_behind() -> None:
    script, session, invite = with_early_media()
    cancel = only(script.do(script.agent.hang_up(session, 0)))
    assert codes([cancel]) == ["CANCEL"]
    script.hears(answer(cancel, 200))
    script.hears(answer(invite, 487))
    assert [each.code for each in script.told(Ended)] == [487]
    script.waits(140)
    assert script.agent.remembered == 0


def test_an_update_of_a_ringing_fork_is_told_and_answered() -> None:
    """RFC 3311 §5.2: before the answer, and the 2xx that follows changes nothing."""
    script, session, invite = with_early_media()
    update = from_peer("UPDATE", to_tag=session, call_id=invite.call_id, cseq=1, body=CHANGED)
    assert script.hears(update) == []
    assert script.told(OfferArrived) == [OfferArrived(session, CHANGED)]
    accepted = only(script.do(script.agent.answer_offer(session, OFFER, 0)))
    assert (codes([accepted]), accepted.body) == ([200], OFFER)
    script.hears(answer(invite, 200))
    assert script.told(Answered) == [Answered(session, b"")], "what was agreed last stands"


def test_a_change_before_the_answer_goes_out_as_an_update() -> None:
    """RFC 3311 §5.1."""
    script, session, _ = with_early_media()
    update = only(script.do(script.agent.reinvite(session, OTHER, 0)))
    assert (codes([update]), update.body) == (["UPDATE"], OTHER)
    assert isinstance(update, Request)
    assert (update.to.tag, update.cseq.number) == ("peer-tag", 3)


def test_a_change_before_the_answer_needs_one_phone_that_has_agreed() -> None:
    """RFC 3311 §5.1."""
    script = Scripted()
    session, invite = script.calls()
    with pytest.raises(IllegalStep, match="0 phones"):
        script.agent.reinvite(session, OTHER, 0)
    script.hears(reliable(invite, 180, 1, tag="one"))
    with pytest.raises(IllegalStep):
        script.agent.reinvite(session, OTHER, 0)
    script.hears(reliable(invite, 183, 2, tag="one", body=ANSWER))
    script.hears(reliable(invite, 183, 1, tag="two", body=OTHER))
    with pytest.raises(IllegalStep, match="2 phones"):
        script.agent.reinvite(session, OTHER, 0)
