"""The call flows of RFC 3665 §3, message by message, between two of our user agents.

Those whose proxies ask, fail or send elsewhere are in `test_rfc3665_proxies`, those of §2 with
`sip.registration`, and with real peers in tests/interop.
"""

from sip.session.events import (
    AnswerArrived,
    Answered,
    Ended,
    Established,
    OfferArrived,
    Party,
    Progress,
)
from sip.syntax.message import Request, Response
from tests.sip.pair import ANSWER, Pair, losing
from tests.sip.scripted import Scripted, answer, codes, from_peer, only

MOVED = b"v=0\r\no=bob 1 2 IN IP4 192.0.2.20\r\n"
MOVED_TOO = b"v=0\r\no=alice 1 2 IN IP4 192.0.2.1\r\n"


def test_3_1_successful_session_establishment() -> None:
    """RFC 3665 §3.1."""
    pair = Pair()
    pair.alice.call(pair.bob)
    pair.run()
    pair.bob.ring()
    pair.run()
    pair.bob.accept()
    pair.run()
    pair.bob.hang_up()
    pair.run()
    assert [step for step in pair.ladder if step != "bob 100 INVITE"] == [
        "alice INVITE",
        "bob 180 INVITE",
        "bob 200 INVITE",
        "alice ACK",
        "bob BYE",
        "alice 200 BYE",
    ]
    assert [each.body for each in pair.alice.told(Answered)] == [ANSWER]
    assert len(pair.bob.told(Established)) == 1
    assert [each.by for each in pair.alice.told(Ended)] == [Party.REMOTE]
    assert [each.by for each in pair.bob.told(Ended)] == [Party.LOCAL]


def test_3_2_session_establishment_through_two_proxies() -> None:
    """RFC 3665 §3.2: both record their routes, and all that follows takes them in order."""
    script = Scripted()
    session, invite = script.calls("sip:bob@192.0.2.222")
    routes = [
        ("Record-Route", "<sip:192.0.2.222;lr>"),
        ("Record-Route", "<sip:192.0.2.111;lr>"),
    ]
    bob = "<sip:bob@192.0.2.201>"
    script.hears(answer(invite, 100, tag=""))
    script.hears(answer(invite, 180, contact=bob, headers=routes))
    ack = script.hears(answer(invite, 200, contact=bob, headers=routes, body=ANSWER))
    bye = script.do(script.agent.hang_up(session, 0))
    expected = ("<sip:192.0.2.111;lr>", "<sip:192.0.2.222;lr>")
    for request in (*ack, *bye):
        assert isinstance(request, Request)
        assert request.headers.get_all("Route") == expected
        assert str(request.uri) == "sip:bob@192.0.2.201"


def test_3_7_session_with_re_invite_as_the_address_changes() -> None:
    """RFC 3665 §3.7: by the one who was called, with the next number of its own."""
    pair = Pair()
    pair.alice.call(pair.bob)
    pair.run()
    pair.bob.accept()
    pair.run()
    before = len(pair.ladder)
    pair.bob.reinvite(MOVED)
    pair.run()
    assert pair.alice.told(OfferArrived) == [OfferArrived(pair.alice.session, MOVED)]
    pair.alice.answer_offer(MOVED_TOO)
    pair.run()
    pair.alice.hang_up()
    pair.run()
    assert pair.ladder[before:] == [
        "bob INVITE",
        "alice 200 INVITE",
        "bob ACK",
        "alice BYE",
        "bob 200 BYE",
    ]
    assert pair.bob.told(AnswerArrived) == [AnswerArrived(pair.bob.session, MOVED_TOO)]


def test_3_8_unsuccessful_no_answer() -> None:
    """RFC 3665 §3.8: the caller gives up."""
    pair = Pair()
    pair.alice.call(pair.bob)
    pair.run()
    pair.bob.ring()
    pair.run()
    pair.alice.hang_up()
    pair.run()
    assert pair.ladder[2:] == [
        "bob 180 INVITE",
        "alice CANCEL",
        "bob 200 CANCEL",
        "bob 487 INVITE",
        "alice ACK",
    ]
    assert [each.code for each in pair.bob.told(Ended)] == [487]


def test_3_9_unsuccessful_busy() -> None:
    """RFC 3665 §3.9."""
    pair = Pair()
    pair.alice.call(pair.bob)
    pair.run()
    pair.bob.reject(486)
    pair.run()
    assert pair.ladder[2:] == ["bob 486 INVITE", "alice ACK"]
    assert [(each.by, each.code) for each in pair.alice.told(Ended)] == [(Party.REMOTE, 486)]


def test_3_10_unsuccessful_no_response_from_user_agent() -> None:
    """RFC 3665 §3.10: seven INVITEs, then the time is over."""
    pair = Pair(fate=losing("alice INVITE"))
    pair.alice.call(pair.bob)
    pair.run_out()
    assert pair.ladder == ["alice INVITE"] * 7
    assert [(each.by, each.code) for each in pair.alice.told(Ended)] == [(Party.NETWORK, 408)]


def test_3_11_unsuccessful_temporarily_unavailable() -> None:
    """RFC 3665 §3.11."""
    pair = Pair()
    pair.alice.call(pair.bob)
    pair.run()
    pair.bob.ring()
    pair.run()
    pair.bob.reject(480)
    pair.run()
    assert pair.ladder[2:] == ["bob 180 INVITE", "bob 480 INVITE", "alice ACK"]
    assert [each.code for each in pair.alice.told(Progress)] == [180]


def test_3_1_f2_an_answer_keeps_what_the_flow_copies() -> None:
    """RFC 3665 §3.1, F2: Via, From, To, Call-ID and CSeq of every answer are the request's."""
    script = Scripted()
    invite = from_peer("INVITE", body=ANSWER)
    trying = only(script.hears(invite))
    assert isinstance(trying, Response)
    assert codes([trying]) == [100]
    for name in ("Via", "From", "Call-ID", "CSeq"):
        assert trying.headers.get(name) == invite.headers.get(name)
