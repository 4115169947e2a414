"""Session timers, in both roles and both directions (RFC 4028)."""

import pytest

from sip.session.events import (
    Answered,
    Ended,
    IncomingCall,
    Party,
    RefreshAnswered,
    ReinviteRefused,
    SessionId,
)
from sip.syntax.message import Request, Response
from tests.sip.pair import ANSWER, OFFER, Pair
from tests.sip.scripted import Scripted, answer, codes, from_peer, only

TIMED = [("Supported", "timer")]
UPDATES = [("Allow", "INVITE, ACK, BYE, UPDATE")]
CHANGED = b"v=0\r\no=peer 1 2 IN IP4 192.0.2.1\r\n"

Headers = list[tuple[str, str]]


def called(headers: Headers, *, session_timer_s: int = 1800) -> tuple[Scripted, Response]:
    """A call of the peer that is answered; the 2xx."""
    script = Scripted(session_timer_s=session_timer_s)
    script.hears(from_peer("INVITE", headers=headers, body=OFFER))
    session = script.told(IncomingCall)[-1].session
    accepted = only(script.do(script.agent.accept(session, ANSWER, 0)))
    script.hears(from_peer("ACK", to_tag=session))
    assert isinstance(accepted, Response)
    return script, accepted


def calling(headers: Headers, *, session_timer_s: int = 1800) -> tuple[Scripted, SessionId]:
    """A call of ours that the peer answers with these."""
    script = Scripted(session_timer_s=session_timer_s)
    session, invite = script.calls()
    script.hears(answer(invite, 200, headers=headers, body=ANSWER))
    assert script.told(Answered)
    return script, session


def test_our_invite_asks_for_a_timer_and_leaves_the_choice_to_the_peer() -> None:
    """RFC 4028 §7.1."""
    _, invite = Scripted(session_timer_s=1800).calls()
    assert invite.headers.get("Session-Expires") == "1800"
    assert "timer" in invite.supported


def test_without_the_setting_nothing_is_asked_for_or_agreed_to() -> None:
    _, invite = Scripted().calls()
    assert "Session-Expires" not in invite.headers
    assert "timer" not in invite.supported
    _, accepted = called([*TIMED, ("Session-Expires", "600")], session_timer_s=0)
    assert "Session-Expires" not in accepted.headers
    refusal = only(Scripted().hears(from_peer("INVITE", headers=[("Require", "timer")])))
    assert (codes([refusal]), refusal.headers.get("Unsupported")) == ([420], "timer")


@pytest.mark.parametrize(
    ("headers", "agreed", "required"),
    [
        ([], "1800;refresher=uas", False),
        ([("Session-Expires", "600")], "600;refresher=uas", False),
        (TIMED, "1800;refresher=uac", True),
        ([*TIMED, ("Session-Expires", "600")], "600;refresher=uac", True),
        ([*TIMED, ("Session-Expires", "600;refresher=uac")], "600;refresher=uac", True),
        ([*TIMED, ("Session-Expires", "600;refresher=uas")], "600;refresher=uas", True),
        ([*TIMED, ("Session-Expires", "7200")], "1800;refresher=uac", True),
        ([*TIMED, ("Session-Expires", "7200"), ("Min-SE", "3600")], "3600;refresher=uac", True),
        ([("x", "4000;refresher=uac")], "1800;refresher=uas", False),
        ([*TIMED, ("Session-Expires", "nonsense")], "1800;refresher=uac", True),
    ],
)
def test_our_2xx_says_how_long_and_who_refreshes(
    headers: Headers, agreed: str, required: bool
) -> None:
    """RFC 4028 §9, table 2: only who knows timers can refresh; the interval may be cut."""
    _, accepted = called(headers)
    assert accepted.headers.get("Session-Expires") == agreed
    assert ("timer" in accepted.require) == required


@pytest.mark.parametrize(("headers", "code"), [(TIMED, 422), ([], 100)])
def test_too_short_an_interval_is_refused_where_the_peer_understands_that(
    headers: Headers, code: int
) -> None:
    """RFC 4028 §9, §5: 90 s is the least."""
    script = Scripted(session_timer_s=1800)
    reply = only(script.hears(from_peer("INVITE", headers=[*headers, ("Session-Expires", "89")])))
    assert codes([reply]) == [code]
    assert reply.headers.get("Min-SE") == ("90" if code == 422 else None)


def test_a_422_makes_us_ask_for_what_it_says() -> None:
    """RFC 4028 §7.3: the same Call-ID and the next number."""
    script = Scripted(session_timer_s=1800)
    session, invite = script.calls()
    ack, again = script.hears(answer(invite, 422, headers=[("Min-SE", "3600")]))
    assert isinstance(again, Request)
    assert (codes([ack]), again.method) == (["ACK"], "INVITE")
    assert (again.call_id, again.cseq.number, again.body) == (invite.call_id, 2, OFFER)
    assert again.to.tag == ""
    assert again.headers.get("Session-Expires") == "3600"
    assert again.headers.get("Min-SE") == "3600"
    ack = only(script.hears(answer(again, 200, body=ANSWER)))
    assert isinstance(ack, Request)
    assert (ack.method, ack.cseq.number) == ("ACK", 2)
    assert script.told(Answered) == [Answered(session, ANSWER)]
    bye = only(script.do(script.agent.hang_up(session, 0)))
    assert isinstance(bye, Request)
    assert bye.cseq.number == 3


@pytest.mark.parametrize("min_se", ["90", "1", "999999999", "x", None])
def test_a_422_that_asks_for_nothing_new_ends_the_call(min_se: str | None) -> None:
    script = Scripted(session_timer_s=1800)
    _, invite = script.calls()
    headers = [] if min_se is None else [("Min-SE", min_se)]
    assert codes(script.hears(answer(invite, 422, headers=headers))) == ["ACK"]
    assert [each.code for each in script.told(Ended)] == [422]


def test_a_422_again_and_again_does_not_keep_us_calling() -> None:
    script = Scripted(session_timer_s=1800)
    _, invite = script.calls()
    for min_se in ("3600", "3600"):
        sent = script.hears(answer(invite, 422, headers=[("Min-SE", min_se)]))
        if len(sent) == 2:
            assert isinstance(sent[1], Request)
            invite = sent[1]
    assert [each.code for each in script.told(Ended)] == [422]


def test_we_refresh_in_the_middle_by_update_where_the_peer_knows_it() -> None:
    """RFC 4028 §7.4, §10: without a description, and keeping the roles."""
    script, _ = calling([*UPDATES, ("Session-Expires", "600;refresher=uac")])
    assert script.waits(299.9) == []
    update = only(script.waits(0.2))
    assert (codes([update]), update.body) == (["UPDATE"], b"")
    assert update.headers.get("Session-Expires") == "1800;refresher=uac"
    script.hears(answer(update, 200, tag="", headers=[("Session-Expires", "1000;refresher=uac")]))
    assert script.waits(499) == []
    assert codes(script.waits(2))[0] == "UPDATE", "the new interval counts"


def test_we_refresh_by_an_unchanged_offer_where_the_peer_knows_no_update() -> None:
    """RFC 4028 §7.4: what was agreed, to the letter."""
    script, _ = calling([("Session-Expires", "600;refresher=uac")])
    reinvite = only(script.waits(300.1))
    assert (codes([reinvite]), reinvite.body) == (["INVITE"], OFFER)
    same = answer(
        reinvite, 200, tag="", headers=[("Session-Expires", "600;refresher=uac")], body=ANSWER
    )
    assert codes(script.hears(same)) == ["ACK"]
    assert script.events[1:] == [], "nothing has changed, and nothing is told"


def test_a_refresh_that_the_peer_takes_for_a_change_is_told() -> None:
    script, session = calling([("Session-Expires", "600;refresher=uac")])
    reinvite = only(script.waits(300.1))
    script.hears(answer(reinvite, 200, tag="", body=CHANGED))
    assert script.told(RefreshAnswered) == [RefreshAnswered(session, OFFER, CHANGED)]


def test_who_was_called_refreshes_by_what_it_answered() -> None:
    script, _ = called([])
    reinvite = script.waits(900.1)[0]
    assert (codes([reinvite]), reinvite.body) == (["INVITE"], ANSWER)


def test_a_peer_that_claims_to_know_update_and_does_not_gets_a_reinvite() -> None:
    script, _ = calling([*UPDATES, ("Session-Expires", "600;refresher=uac")])
    update = only(script.waits(300.1))
    reinvite = only(script.hears(answer(update, 501, tag="")))
    assert (codes([reinvite]), reinvite.body) == (["INVITE"], OFFER)


def test_a_refresh_that_is_too_short_is_repeated_with_what_is_asked_for() -> None:
    """RFC 4028 §7.4."""
    script, _ = calling([*UPDATES, ("Session-Expires", "600;refresher=uac")], session_timer_s=600)
    update = only(script.waits(300.1))
    again = only(script.hears(answer(update, 422, tag="", headers=[("Min-SE", "900")])))
    assert again.headers.get("Session-Expires") == "900;refresher=uac"
    assert again.headers.get("Min-SE") == "900"


def test_a_refused_refresh_is_tried_again_and_at_last_the_call_ends() -> None:
    """RFC 4028 §10."""
    script, session = calling([*UPDATES, ("Session-Expires", "600;refresher=uac")])
    end_s = 600 - 32
    while script.now < end_s:
        before = script.now
        sent = script.waits(1)
        if codes(sent) == ["UPDATE"]:
            script.hears(answer(sent[0], 503, tag=""))
        assert script.now > before
    tried = [each for each in script.sends if codes([each.message]) == ["UPDATE"]]
    assert 3 <= len(tried) <= 10
    assert script.told(ReinviteRefused) == []
    assert script.told(Ended) == [Ended(session, Party.NETWORK, 408, "Session Expired")]


@pytest.mark.parametrize("code", [408, 481])
def test_a_refresh_that_finds_no_dialog_ends_the_call(code: int) -> None:
    """RFC 4028 §10."""
    script, _ = calling([*UPDATES, ("Session-Expires", "600;refresher=uac")])
    update = only(script.waits(300.1))
    assert codes(script.hears(answer(update, code, tag=""))) == ["BYE"]
    assert [each.code for each in script.told(Ended)] == [code]


@pytest.mark.parametrize(
    ("interval_s", "lasts_s"), [(600, 600 - 32), (90, 60), (10, 60), (10**6, 86400 - 32)]
)
def test_a_call_that_the_peer_does_not_refresh_ends(interval_s: int, lasts_s: int) -> None:
    """RFC 4028 §10: 32 s or a third before the end; hostile intervals are kept in bounds."""
    script, session = calling([("Session-Expires", f"{interval_s};refresher=uas")])
    assert script.waits(lasts_s - 0.1) == []
    bye = only(script.waits(0.2))
    assert codes([bye]) == ["BYE"]
    assert bye.headers.get("Reason") == 'SIP;cause=408;text="Session Expired"'
    assert script.told(Ended) == [Ended(session, Party.NETWORK, 408, "Session Expired")]


@pytest.mark.parametrize("method", ["UPDATE", "INVITE"])
def test_a_refresh_of_the_peer_keeps_the_call(method: str) -> None:
    """RFC 4028 §9."""
    headers = [*TIMED, ("Session-Expires", "600;refresher=uac")]
    script, _ = called(headers)
    session = script.told(IncomingCall)[-1].session
    script.waits(300)
    body = OFFER if method == "INVITE" else b""
    refresh = from_peer(method, to_tag=session, cseq=2, headers=headers, body=body)
    sent = script.hears(refresh)
    if method == "INVITE":
        sent = script.do(script.agent.answer_offer(session, ANSWER, script.now))
        script.hears(from_peer("ACK", to_tag=session, cseq=2))
    assert only(sent).headers.get("Session-Expires") == "600;refresher=uac"
    assert script.waits(567) == []
    assert codes(script.waits(1.2)) == ["BYE"]


@pytest.mark.parametrize("method", ["UPDATE", "INVITE"])
def test_too_short_a_refresh_is_refused(method: str) -> None:
    script, _ = called(TIMED)
    session = script.told(IncomingCall)[-1].session
    headers = [*TIMED, ("Session-Expires", "30")]
    refresh = from_peer(method, to_tag=session, cseq=2, headers=headers, body=OFFER)
    assert codes(script.hears(refresh)) == [422]


def test_a_2xx_without_a_timer_means_that_there_is_none() -> None:
    """RFC 4028 §7.2."""
    script, _ = calling([])
    assert script.waits(10_000) == []
    assert script.told(Ended) == []


def test_a_call_that_is_over_is_refreshed_no_more() -> None:
    script, session = calling([*UPDATES, ("Session-Expires", "600;refresher=uac")])
    bye = only(script.do(script.agent.hang_up(session, 0)))
    script.hears(answer(bye, 200))
    script.waits(700)
    assert script.agent.deadline is None
    assert script.agent.remembered == 0


@pytest.mark.parametrize("vanishing", ["alice", "bob"])
def test_two_user_agents_keep_a_call_alive_until_one_vanishes(vanishing: str) -> None:
    gone = False
    pair = Pair(session_timer_s=600)
    pair.fate = lambda message: () if gone and message.startswith(vanishing) else (0.001,)
    pair.alice.call(pair.bob)
    pair.run()
    pair.bob.accept()
    pair.run(5000)
    assert pair.alice.told(Ended) == pair.bob.told(Ended) == []
    assert 10 <= pair.ladder.count("alice UPDATE") <= 18
    gone = True
    pair.run(700)
    left = pair.bob if vanishing == "alice" else pair.alice
    assert [each.by for each in left.told(Ended)] == [Party.NETWORK]
