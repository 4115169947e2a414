"""A call to us, until it is established (RFC 3261 §13.3)."""

import itertools
from collections.abc import Callable
from functools import partial

import pytest

from sip.errors import IllegalStep
from sip.flow import Transport
from sip.session.events import Ended, Established, IncomingCall, Party, SessionId
from sip.syntax.message import Request, Response
from tests.sip.pair import ANSWER, OFFER, Pair, losing, talking
from tests.sip.scripted import Scripted, codes, from_peer, only


def called(script: Scripted, invite: Request | None = None) -> SessionId:
    script.hears(invite or from_peer("INVITE", body=OFFER))
    return script.told(IncomingCall)[-1].session


def test_a_call_is_rung_accepted_and_hung_up_by_the_caller() -> None:
    """RFC 3665 §3.1."""
    pair = Pair()
    pair.alice.call(pair.bob)
    pair.run()
    pair.bob.ring()
    pair.run()
    pair.bob.accept()
    pair.run()
    pair.alice.hang_up()
    pair.run()
    assert pair.ladder == [
        "alice INVITE",
        "bob 100 INVITE",
        "bob 180 INVITE",
        "bob 200 INVITE",
        "alice ACK",
        "alice BYE",
        "bob 200 BYE",
    ]
    incoming, established, ended = pair.bob.events
    assert isinstance(incoming, IncomingCall)
    assert incoming.offer == OFFER
    assert established == Established(pair.bob.session, b"")
    assert ended == Ended(pair.bob.session, Party.REMOTE, 200, "")


def test_100_is_sent_at_once_with_the_time_stamp_and_without_a_tag() -> None:
    """RFC 3261 §8.2.6.1."""
    script = Scripted()
    trying = only(script.hears(from_peer("INVITE", headers=[("Timestamp", "54.3")])))
    assert isinstance(trying, Response)
    assert trying.code == 100
    assert trying.headers.get("Timestamp") == "54.3"
    assert trying.to.tag == ""


def test_all_later_answers_have_one_tag_a_contact_and_the_route() -> None:
    """RFC 3261 §12.1.1."""
    script = Scripted()
    routes = [("Record-Route", "<sip:p2.example;lr>"), ("Record-Route", "<sip:p1.example;lr>")]
    session = called(script, from_peer("INVITE", body=OFFER, headers=routes))
    ringing = only(script.do(script.agent.ring(session, 0)))
    accepted = only(script.do(script.agent.accept(session, ANSWER, 0)))
    assert codes([ringing, accepted]) == [180, 200]
    assert ringing.to.tag == accepted.to.tag != ""
    for answer in (ringing, accepted):
        assert [str(contact) for contact in answer.contacts] == ["<sip:speaker@192.0.2.2:5060>"]
        assert answer.headers.get_all("Record-Route") == (
            "<sip:p2.example;lr>",
            "<sip:p1.example;lr>",
        )
    assert "INVITE" in accepted.allow
    assert accepted.body == ANSWER


def test_a_2xx_is_repeated_with_doubling_gaps_up_to_t2_until_the_ack() -> None:
    """RFC 3261 §13.3.1.4."""
    pair = Pair(fate=losing("alice ACK"))
    talking(pair)
    pair.run(16)
    sent = [at for at, name, _ in pair.wire if name == "bob"][1:]
    gaps = [round(later - earlier, 3) for earlier, later in itertools.pairwise(sent)]
    assert gaps == [0.5, 1, 2, 4, 4, 4]
    assert len(pair.alice.sent("ACK")) == 7, "one for each copy"
    pair.fate = losing()
    pair.run(8)
    assert len(pair.bob.sent("200 INVITE")) == 8
    assert pair.bob.told(Established)


def test_a_2xx_is_repeated_on_reliable_transports_too() -> None:
    """RFC 3261 §13.3.1.4: a hop further on may be unreliable."""
    pair = Pair(fate=losing("alice ACK"), transport=Transport.TCP)
    talking(pair)
    pair.run(4)
    assert len(pair.bob.sent("200 INVITE")) == 4


def test_without_an_ack_the_call_ends_with_a_bye() -> None:
    """RFC 3261 §13.3.1.4."""
    pair = talking(Pair(fate=losing("alice ACK")))
    pair.run(32)
    assert pair.ladder[-2:] == ["bob BYE", "alice 200 BYE"]
    assert pair.bob.told(Ended) == [Ended(pair.bob.session, Party.NETWORK, 408, "No ACK")]
    assert pair.bob.told(Established) == []


def test_hanging_up_before_the_ack_waits_for_it() -> None:
    """RFC 3261 §15: no BYE before the ACK."""
    pair = Pair(fate=losing("alice ACK"))
    pair.alice.call(pair.bob)
    pair.run()
    pair.bob.accept()
    pair.bob.hang_up("SIP;cause=200")
    pair.run(0.2)
    assert pair.bob.sent("BYE") == []
    pair.fate = losing()
    pair.run(1)
    (bye,) = pair.bob.sent("BYE")
    assert bye.headers.get("Reason") == "SIP;cause=200"
    assert pair.bob.told(Established) == []
    assert pair.bob.told(Ended) == [Ended(pair.bob.session, Party.LOCAL, 200, "OK")]
    assert pair.alice.told(Ended) == [Ended(pair.alice.session, Party.REMOTE, 200, "SIP;cause=200")]


def test_early_media_is_the_answer_in_advance() -> None:
    """RFC 3261 §13.2.1: the 2xx repeats it."""
    script = Scripted()
    session = called(script)
    progress = only(script.do(script.agent.ring(session, 0, early_media=ANSWER)))
    accepted = only(script.do(script.agent.accept(session, b"", 0)))
    assert codes([progress, accepted]) == [183, 200]
    assert progress.body == accepted.body == ANSWER
    assert accepted.headers.get("Content-Type") == "application/sdp"


def test_another_answer_than_that_of_early_media_is_refused() -> None:
    """RFC 3261 §13.2.1."""
    script = Scripted()
    session = called(script)
    script.do(script.agent.ring(session, 0, early_media=ANSWER))
    with pytest.raises(IllegalStep, match="one answer"):
        script.agent.accept(session, ANSWER + b"a=sendonly\r\n", 0)
    assert codes(script.do(script.agent.accept(session, ANSWER, 0))) == [200]


def test_early_media_needs_an_offer() -> None:
    script = Scripted()
    session = called(script, from_peer("INVITE"))
    with pytest.raises(IllegalStep, match="early media"):
        script.agent.ring(session, 0, early_media=ANSWER)


def test_a_2xx_without_a_description_is_refused() -> None:
    """RFC 3261 §13.3.1.4."""
    script = Scripted()
    session = called(script)
    with pytest.raises(IllegalStep, match="200"):
        script.agent.accept(session, b"", 0)
    assert codes(script.do(script.agent.accept(session, ANSWER, 0))) == [200]


def test_ringing_is_repeated_every_minute() -> None:
    """RFC 3261 §13.3.1.1: so that no proxy gives the call up."""
    script = Scripted()
    session = called(script)
    script.do(script.agent.ring(session, script.now))
    assert codes(script.waits(59)) == []
    assert codes(script.waits(2)) == [180]
    assert codes(script.waits(60)) == [180]
    script.do(script.agent.reject(session, 486, script.now))
    script.hears(from_peer("ACK", branch="INVITE-1-call-1-", to_tag=session))
    assert codes(script.waits(200)) == []


def test_a_call_without_an_offer_gets_ours_and_answers_in_the_ack() -> None:
    """RFC 3261 §13.2.1, §13.3.1.4."""
    pair = Pair()
    pair.alice.call(pair.bob, offer=b"")
    pair.run()
    assert pair.bob.told(IncomingCall)[0].offer == b""
    pair.bob.accept(OFFER)
    pair.run()
    pair.alice.answer_offer(ANSWER)
    pair.run()
    assert pair.bob.told(Established) == [Established(pair.bob.session, ANSWER)]


@pytest.mark.parametrize("code", [302, 486, 603])
def test_a_rejected_call_ends_at_once(code: int) -> None:
    """RFC 3261 §13.3.1.2, §13.3.1.3; the ACK is the transaction's."""
    pair = Pair()
    pair.alice.call(pair.bob)
    pair.run()
    pair.bob.reject(code)
    assert [(each.by, each.code) for each in pair.bob.told(Ended)] == [(Party.LOCAL, code)]
    pair.run()
    assert [(each.by, each.code) for each in pair.alice.told(Ended)] == [(Party.REMOTE, code)]
    assert pair.ladder[-1] == "alice ACK"


def test_a_rejection_carries_its_reason_and_header_fields() -> None:
    script = Scripted()
    session = called(script)
    headers = [("Retry-After", "60")]
    effects = script.agent.reject(session, 480, 0, reason="At Night", headers=headers)
    refusal = only(script.do(effects))
    assert isinstance(refusal, Response)
    assert (refusal.code, refusal.reason) == (480, "At Night")
    assert refusal.headers.get("Retry-After") == "60"
    assert script.told(Ended) == [Ended(session, Party.LOCAL, 480, "At Night")]


@pytest.mark.parametrize("code", [180, 200, 299, 700])
def test_only_a_refusal_rejects(code: int) -> None:
    script = Scripted()
    with pytest.raises(IllegalStep, match=str(code)):
        script.agent.reject(called(script), code, 0)


def test_hanging_up_a_call_that_rings_refuses_it() -> None:
    script = Scripted()
    session = called(script)
    assert codes(script.do(script.agent.hang_up(session, 0))) == [480]
    assert script.told(Ended) == [Ended(session, Party.LOCAL, 480, "Temporarily Unavailable")]


def test_a_cancelled_call_ends_with_487() -> None:
    """RFC 3261 §9.2: one tag for both answers."""
    pair = Pair()
    pair.alice.call(pair.bob)
    pair.run()
    pair.bob.ring()
    pair.run()
    pair.alice.hang_up('SIP;cause=200;text="Call completed elsewhere"')
    pair.run()
    assert pair.ladder[3:] == [
        "alice CANCEL",
        "bob 200 CANCEL",
        "bob 487 INVITE",
        "alice ACK",
    ]
    assert {each.to.tag for each in pair.bob.sent("200 CANCEL") + pair.bob.sent("487 INVITE")} == {
        pair.bob.session
    }
    reason = 'SIP;cause=200;text="Call completed elsewhere"'
    assert pair.bob.told(Ended) == [Ended(pair.bob.session, Party.REMOTE, 487, reason)]
    assert pair.alice.told(Ended) == [
        Ended(pair.alice.session, Party.LOCAL, 487, "Request Terminated")
    ]


def test_a_cancel_after_the_2xx_changes_nothing() -> None:
    """RFC 3261 §9.2."""
    script = Scripted()
    session = called(script)
    script.do(script.agent.accept(session, ANSWER, 0))
    cancel = from_peer("CANCEL", branch="INVITE-1-call-1-")
    assert codes(script.hears(cancel)) == [200]
    script.hears(from_peer("ACK", to_tag=session))
    assert script.told(Established)


def test_a_call_expires_as_the_caller_wished() -> None:
    """RFC 3261 §13.3.1."""
    script = Scripted()
    session = called(script, from_peer("INVITE", body=OFFER, headers=[("Expires", "30")]))
    assert codes(script.waits(29.9)) == []
    assert codes(script.waits(0.2)) == [487]
    assert script.told(Ended) == [Ended(session, Party.REMOTE, 487, "Request Terminated")]


@pytest.mark.parametrize("accepted", [True, False])
def test_a_decided_call_waits_for_nothing_any_more(accepted: bool) -> None:
    """Neither the caller's patience nor the minute of the next ringing keeps it in memory."""
    script = Scripted()
    session = called(script, from_peer("INVITE", body=OFFER, headers=[("Expires", "3600")]))
    script.do(script.agent.ring(session, 0))
    if accepted:
        script.do(script.agent.accept(session, ANSWER, 0))
        script.hears(from_peer("ACK", to_tag=session))
    else:
        script.do(script.agent.reject(session, 486, 0))
        script.hears(from_peer("ACK", branch="INVITE-1-call-1-", to_tag=session))
    script.waits(33)
    assert script.agent.deadline is None


def test_an_accepted_call_does_not_expire() -> None:
    """RFC 3261 §13.3.1: it limits the invitation, not the session."""
    script = Scripted()
    session = called(script, from_peer("INVITE", body=OFFER, headers=[("Expires", "1")]))
    script.do(script.agent.accept(session, ANSWER, 0))
    script.hears(from_peer("ACK", to_tag=session))
    script.waits(2)
    assert script.told(Ended) == []


def test_a_bye_before_the_answer_ends_the_call() -> None:
    """RFC 3261 §15.1.2: a pending INVITE gets 487."""
    script = Scripted()
    session = called(script)
    script.do(script.agent.ring(session, 0))
    assert codes(script.hears(from_peer("BYE", to_tag=session, cseq=2))) == [200, 487]
    assert script.told(Ended) == [Ended(session, Party.REMOTE, 200, "")]


def test_a_call_taken_back_by_bye_waits_for_nothing_any_more() -> None:
    """An `Expires` of years must not keep in memory what a stranger called and hung up."""
    script = Scripted()
    session = called(script, from_peer("INVITE", body=OFFER, headers=[("Expires", "4000000000")]))
    script.hears(from_peer("BYE", to_tag=session, cseq=2))
    script.waits(40)
    assert script.agent.deadline is None
    assert script.agent.remembered == 0


def test_an_ack_with_another_number_or_tag_is_none() -> None:
    """RFC 3261 §13.2.2.4: the number is that of the INVITE."""
    script = Scripted()
    session = called(script)
    script.do(script.agent.accept(session, ANSWER, 0))
    script.hears(from_peer("ACK", to_tag=session, cseq=2))
    script.hears(from_peer("ACK", to_tag=session, from_tag="another"))
    script.hears(from_peer("ACK", to_tag=session, call_id="another"))
    assert script.told(Established) == []
    script.hears(from_peer("ACK", to_tag=session))
    script.hears(from_peer("ACK", to_tag=session))
    assert script.told(Established) == [Established(session, b"")]


def test_a_reinvite_shows_that_the_2xx_arrived_although_its_ack_did_not() -> None:
    """RFC 5407 §3.1.4."""
    script = Scripted()
    session = called(script)
    script.do(script.agent.accept(session, ANSWER, 0))
    script.hears(from_peer("INVITE", to_tag=session, cseq=2, body=OFFER))
    assert [type(event).__name__ for event in script.events] == [
        "IncomingCall",
        "Established",
        "OfferArrived",
    ]


def test_a_reinvite_before_the_ack_that_answers_our_offer_is_a_glare() -> None:
    """RFC 5407 §3.1.5: only the ACK can bring the answer."""
    script = Scripted()
    session = called(script, from_peer("INVITE"))
    script.do(script.agent.accept(session, OFFER, 0))
    refused = script.hears(from_peer("INVITE", to_tag=session, cseq=2, body=OFFER))
    assert codes(refused) == [491]


def test_commands_for_calls_that_ring_are_illegal_afterwards() -> None:
    pair = talking()
    for phone in (pair.alice, pair.bob):
        commands: list[Callable[[], None]] = [phone.ring, phone.accept, partial(phone.reject, 486)]
        for command in commands:
            with pytest.raises(IllegalStep):
                command()
