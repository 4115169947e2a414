"""The services of RFC 5359 §2 that a speaker takes part in, between three of our user agents.

In each of the documents' flows Bob is the one who holds, transfers, or is transferred; music on
hold is left out.
"""

import itertools

from sip.session.events import (
    Ended,
    IncomingCall,
    OfferArrived,
    Party,
    ReferralArrived,
    ReferralProgress,
)
from sip.syntax.message import Request
from tests.sip.pair import ANSWER, OFFER, Pair, Phone, summarised

HOLD = b"v=0\r\no=alice 1 2 IN IP4 192.0.2.1\r\na=sendonly\r\n"
HELD = b"v=0\r\no=bob 1 2 IN IP4 192.0.2.2\r\na=recvonly\r\n"


def trio() -> tuple[Pair, Phone]:
    """Alice has called Bob, and they talk; Carol has a phone as well."""
    pair = Pair()
    carol = pair.join("carol", "192.0.2.3")
    pair.alice.call(pair.bob)
    pair.run()
    pair.bob.accept()
    pair.run()
    return pair, carol


def since(pair: Pair, before: int) -> list[str]:
    """What was sent after the first `before` messages, without 100s."""
    return [step for step in pair.ladder[before:] if " 100 " not in step]


def reinvites(pair: Pair, one: Phone, other: Phone, offer: bytes, answer: bytes) -> None:
    one.reinvite(offer)
    pair.run()
    assert other.told(OfferArrived)[-1] == OfferArrived(other.session, offer)
    other.answer_offer(answer)
    pair.run()


def test_2_1_call_hold() -> None:
    """RFC 5359 §2.1: hold and resume are re-INVITEs by the one who holds."""
    pair, _ = trio()
    before = len(pair.ladder)
    reinvites(pair, pair.bob, pair.alice, HOLD, HELD)
    reinvites(pair, pair.bob, pair.alice, OFFER, ANSWER)
    pair.alice.hang_up()
    pair.run()
    assert since(pair, before) == [
        *["bob INVITE", "alice 200 INVITE", "bob ACK"] * 2,
        "alice BYE",
        "bob 200 BYE",
    ]


def test_2_2_consultation_hold() -> None:
    """RFC 5359 §2.2: Bob holds Alice, talks to Carol, and comes back."""
    pair, carol = trio()
    with_alice = pair.bob.session
    reinvites(pair, pair.bob, pair.alice, HOLD, HELD)
    pair.bob.call(carol)
    pair.run()
    carol.accept()
    pair.run()
    pair.bob.hang_up()
    pair.run()
    pair.bob.session = with_alice
    before = len(pair.ladder)
    reinvites(pair, pair.bob, pair.alice, OFFER, ANSWER)
    assert since(pair, before) == ["bob INVITE", "alice 200 INVITE", "bob ACK"]
    assert [each.session for each in pair.bob.told(Ended)] != [with_alice]


def is_transferred(pair: Pair, phone: Phone) -> Request:
    """Let an application do what it is referred to; the INVITE that it sends."""
    (asked,) = phone.told(ReferralArrived)
    phone.do(phone.agent.accept_referral(asked.session, pair.now))
    phone.session, effects = phone.agent.invite(
        asked.target,
        local=phone.identity,
        offer=OFFER,
        transport=pair.transport,
        now=pair.now,
        headers=asked.headers,
    )
    phone.do(effects)
    pair.run()
    invite = phone.sent("INVITE")[-1]
    assert isinstance(invite, Request)
    return invite


def test_2_4_transfer_unattended() -> None:
    """RFC 5359 §2.4: Bob refers Alice to Carol and hangs up when she is there."""
    pair, carol = trio()
    before = len(pair.ladder)
    with_bob = pair.alice.session
    pair.bob.refer(carol.uri)
    pair.run()
    invite = is_transferred(pair, pair.alice)
    assert invite.headers.get("Referred-By") == "<sip:bob@192.0.2.2>"
    carol.ring()
    pair.run()
    carol.accept()
    pair.run()
    pair.alice.do(pair.alice.agent.report_referral(with_bob, 200, pair.now))
    pair.run()
    assert [(each.code, each.done) for each in pair.bob.told(ReferralProgress)] == [
        (100, False),
        (200, True),
    ]
    pair.bob.hang_up()
    pair.run()
    assert since(pair, before) == [
        "bob REFER",
        "alice 202 REFER",
        "alice NOTIFY",
        "alice INVITE",
        "bob 200 NOTIFY",
        "carol 180 INVITE",
        "carol 200 INVITE",
        "alice ACK",
        "alice NOTIFY",
        "bob 200 NOTIFY",
        "bob BYE",
        "alice 200 BYE",
    ]
    assert [(each.session, each.by) for each in pair.alice.told(Ended)] == [
        (with_bob, Party.REMOTE)
    ]
    assert carol.told(Ended) == []


def test_2_5_transfer_attended() -> None:
    """RFC 5359 §2.5: Bob has asked Carol, and Alice takes the place of his call to her."""
    pair, carol = trio()
    with_alice, from_bob = pair.bob.session, pair.alice.session
    reinvites(pair, pair.bob, pair.alice, HOLD, HELD)
    pair.bob.call(carol)
    pair.run()
    carol.accept()
    pair.run()
    with_carol, asked_by_bob = pair.bob.session, carol.session
    pair.bob.session = with_alice
    before = len(pair.ladder)
    pair.bob.refer(with_carol)
    pair.run()
    invite = is_transferred(pair, pair.alice)
    assert invite.require == ("replaces",)
    assert carol.told(IncomingCall)[-1].replaces == asked_by_bob
    carol.accept()
    pair.run()
    pair.alice.do(pair.alice.agent.report_referral(from_bob, 200, pair.now))
    pair.run()
    pair.bob.hang_up()
    pair.run()
    assert since(pair, before) == [
        "bob REFER",
        "alice 202 REFER",
        "alice NOTIFY",
        "alice INVITE",
        "bob 200 NOTIFY",
        "carol 200 INVITE",
        "carol BYE",
        "alice ACK",
        "bob 200 BYE",
        "alice NOTIFY",
        "bob 200 NOTIFY",
        "bob BYE",
        "alice 200 BYE",
    ]
    assert {each.session for each in pair.bob.told(Ended)} == {with_alice, with_carol}
    assert [each.session for each in carol.told(Ended)] == [asked_by_bob]
    assert pair.alice.session not in {each.session for each in pair.alice.told(Ended)}


def test_the_calls_that_remain_end_and_nothing_is_kept() -> None:
    """After §2.4, whoever is left hangs up."""
    pair, carol = trio()
    pair.bob.refer(carol.uri)
    pair.run()
    is_transferred(pair, pair.alice)
    carol.accept()
    pair.run()
    pair.bob.hang_up()
    pair.run()
    carol.hang_up()
    pair.run_out()
    phones = (pair.alice, pair.bob, carol)
    assert [phone.agent.remembered for phone in phones] == [0, 0, 0]
    sent = itertools.groupby(summarised(message) for _, _, message in pair.wire)
    assert all(len(list(copies)) == 1 for _, copies in sent), "nothing was sent twice"
