"""What must hold for a user agent whatever its peers send, in whatever order."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from typing import Final

from sip.account import RegistrationChanged
from sip.errors import IllegalStep
from sip.session.events import (
    Answered,
    Ended,
    IncomingCall,
    OfferArrived,
    OptionsAnswered,
    ReferralArrived,
    SessionId,
    UserAgentEvent,
)
from tests.sip.pair import ANSWER, OFFER
from tests.sip.scripted import Scripted, answer, from_peer

MAXIMUM_SESSIONS: Final = 6
LONG_S: Final = 240.0

PLACED: Final = "token1"
"""The tag of the call that the user agent under test has placed, and that rings."""

TALKING: Final = "token4"
"""The tag of the call that it has taken."""

RINGING: Final = "token5"
"""The tag of the call that came and rings."""

TIMED: Final = [("Supported", "timer"), ("Session-Expires", "90;refresher=uac")]

SEEDS: Final = tuple(
    bytes(message)
    for message in (
        from_peer("INVITE", call_id="new", body=OFFER),
        from_peer("INVITE", to_tag=TALKING, cseq=2, body=OFFER),
        from_peer("ACK", to_tag=TALKING, cseq=2),
        from_peer("INFO", to_tag=TALKING, cseq=3, headers=[("Content-Type", "a/b")], body=b"5"),
        from_peer("BYE", to_tag=TALKING, cseq=4),
        from_peer("CANCEL", call_id="call-2", branch="ringing"),
        from_peer("BYE", to_tag=PLACED, call_id="token2"),
        from_peer("OPTIONS", headers=[("Require", "teleport")]),
        from_peer("INVITE", call_id="reliable", body=OFFER, headers=[("Require", "100rel")]),
        from_peer("INVITE", call_id="late", headers=[("Require", "100rel")]),
        from_peer(
            "INVITE",
            call_id="replacing",
            body=OFFER,
            headers=[("Replaces", f"call-1;to-tag={TALKING};from-tag=peer-tag")],
        ),
        from_peer("PRACK", to_tag=RINGING, cseq=2, headers=[("RAck", "1 1 INVITE")], body=OFFER),
        from_peer("UPDATE", to_tag=TALKING, cseq=5, body=OFFER),
        from_peer("UPDATE", to_tag=TALKING, cseq=6, headers=TIMED),
        from_peer("REFER", to_tag=TALKING, cseq=7, headers=[("Refer-To", "<sip:x@192.0.2.3>")]),
        from_peer("SUBSCRIBE", to_tag=TALKING, cseq=8, headers=[("Event", "refer")]),
        from_peer(
            "NOTIFY",
            to_tag=TALKING,
            cseq=9,
            headers=[
                ("Event", "refer"),
                ("Subscription-State", "terminated;reason=noresource"),
                ("Content-Type", "message/sipfrag"),
            ],
            body=b"SIP/2.0 200 OK",
        ),
    )
)


def endure(messages: Iterable[bytes], pause_s: float = 0.2) -> None:
    """Let an agent with calls in three states hear `messages`; check that it stays whole."""
    script = Scripted(maximum_sessions=MAXIMUM_SESSIONS, session_timer_s=1800)
    placed, invite = script.calls()
    script.hears(answer(invite, 180))
    script.hears(from_peer("INVITE", body=OFFER))
    talking = script.told(IncomingCall)[-1].session
    script.do(script.agent.accept(talking, ANSWER, script.now))
    script.hears(from_peer("ACK", to_tag=talking))
    script.hears(from_peer("INVITE", call_id="call-2", branch="ringing", body=OFFER))
    ringing = script.told(IncomingCall)[-1].session
    script.do(script.agent.ring(ringing, script.now))
    assert (placed, talking, ringing) == (PLACED, TALKING, RINGING), "the seeds name them"
    count = 0
    for message in messages:
        heard = len(script.events)
        script.hears(message)
        for event in script.events[heard:]:
            react(script, event)
        script.waits(pause_s)
        count += 1
    assert script.agent.remembered <= MAXIMUM_SESSIONS + 4 * (count + 10)
    end_everything(script, placed)


def react(script: Scripted, event: UserAgentEvent) -> None:
    """Do what an application does that answers everything at once."""
    with contextlib.suppress(IllegalStep):  # what one message brings may end with that message
        match event:
            case IncomingCall(session):
                script.do(script.agent.ring(session, script.now, early_media=ANSWER))
                script.do(script.agent.accept(session, ANSWER, script.now))
            case ReferralArrived(session):
                script.do(script.agent.accept_referral(session, script.now))
                script.do(script.agent.report_referral(session, 180, script.now))
            case OfferArrived(session) | Answered(session):
                script.do(script.agent.answer_offer(session, ANSWER, script.now))
            case _:
                pass


def end_everything(script: Scripted, placed: SessionId) -> None:
    """Hang up; each session ends once, and after long silence nothing is left."""
    sessions = {placed} | {
        event.session
        for event in script.events
        if not isinstance(event, OptionsAnswered | RegistrationChanged)
    }
    for session in sessions:
        with contextlib.suppress(IllegalStep):  # over, or on its way to be
            script.do(script.agent.hang_up(session, script.now))
    script.waits(LONG_S)
    ended = [event.session for event in script.told(Ended)]
    assert sorted(ended) == sorted(sessions)
    assert script.agent.remembered == 0
    assert script.agent.deadline is None
