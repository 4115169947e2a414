"""REFER in both directions, and the subscription that it makes (RFC 3515, 3892, 4488)."""

from collections.abc import Iterable

import pytest

from sip.errors import IllegalStep
from sip.session.events import Ended, ReferralArrived, ReferralProgress, SessionId
from sip.session.referral import LIFE_S
from sip.syntax.message import Request
from sip.syntax.uri import SipUri
from tests.sip.pair import Pair, talking
from tests.sip.scripted import Scripted, answer, codes, from_peer, in_call, only

CAROL = SipUri.parse("sip:carol@192.0.2.3")


def refer(
    session: str,
    refer_to: str = "<sip:carol@192.0.2.3>",
    *,
    cseq: int = 2,
    more: Iterable[tuple[str, str]] = (),
) -> Request:
    headers = [("Refer-To", refer_to), *more]
    return from_peer("REFER", to_tag=session, cseq=cseq, headers=headers)


def referred(*more: tuple[str, str]) -> tuple[Scripted, SessionId]:
    script, session = in_call()
    assert script.hears(refer(session, more=more)) == []
    return script, session


def notified(request: object) -> tuple[str | None, str, bytes]:
    assert isinstance(request, Request)
    assert request.method == "NOTIFY"
    assert request.headers.get("Content-Type") == "message/sipfrag;version=2.0"
    state = request.subscription_state
    assert state is not None
    return request.headers.get("Event"), state.standing.value, request.body


def test_a_refer_is_told_with_what_the_call_is_to_carry() -> None:
    """RFC 3515 §2.4.2, RFC 3892 §2.2."""
    script, session = referred(("Referred-By", "<sip:peer@192.0.2.1>"))
    assert script.told(ReferralArrived) == [
        ReferralArrived(session, CAROL, (("Referred-By", "<sip:peer@192.0.2.1>"),))
    ]


def test_an_attended_transfer_names_the_call_to_replace() -> None:
    """RFC 5589 §7.3: the Replaces is escaped in the Refer-To."""
    script, session = in_call()
    escaped = "98732%40sip.example.com%3Bfrom-tag%3Dr33th4x0r%3Bto-tag%3Dff87ff"
    script.hears(refer(session, f"<sip:carol@192.0.2.3;method=INVITE?Replaces={escaped}&X=y>"))
    (told,) = script.told(ReferralArrived)
    assert told.target == CAROL
    assert told.headers == (
        ("Replaces", "98732@sip.example.com;to-tag=ff87ff;from-tag=r33th4x0r"),
        ("Require", "replaces"),
    )


@pytest.mark.parametrize(
    "refer_to",
    [
        "<tel:+1555>",
        "<sip:carol@192.0.2.3;method=BYE>",
        "<sip:carol@192.0.2.3?Replaces=x>",
        "<sip:carol@192.0.2.3?Replaces=x%0d%0aVia%3A%20y%3Bto-tag%3D1%3Bfrom-tag%3D2>",
        "<<",
    ],
)
def test_a_refer_to_something_else_than_a_call_is_refused(refer_to: str) -> None:
    script, session = in_call()
    assert codes(script.hears(refer(session, refer_to))) == [400]
    assert script.told(ReferralArrived) == []


def test_a_refer_without_a_target_or_with_two_is_refused() -> None:
    """RFC 3515 §2.4.2: exactly one."""
    script, session = in_call()
    assert codes(script.hears(from_peer("REFER", to_tag=session, cseq=2))) == [400]
    two = [("Refer-To", "<sip:a@192.0.2.3>"), ("Refer-To", "<sip:b@192.0.2.3>")]
    assert codes(script.hears(from_peer("REFER", to_tag=session, cseq=3, headers=two))) == [400]


def test_nobody_is_transferred_who_is_not_in_a_call() -> None:
    script = Scripted()
    stranger = from_peer("REFER", headers=[("Refer-To", "<sip:carol@192.0.2.3>")])
    assert codes(script.hears(stranger)) == [403]


def test_the_peer_is_told_at_once_and_until_the_end() -> None:
    """RFC 3515 §2.4.4, §2.4.5."""
    script, session = referred()
    accepted, first = script.do(script.agent.accept_referral(session, 0))
    assert codes([accepted]) == [202]
    assert notified(first) == ("refer", "active", b"SIP/2.0 100 Trying\r\n")
    ringing = only(script.do(script.agent.report_referral(session, 180, 0)))
    assert notified(ringing) == ("refer", "active", b"SIP/2.0 180 Ringing\r\n")
    assert script.do(script.agent.report_referral(session, 180, 0)) == [], "no news"
    last = only(script.do(script.agent.report_referral(session, 200, 0)))
    assert notified(last) == ("refer", "terminated", b"SIP/2.0 200 OK\r\n")
    assert script.do(script.agent.report_referral(session, 487, 0)) == [], "over"


def test_the_second_refer_of_a_dialog_has_an_id() -> None:
    """RFC 3515 §2.4.6."""
    script, session = referred()
    script.do(script.agent.refuse_referral(session, 603, 0))
    script.hears(refer(session, cseq=7))
    _, first = script.do(script.agent.accept_referral(session, 0))
    assert notified(first)[0] == "refer;id=7"


def test_a_second_transfer_waits_for_the_first() -> None:
    script, session = referred()
    assert codes(script.hears(refer(session, cseq=3))) == [491]
    script.do(script.agent.accept_referral(session, 0))
    assert codes(script.hears(refer(session, cseq=4))) == [491]


def test_a_refused_refer_is_followed_by_nothing() -> None:
    script, session = referred()
    assert codes(script.do(script.agent.refuse_referral(session, 603, 0))) == [603]
    with pytest.raises(IllegalStep):
        script.agent.accept_referral(session, 0)
    assert script.do(script.agent.report_referral(session, 200, 0)) == []


def test_who_wants_no_news_gets_none() -> None:
    """RFC 4488 §4."""
    script, session = referred(("Refer-Sub", "false"), ("Require", "norefersub"))
    accepted = only(script.do(script.agent.accept_referral(session, 0)))
    assert (codes([accepted]), accepted.headers.get("Refer-Sub")) == ([202], "false")
    assert script.do(script.agent.report_referral(session, 200, 0)) == []


def test_news_go_on_after_the_call_has_ended() -> None:
    """Transferors hang up at once (RFC 5589 §6.1); RFC 5057 keeps the subscription."""
    script, session = referred()
    _, first = script.do(script.agent.accept_referral(session, 0))
    assert codes(script.hears(from_peer("BYE", to_tag=session, cseq=3))) == [200]
    assert len(script.told(Ended)) == 1
    assert codes(script.hears(from_peer("INFO", to_tag=session, cseq=4))) == [481]
    assert codes(script.hears(from_peer("BYE", to_tag=session, cseq=5))) == [481]
    last = only(script.do(script.agent.report_referral(session, 486, script.now)))
    assert notified(last) == ("refer", "terminated", b"SIP/2.0 486 Busy Here\r\n")
    for request in (first, last):
        script.hears(answer(request, 200, tag=""))
    script.waits(40)
    assert script.agent.remembered == 0


def test_a_subscription_ends_by_itself() -> None:
    script, session = referred()
    _, first = script.do(script.agent.accept_referral(session, 0))
    script.hears(answer(first, 200, tag=""))
    script.waits(LIFE_S - 1)
    last = script.waits(1.1)[0]
    assert notified(last) == ("refer", "terminated", b"SIP/2.0 100 Trying\r\n")
    assert script.do(script.agent.report_referral(session, 200, script.now)) == []


def test_a_refer_that_nobody_decides_on_is_declined() -> None:
    script, _ = referred()
    assert codes(script.waits(31)) == [603]


def test_a_refer_that_nobody_decides_on_is_answered_when_the_call_ends() -> None:
    script, session = referred()
    assert codes(script.hears(from_peer("BYE", to_tag=session, cseq=3))) == [200, 487]
    script.waits(40)
    assert script.agent.remembered == 0


@pytest.mark.parametrize("code", [481, 408])
def test_a_peer_that_listens_no_more_is_told_no_more(code: int) -> None:
    """RFC 6665 §4.2.2."""
    script, session = referred()
    _, first = script.do(script.agent.accept_referral(session, 0))
    script.hears(answer(first, code, tag=""))
    assert script.do(script.agent.report_referral(session, 200, 0)) == []


def test_a_flood_of_ringing_is_not_passed_on() -> None:
    script, session = referred()
    script.do(script.agent.accept_referral(session, 0))
    told = [script.do(script.agent.report_referral(session, 180 + n % 4, 0)) for n in range(99)]
    assert sum(map(len, told)) <= 16
    assert codes(script.do(script.agent.report_referral(session, 200, 0))) == ["NOTIFY"]


@pytest.mark.parametrize(("expires", "standing"), [("60", "active"), ("0", "terminated")])
def test_a_subscription_is_asked_about_or_ended_by_the_peer(expires: str, standing: str) -> None:
    """RFC 3515 §2.4.4."""
    script, session = referred()
    script.do(script.agent.accept_referral(session, 0))
    headers = [("Event", "refer"), ("Expires", expires)]
    subscribe = from_peer("SUBSCRIBE", to_tag=session, cseq=3, headers=headers)
    accepted, told = script.hears(subscribe)
    assert codes([accepted]) == [200]
    assert "Expires" in accepted.headers
    assert notified(told)[1] == standing


@pytest.mark.parametrize("method", ["SUBSCRIBE", "NOTIFY"])
@pytest.mark.parametrize("headers", [[], [("Event", "message-summary")], [("Event", "dialog")]])
def test_events_that_we_do_not_know_are_refused_with_those_that_we_do(
    method: str, headers: list[tuple[str, str]]
) -> None:
    """RFC 6665 §4.2.1.1: 489, within a dialog and outside of any."""
    script, session = in_call()
    for request in (
        from_peer(method, to_tag=session, cseq=2, headers=headers),
        from_peer(method, call_id="another", headers=headers),
    ):
        refusal = only(script.hears(request))
        assert (codes([refusal]), refusal.headers.get("Allow-Events")) == ([489], "refer")


@pytest.mark.parametrize(("method", "code"), [("SUBSCRIBE", 403), ("NOTIFY", 481)])
def test_a_subscription_to_transfers_needs_a_refer(method: str, code: int) -> None:
    """RFC 3515 §2.4.4."""
    script, session = in_call()
    headers = [("Event", "refer")]
    assert codes(script.hears(from_peer(method, call_id="x", headers=headers))) == [code]
    inside = from_peer(method, to_tag=session, cseq=2, headers=headers)
    assert codes(script.hears(inside)) == [481]


def news(
    session: SessionId, status: bytes, *, cseq: int = 2, event: str = "refer", state: str = "active"
) -> Request:
    headers = [
        ("Event", event),
        ("Subscription-State", state),
        ("Content-Type", "message/sipfrag"),
    ]
    return from_peer("NOTIFY", to_tag=session, cseq=cseq, headers=headers, body=status)


def referring() -> tuple[Scripted, SessionId, Request]:
    script, session = in_call()
    request = only(script.do(script.agent.refer(session, CAROL, 0)))
    assert isinstance(request, Request)
    return script, session, request


def test_our_refer_names_the_target_and_ourselves() -> None:
    """RFC 3515 §2.1, RFC 3892 §2.1."""
    script, session, request = referring()
    assert request.method == "REFER"
    assert request.headers.get("Refer-To") == "<sip:carol@192.0.2.3>"
    assert request.headers.get("Referred-By") == "<sip:speaker@192.0.2.2>"
    with pytest.raises(IllegalStep):
        script.agent.refer(session, CAROL, 0)


def test_what_comes_of_our_refer_is_told() -> None:
    """RFC 3515 §2.4.5; a NOTIFY may overtake the 202."""
    script, session, request = referring()
    assert codes(script.hears(news(session, b"SIP/2.0 100 Trying"))) == [200]
    script.hears(answer(request, 202, tag=""))
    script.hears(news(session, b"SIP/2.0 180 Ringing\r\n", cseq=3))
    script.hears(news(session, b"SIP/2.0 200 OK\r\nServer: x\r\n", cseq=4, state="terminated"))
    assert script.told(ReferralProgress) == [
        ReferralProgress(session, 100, "Trying", done=False),
        ReferralProgress(session, 180, "Ringing", done=False),
        ReferralProgress(session, 200, "OK", done=True),
    ]
    assert codes(script.hears(news(session, b"SIP/2.0 200 OK", cseq=5))) == [481]


@pytest.mark.parametrize(
    ("status", "state", "expected"),
    [
        (b"SIP/2.0 603 Decline", "active", (603, "Decline", True)),
        (b"SIP/2.0 100 Trying", "terminated;reason=noresource", (408, "noresource", True)),
        (b"whatever", "terminated;reason=timeout", (408, "timeout", True)),
    ],
)
def test_every_way_in_which_news_end_is_told(
    status: bytes, state: str, expected: tuple[int, str, bool]
) -> None:
    script, session, _ = referring()
    script.hears(news(session, status, state=state))
    assert script.told(ReferralProgress) == [ReferralProgress(session, *expected)]


def test_news_that_say_nothing_are_taken_and_passed_over() -> None:
    script, session, _ = referring()
    assert codes(script.hears(news(session, b"\x00\xff" * 9000))) == [200]
    assert script.told(ReferralProgress) == []


def test_news_of_another_refer_get_481() -> None:
    """RFC 3515 §2.4.6."""
    script, session, request = referring()
    other = news(session, b"SIP/2.0 200 OK", event="refer;id=99")
    assert codes(script.hears(other)) == [481]
    ours = news(session, b"SIP/2.0 200 OK", cseq=3, event=f"refer;id={request.cseq.number}")
    assert codes(script.hears(ours)) == [200]


@pytest.mark.parametrize("code", [403, 405, 603])
def test_a_peer_that_will_not_call_leaves_us_talking(code: int) -> None:
    script, session, request = referring()
    script.hears(answer(request, code, tag=""))
    assert [(each.code, each.done) for each in script.told(ReferralProgress)] == [(code, True)]
    assert codes(script.do(script.agent.refer(session, CAROL, 0))) == ["REFER"]


@pytest.mark.parametrize("code", [408, 481])
def test_a_refer_that_finds_no_dialog_ends_the_call(code: int) -> None:
    script, _, request = referring()
    assert codes(script.hears(answer(request, code, tag=""))) == ["BYE"]
    assert [each.code for each in script.told(Ended)] == [code]


def test_a_peer_that_never_tells_is_waited_for_in_bounds() -> None:
    script, session, request = referring()
    script.hears(answer(request, 202, tag=""))
    script.waits(LIFE_S + 1)
    (told,) = script.told(ReferralProgress)
    assert (told.session, told.code, told.done) == (session, 408, True)


def test_nothing_is_told_of_a_transfer_after_the_end() -> None:
    script, session, request = referring()
    script.hears(answer(request, 202, tag=""))
    script.hears(from_peer("BYE", to_tag=session, cseq=2))
    assert codes(script.hears(news(session, b"SIP/2.0 200 OK", cseq=3))) == [481]
    assert script.told(ReferralProgress) == []
    script.waits(33)
    assert script.agent.remembered == 0


def test_an_attended_transfer_names_the_other_call_as_its_peer_knows_it() -> None:
    """RFC 3891 §3: the to-tag is that of the one who gets the INVITE."""
    script, session = in_call()
    other, invite = script.calls("sip:carol@192.0.2.1")
    script.hears(
        answer(invite, 200, tag="carol", contact="<sip:carol@192.0.2.3:5070>", body=b"v=0\r\n")
    )
    request = only(script.do(script.agent.refer(session, other, 0)))
    assert isinstance(request, Request)
    assert request.refer_to is not None
    uri = request.refer_to.uri
    assert isinstance(uri, SipUri)
    assert (uri.user, uri.host, uri.port) == ("carol", "192.0.2.3", 5070)
    escaped = f"{invite.call_id}%3Bto-tag%3Dcarol%3Bfrom-tag%3D{other}"
    assert uri.headers == (("Replaces", escaped),)


def test_two_user_agents_transfer_and_forget() -> None:
    pair = talking(Pair())
    pair.alice.do(pair.alice.agent.refer(pair.alice.session, CAROL, pair.now))
    pair.run()
    assert [each.target for each in pair.bob.told(ReferralArrived)] == [CAROL]
    pair.bob.do(pair.bob.agent.accept_referral(pair.bob.session, pair.now))
    pair.run()
    pair.bob.do(pair.bob.agent.report_referral(pair.bob.session, 200, pair.now))
    pair.run()
    assert [(each.code, each.done) for each in pair.alice.told(ReferralProgress)] == [
        (100, False),
        (200, True),
    ]
    pair.alice.hang_up()
    pair.run_out()
    assert pair.alice.agent.remembered == pair.bob.agent.remembered == 0
