"""Changes of a session, in both directions, and their collisions (RFC 3261 §14)."""

import pytest

from sip.errors import IllegalStep
from sip.session.events import (
    AnswerArrived,
    Ended,
    OfferArrived,
    OfferWithdrawn,
    Party,
    ReinviteRefused,
)
from sip.syntax.message import Request
from tests.sip.pair import ANSWER, OFFER, Pair, losing, talking
from tests.sip.scripted import TCP, answer, codes, from_peer, in_call, only

HOLD = b"v=0\r\na=sendonly\r\n"
HELD = b"v=0\r\na=recvonly\r\n"


@pytest.mark.parametrize("caller_changes", [True, False])
def test_a_change_is_offered_answered_and_acknowledged(caller_changes: bool) -> None:
    pair = talking()
    one, other = (pair.alice, pair.bob) if caller_changes else (pair.bob, pair.alice)
    before = len(pair.ladder)
    one.reinvite(HOLD)
    pair.run()
    assert other.told(OfferArrived) == [OfferArrived(other.session, HOLD)]
    other.answer_offer(HELD)
    pair.run()
    assert one.told(AnswerArrived) == [AnswerArrived(one.session, HELD)]
    assert [step.partition(" ")[2] for step in pair.ladder[before:]] == [
        "INVITE",
        "200 INVITE",
        "ACK",
    ]
    assert one.sent("INVITE")[-1].to.tag == other.session


def test_a_refused_change_leaves_the_session_as_it_is() -> None:
    """RFC 3261 §14.1."""
    pair = talking()
    pair.alice.reinvite(HOLD)
    pair.run()
    pair.bob.refuse_offer(488)
    pair.run()
    assert pair.alice.told(ReinviteRefused) == [
        ReinviteRefused(pair.alice.session, 488, "Not Acceptable Here")
    ]
    pair.bob.reinvite(HOLD)
    pair.run()
    pair.alice.answer_offer(HELD)
    pair.run()
    assert pair.bob.told(AnswerArrived) == [AnswerArrived(pair.bob.session, HELD)]


@pytest.mark.parametrize("code", [100, 200, 700])
def test_only_a_refusal_refuses_a_change(code: int) -> None:
    script, session = in_call()
    script.hears(from_peer("INVITE", to_tag=session, cseq=2, body=OFFER))
    with pytest.raises(IllegalStep, match=str(code)):
        script.agent.refuse_offer(session, code, 0)
    assert codes(script.do(script.agent.refuse_offer(session, 488, 0))) == [488]


def test_a_reinvite_without_an_offer_asks_for_one() -> None:
    """RFC 3261 §14.1: the offer comes in the 2xx, the answer in the ACK."""
    pair = talking()
    pair.alice.reinvite(b"")
    pair.run()
    assert pair.bob.told(OfferArrived) == [OfferArrived(pair.bob.session, b"")]
    pair.bob.answer_offer(OFFER)
    pair.run()
    assert pair.alice.told(OfferArrived) == [OfferArrived(pair.alice.session, OFFER)]
    with pytest.raises(IllegalStep):
        pair.alice.refuse_offer(488)
    pair.alice.answer_offer(ANSWER)
    pair.run()
    assert pair.bob.told(AnswerArrived) == [AnswerArrived(pair.bob.session, ANSWER)]
    pair.bob.reinvite(HOLD)
    pair.run()
    assert pair.alice.told(OfferArrived)[-1].body == HOLD


def test_an_ack_that_owes_the_answer_changes_nothing() -> None:
    script, session = in_call()
    script.hears(from_peer("INVITE", to_tag=session, cseq=2))
    script.do(script.agent.answer_offer(session, OFFER, 0))
    script.hears(from_peer("ACK", to_tag=session, cseq=2))
    assert script.told(AnswerArrived) == [AnswerArrived(session, b"")]
    assert codes(script.do(script.agent.reinvite(session, HOLD, 0))) == ["INVITE"]


def test_a_2xx_to_our_change_that_owes_the_answer_changes_nothing() -> None:
    script, session = in_call()
    invite = only(script.do(script.agent.reinvite(session, HOLD, 0)))
    assert codes(script.hears(answer(invite, 200))) == ["ACK"]
    assert script.told(AnswerArrived) == [AnswerArrived(session, b"")]
    assert codes(script.do(script.agent.reinvite(session, HOLD, 0))) == ["INVITE"]


def test_each_copy_of_the_2xx_to_a_change_gets_its_ack() -> None:
    """RFC 3261 §13.2.2.4."""
    script, session = in_call()
    invite = only(script.do(script.agent.reinvite(session, HOLD, 0)))
    accepted = answer(invite, 200, body=HELD)
    acks = [only(script.hears(accepted)) for _ in range(3)]
    assert acks[0].cseq.number == invite.cseq.number
    assert acks[0] == acks[1] == acks[2]
    assert len(script.told(AnswerArrived)) == 1


def test_our_2xx_to_a_change_is_repeated_until_its_ack_and_then_the_call_ends() -> None:
    """RFC 3261 §14.2: as for any INVITE."""
    pair = talking()
    pair.alice.reinvite(HOLD)
    pair.run()
    pair.fate = losing("alice ACK")
    pair.bob.answer_offer(HELD)
    pair.run(31)
    assert len(pair.bob.sent("200 INVITE")) == 11
    assert pair.bob.told(Ended) == []
    pair.run(2)
    assert [(each.by, each.code) for each in pair.bob.told(Ended)] == [(Party.NETWORK, 408)]
    assert [each.by for each in pair.alice.told(Ended)] == [Party.REMOTE]


def test_both_sides_of_a_glare_get_491_and_try_again() -> None:
    """RFC 3261 §14.1, RFC 5407 §3.3.1: the one that did not make the Call-ID is first."""
    pair = talking()
    pair.on_event = lambda phone, event: (
        phone.answer_offer(HELD) if isinstance(event, OfferArrived) else None
    )
    start = pair.now
    pair.alice.reinvite(HOLD)
    pair.bob.reinvite(HOLD)
    pair.run(5)
    assert len(pair.alice.sent("491 INVITE")) == len(pair.bob.sent("491 INVITE")) == 1
    again = [
        (name, at - start)
        for at, name, message in pair.wire
        if isinstance(message, Request) and message.method == "INVITE" and at > start
    ]
    assert [name for name, _ in again] == ["bob", "alice"]
    assert again[0][1] <= 2.1
    assert 2.1 <= again[1][1] <= 4.1
    for phone in (pair.alice, pair.bob):
        assert phone.told(AnswerArrived) == [AnswerArrived(phone.session, HELD)]
        assert phone.told(ReinviteRefused) == []


def test_after_a_glare_the_newest_offer_is_the_one_tried() -> None:
    script, session = in_call()
    invite = only(script.do(script.agent.reinvite(session, HOLD, 0)))
    script.hears(answer(invite, 491))
    assert script.do(script.agent.reinvite(session, OFFER, 0)) == []
    (again,) = script.waits(2)
    assert (codes([again]), again.body) == (["INVITE"], OFFER)
    assert again.cseq.number == invite.cseq.number + 1


def test_after_a_glare_the_peers_change_comes_first() -> None:
    script, session = in_call()
    invite = only(script.do(script.agent.reinvite(session, HOLD, 0)))
    script.hears(answer(invite, 491))
    script.hears(from_peer("INVITE", to_tag=session, cseq=2, body=OFFER))
    assert codes(script.waits(3)) == [100], "not while the peer's offer is unanswered"
    script.do(script.agent.answer_offer(session, ANSWER, script.now))
    ack = from_peer("ACK", to_tag=session, cseq=2)
    assert codes(script.hears(ack)) == ["INVITE"]


def test_a_change_waits_for_the_ack_of_the_peers() -> None:
    """RFC 3261 §14.1: one INVITE at a time."""
    script, session = in_call()
    script.hears(from_peer("INVITE", to_tag=session, cseq=2, body=OFFER))
    script.do(script.agent.answer_offer(session, ANSWER, 0))
    assert script.do(script.agent.reinvite(session, HOLD, 0)) == []
    assert codes(script.hears(from_peer("ACK", to_tag=session, cseq=2))) == ["INVITE"]


def test_a_change_cannot_be_asked_for_while_an_offer_is_unanswered() -> None:
    """RFC 3261 §14.1."""
    script, session = in_call()
    script.do(script.agent.reinvite(session, HOLD, 0))
    with pytest.raises(IllegalStep, match="under way"):
        script.agent.reinvite(session, HOLD, 0)
    script, session = in_call()
    script.hears(from_peer("INVITE", to_tag=session, cseq=2, body=OFFER))
    with pytest.raises(IllegalStep, match="answered first"):
        script.agent.reinvite(session, HOLD, 0)


@pytest.mark.parametrize("first", [OFFER, b""])
def test_a_second_invite_before_the_answer_to_the_first_comes_too_early(first: bytes) -> None:
    """RFC 3261 §14.2: 500 with a Retry-After of 0 to 10 seconds."""
    script, session = in_call()
    script.hears(from_peer("INVITE", to_tag=session, cseq=2, body=first))
    refusal = only(script.hears(from_peer("INVITE", to_tag=session, cseq=3, body=OFFER)))
    assert codes([refusal]) == [500]
    assert 0 <= int(refusal.headers.get("Retry-After") or "") <= 10
    assert codes(script.do(script.agent.answer_offer(session, ANSWER, 0))) == [200]


def test_an_invite_while_ours_is_unanswered_is_a_glare() -> None:
    """RFC 3261 §14.2, with or without an offer."""
    for offer in (OFFER, b""):
        script, session = in_call()
        script.do(script.agent.reinvite(session, offer, 0))
        glare = script.hears(from_peer("INVITE", to_tag=session, cseq=2, body=HOLD))
        assert codes(glare) == [491]


def test_a_cancelled_change_is_withdrawn() -> None:
    """RFC 3261 §9.2: the session stays."""
    script, session = in_call()
    script.hears(from_peer("INVITE", to_tag=session, cseq=2, body=OFFER, branch="change"))
    cancel = from_peer("CANCEL", to_tag=session, cseq=2, branch="change")
    assert codes(script.hears(cancel)) == [200, 487]
    assert script.events[-1] == OfferWithdrawn(session)
    with pytest.raises(IllegalStep):
        script.agent.answer_offer(session, ANSWER, 0)
    assert codes(script.do(script.agent.reinvite(session, HOLD, 0))) == ["INVITE"]


@pytest.mark.parametrize("code", [408, 481])
def test_a_change_that_the_peer_knows_no_dialog_for_ends_the_session(code: int) -> None:
    """RFC 3261 §14.1."""
    script, session = in_call()
    invite = only(script.do(script.agent.reinvite(session, HOLD, 0)))
    assert codes(script.hears(answer(invite, code))) == ["ACK", "BYE"]
    assert [each.code for each in script.told(Ended)] == [code]


def test_a_change_that_nobody_answers_ends_the_session() -> None:
    """RFC 3261 §14.1."""
    script, session = in_call()
    script.do(script.agent.reinvite(session, HOLD, script.now))
    script.waits(33)
    assert [(each.by, each.code) for each in script.told(Ended)] == [(Party.NETWORK, 408)]


def test_a_bye_answers_the_peers_pending_change_with_487() -> None:
    """RFC 3261 §15.1.2."""
    script, session = in_call()
    script.hears(from_peer("INVITE", to_tag=session, cseq=2, body=OFFER))
    assert codes(script.hears(from_peer("BYE", to_tag=session, cseq=3))) == [200, 487]


def test_hanging_up_ends_pending_changes_of_both_kinds() -> None:
    script, session = in_call()
    script.hears(from_peer("INVITE", to_tag=session, cseq=2, body=OFFER))
    assert codes(script.do(script.agent.hang_up(session, 0))) == [487, "BYE"]
    script, session = in_call()
    invite = only(script.do(script.agent.reinvite(session, HOLD, 0)))
    script.hears(answer(invite, 100, tag=""))
    assert codes(script.do(script.agent.hang_up(session, 0))) == ["CANCEL", "BYE"]
    late = script.hears(answer(invite, 200, body=HELD))
    assert codes(late) == ["ACK"], "a 2xx is acknowledged whatever happens"
    assert script.told(AnswerArrived) == []


def test_hanging_up_after_a_glare_forgets_the_change() -> None:
    script, session = in_call(TCP)
    script.waits(40)
    invite = only(script.do(script.agent.reinvite(session, HOLD, script.now)))
    script.hears(answer(invite, 491))
    bye = only(script.do(script.agent.hang_up(session, script.now)))
    script.hears(answer(bye, 200))
    assert script.agent.deadline is None


def test_hanging_up_before_our_answer_still_acknowledges_the_2xx() -> None:
    script, session = in_call()
    invite = only(script.do(script.agent.reinvite(session, b"", 0)))
    script.hears(answer(invite, 200, body=OFFER))
    assert codes(script.do(script.agent.hang_up(session, 0))) == ["ACK", "BYE"]


def test_a_change_moves_the_remote_target_once_it_is_accepted() -> None:
    """RFC 3261 §12.2, RFC 6141."""
    moved = [("Contact", "<sip:peer@192.0.2.8>")]
    script, session = in_call()
    script.hears(from_peer("INVITE", to_tag=session, cseq=2, body=OFFER, headers=moved))
    script.do(script.agent.refuse_offer(session, 488, 0))
    script.do(script.agent.send_info(session, "text/plain", b"x", 0))
    assert script.sends[-1].flow.remote.host == "192.0.2.1"
    script.hears(from_peer("INVITE", to_tag=session, cseq=3, body=OFFER, headers=moved))
    script.do(script.agent.answer_offer(session, ANSWER, 0))
    script.do(script.agent.send_info(session, "text/plain", b"x", 0))
    assert script.sends[-1].flow.remote.host == "192.0.2.8"


def test_the_2xx_to_our_change_moves_the_remote_target() -> None:
    """RFC 3261 §12.2.1.2; its ACK goes there already."""
    script, session = in_call()
    invite = only(script.do(script.agent.reinvite(session, HOLD, 0)))
    ack = only(script.hears(answer(invite, 200, contact="<sip:peer@192.0.2.8>", body=HELD)))
    assert isinstance(ack, Request)
    assert str(ack.uri) == "sip:peer@192.0.2.8"


def test_a_change_survives_loss_in_both_directions() -> None:
    lost = iter(["alice INVITE", "bob 200 INVITE", "alice ACK"])
    next_lost = next(lost)

    def fate(message: str) -> tuple[float, ...]:
        nonlocal next_lost
        if message == next_lost:
            next_lost = next(lost, "")
            return ()
        return (0.001,)

    pair = talking(Pair())
    pair.fate = fate
    pair.alice.reinvite(HOLD)
    pair.run(1)
    pair.bob.answer_offer(HELD)
    pair.run(5)
    assert pair.alice.told(AnswerArrived) == [AnswerArrived(pair.alice.session, HELD)]
    assert next_lost == ""
    pair.run(40)
    assert pair.bob.told(Ended) == []
