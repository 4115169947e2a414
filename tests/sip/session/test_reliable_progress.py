"""Provisional responses that are acknowledged, as the one who is called (RFC 3262 §3, §5)."""

import pytest

from sip.errors import IllegalStep
from sip.session.events import (
    AnswerArrived,
    Ended,
    Established,
    IncomingCall,
    OfferArrived,
    Party,
    SessionId,
)
from sip.syntax.message import Request, Response
from tests.sip.pair import ANSWER, OFFER, Pair, losing
from tests.sip.scripted import Scripted, codes, from_peer, only

REQUIRED = [("Require", "100rel")]
SUPPORTED = [("Supported", "timer, 100rel")]
CHANGED = b"v=0\r\no=alice 1 2 IN IP4 192.0.2.1\r\n"
AGREED = b"v=0\r\no=bob 1 2 IN IP4 192.0.2.2\r\n"


def called(headers: list[tuple[str, str]], body: bytes = OFFER) -> tuple[Scripted, SessionId]:
    script = Scripted()
    script.hears(from_peer("INVITE", headers=headers, body=body))
    return script, script.told(IncomingCall)[-1].session


def rung(
    headers: list[tuple[str, str]], early_media: bytes = b"", body: bytes = OFFER
) -> tuple[Scripted, SessionId, Response]:
    script, session = called(headers, body)
    (response,) = script.do(script.agent.ring(session, script.now, early_media=early_media))
    assert isinstance(response, Response)
    return script, session, response


def prack(session: SessionId, response: Response, *, cseq: int = 2, body: bytes = b"") -> Request:
    rack = [("RAck", f"{response.headers.get('RSeq')} 1 INVITE")]
    return from_peer("PRACK", to_tag=session, cseq=cseq, headers=rack, body=body)


def is_reliable(response: Response) -> bool:
    return response.require == ("100rel",) and bool(response.rseq)


@pytest.mark.parametrize(
    ("headers", "early_media", "reliable"),
    [
        ([], b"", False),
        ([], ANSWER, False),
        (SUPPORTED, b"", False),
        (SUPPORTED, ANSWER, True),
        (REQUIRED, b"", True),
        (REQUIRED, ANSWER, True),
    ],
)
def test_ringing_is_reliable_where_it_must_be_and_early_media_where_it_can(
    headers: list[tuple[str, str]], early_media: bytes, reliable: bool
) -> None:
    """RFC 3262 §3."""
    _, _, response = rung(headers, early_media)
    assert response.code == (183 if early_media else 180)
    assert response.body == early_media
    assert is_reliable(response) == reliable
    assert "Contact" in response.headers


def test_a_reliable_response_is_repeated_with_doubling_gaps_until_its_prack() -> None:
    """RFC 3262 §3: no cap of the gaps."""
    script, session, response = rung(REQUIRED)
    assert script.waits(0.49) == []
    assert script.waits(0.02) == [response]
    assert script.waits(1.0) == [response]
    assert script.waits(2.0) == [response]
    assert codes(script.hears(prack(session, response))) == [200]
    assert script.waits(20.0) == []


def test_a_call_whose_prack_never_comes_is_refused() -> None:
    """RFC 3262 §3: a 5xx after 64*T1."""
    script, session, _ = rung(REQUIRED)
    script.waits(31.9)
    assert codes(script.waits(0.2)) == [504]
    assert script.told(Ended) == [Ended(session, Party.NETWORK, 504, "No PRACK")]
    script.hears(from_peer("ACK", branch="INVITE-1-call-1-", to_tag=session))
    script.waits(33)
    assert script.agent.remembered == 0


@pytest.mark.parametrize(
    "rack", ["1 1 INVITE", "{next} 1 INVITE", "{rseq} 2 INVITE", "{rseq} 1 BYE"]
)
def test_a_prack_for_something_else_gets_481(rack: str) -> None:
    """RFC 3262 §3."""
    script, session, response = rung(REQUIRED)
    rseq = response.rseq or 0
    wrong = [("RAck", rack.format(rseq=rseq, next=rseq + 1))]
    request = from_peer("PRACK", to_tag=session, cseq=2, headers=wrong)
    assert codes(script.hears(request)) == [481]
    assert codes(script.waits(0.6)) == [180], "goes on being repeated"


@pytest.mark.parametrize("headers", [[], [("RAck", "one two three")]])
def test_a_prack_that_names_nothing_is_malformed(headers: list[tuple[str, str]]) -> None:
    script, session, _ = rung(REQUIRED)
    request = from_peer("PRACK", to_tag=session, cseq=2, headers=headers)
    assert codes(script.hears(request)) == [400]


def test_a_second_prack_for_the_same_response_gets_481() -> None:
    script, session, response = rung(REQUIRED)
    script.hears(prack(session, response))
    assert codes(script.hears(prack(session, response, cseq=3))) == [481]


def test_the_next_reliable_response_waits_for_the_prack_and_counts_on() -> None:
    """RFC 3262 §3: RSeq grows by one, and the first must be acknowledged before the second."""
    script, session, first = rung(REQUIRED)
    assert script.do(script.agent.ring(session, 0, early_media=ANSWER)) == []
    accepted, second = script.hears(prack(session, first))
    assert isinstance(second, Response)
    assert (codes([accepted]), second.code, second.body) == ([200], 183, ANSWER)
    assert second.rseq == (first.rseq or 0) + 1


def test_a_2xx_waits_until_a_description_is_acknowledged_and_does_not_repeat_it() -> None:
    """RFC 3262 §3 and RFC 3261 §13.2.1."""
    script, session, response = rung(SUPPORTED, ANSWER)
    assert script.do(script.agent.accept(session, ANSWER, 0)) == []
    with pytest.raises(IllegalStep):
        script.agent.accept(session, ANSWER, 0)
    accepted, final = script.hears(prack(session, response))
    assert (codes([accepted, final]), final.body) == ([200, 200], b"")
    assert final.headers.get("CSeq") == "1 INVITE"
    script.hears(from_peer("ACK", to_tag=session))
    assert script.told(Established) == [Established(session, b"")]


def test_a_2xx_does_not_wait_for_the_prack_of_plain_ringing() -> None:
    """RFC 3262 §3: but a PRACK that comes late is answered, and nothing is repeated."""
    script, session, response = rung(REQUIRED)
    final = only(script.do(script.agent.accept(session, ANSWER, 0)))
    assert (codes([final]), final.body) == ([200], ANSWER)
    assert codes(script.hears(prack(session, response))) == [200]
    script.hears(from_peer("ACK", to_tag=session))
    assert script.waits(30) == []


@pytest.mark.parametrize("promised", [False, True])
def test_a_cancelled_call_forgets_what_it_waited_for(promised: bool) -> None:
    script, session, _ = rung(SUPPORTED, ANSWER)
    if promised:
        script.do(script.agent.accept(session, ANSWER, 0))
    cancel = from_peer("CANCEL", branch="INVITE-1-call-1-")
    assert codes(script.hears(cancel)) == [200, 487]
    script.hears(from_peer("ACK", branch="INVITE-1-call-1-", to_tag=session))
    script.waits(33)
    assert script.agent.remembered == 0


def test_hanging_up_a_promised_call_refuses_it() -> None:
    script, session, _ = rung(SUPPORTED, ANSWER)
    script.do(script.agent.accept(session, ANSWER, 0))
    assert codes(script.do(script.agent.hang_up(session, 0))) == [480]
    assert [each.by for each in script.told(Ended)] == [Party.LOCAL]


def test_an_offer_in_a_prack_is_answered_in_its_2xx() -> None:
    """RFC 3262 §5; the call can be accepted only after that."""
    script, session, response = rung(SUPPORTED, ANSWER)
    assert script.hears(prack(session, response, body=CHANGED)) == []
    assert script.told(OfferArrived) == [OfferArrived(session, CHANGED)]
    assert script.do(script.agent.accept(session, ANSWER, 0)) == []
    accepted, final = script.do(script.agent.answer_offer(session, AGREED, 0))
    assert (accepted.headers.get("CSeq"), accepted.body) == ("2 PRACK", AGREED)
    assert (final.headers.get("CSeq"), final.body) == ("1 INVITE", b"")


def test_our_offer_in_a_reliable_response_is_answered_by_the_prack() -> None:
    """RFC 3262 §5, for an INVITE without an offer."""
    script, session, response = rung(SUPPORTED, OFFER, body=b"")
    assert (response.code, response.body, is_reliable(response)) == (183, OFFER, True)
    assert codes(script.hears(prack(session, response))) == [400], "it owes the answer"
    assert codes(script.hears(prack(session, response, cseq=3, body=ANSWER))) == [200]
    assert script.told(AnswerArrived) == [AnswerArrived(session, ANSWER)]
    final = only(script.do(script.agent.accept(session, b"", 0)))
    assert (codes([final]), final.body) == ([200], b"")


def test_who_wants_our_offer_first_and_everything_acknowledged_is_not_rung_without_one() -> None:
    """RFC 3261 §13.2.1: the first reliable response must carry the offer."""
    script, session = called(REQUIRED, b"")
    assert script.do(script.agent.ring(session, 0)) == []
    assert codes(script.do(script.agent.accept(session, OFFER, 0))) == [200]


def test_an_offer_of_ours_needs_a_caller_that_can_acknowledge_it() -> None:
    script, session = called([], b"")
    with pytest.raises(IllegalStep):
        script.agent.ring(session, 0, early_media=OFFER)


def test_reliable_ringing_is_renewed_each_minute() -> None:
    """RFC 3261 §13.3.1.1, and a number of its own for each (RFC 3262 §3)."""
    script, session, first = rung(REQUIRED)
    script.hears(prack(session, first))
    again = only(script.waits(60.1))
    assert isinstance(again, Response)
    assert (again.code, again.rseq) == (180, (first.rseq or 0) + 1)


def test_two_user_agents_agree_on_early_media_whatever_is_lost_once() -> None:
    for lost in ("bob 183 INVITE", "alice PRACK", "bob 200 PRACK", "bob 200 INVITE", "alice ACK"):
        copies = {lost: 1}

        def lossy(message: str, copies: dict[str, int] = copies) -> tuple[float, ...]:
            left = copies.get(message, 0)
            copies[message] = left - 1
            return () if left > 0 else (0.001,)

        pair = Pair(fate=lossy)
        pair.alice.call(pair.bob)
        pair.run()
        pair.bob.ring(ANSWER)
        pair.run(3)
        pair.bob.accept()
        pair.run(3)
        assert pair.bob.told(Established), lost
        pair.bob.hang_up()
        pair.run_out()
        assert pair.alice.agent.remembered == pair.bob.agent.remembered == 0


def test_lost_pracks_end_the_call_at_both_ends() -> None:
    pair = Pair(fate=losing("alice PRACK"))
    pair.alice.call(pair.bob)
    pair.run()
    pair.bob.ring(ANSWER)
    pair.run_out()
    assert [each.code for each in pair.alice.told(Ended)] == [504]
    assert [each.code for each in pair.bob.told(Ended)] == [504]
    assert pair.alice.agent.remembered == pair.bob.agent.remembered == 0
