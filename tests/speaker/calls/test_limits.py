"""How long each part of a call may last, and how many calls there may be."""

import dataclasses

from sip.flow import Flow, Transport
from sip.session.events import Ended, IncomingCall, Party
from sip.syntax.uri import SipUri
from speaker.calls.call_book import CallRefused
from tests.speaker.calling import call_from
from tests.speaker.stage import Stage

ALICE = SipUri.for_user("alice", "192.0.2.1")
ACCOUNT: dict[str, object] = {"id": "a", "default": True}


def is_refused(stage: Stage) -> bool:
    """Whether the device declines to place a call."""
    try:
        stage.calls.call(ALICE, None, stage.pair.now, address="192.0.2.1")
    except CallRefused:
        return True
    return False


def test_a_call_of_ours_rings_for_calling_timeout_and_is_then_taken_back() -> None:
    stage = Stage({"sip": {"calling_timeout_s": 7}})
    stage.calls.call(ALICE, None, stage.pair.now, address="192.0.2.1")
    stage.run(0.1)
    stage.phone.ring()
    stage.run(6.8)
    assert stage.state() == "calling"
    stage.run(0.2)
    assert stage.state() == "idle"
    assert "bob CANCEL" in stage.pair.ladder


def test_calling_timeout_ends_with_the_answer() -> None:
    stage = Stage({"sip": {"calling_timeout_s": 2, "rtp_silence_limit_s": 0}})
    stage.calls.call(ALICE, None, stage.pair.now, address="192.0.2.1")
    stage.run(0.1)
    (incoming,) = stage.phone.told(IncomingCall)
    stage.phone.accept(incoming.offer.replace(b"192.0.2.2", b"192.0.2.1"))
    stage.run(3.0)
    assert stage.state() == "talking"


def test_an_announcement_counts_as_part_of_incoming_call_duration() -> None:
    """It may begin long after the call came in: here once the access code has been keyed."""
    stage = Stage(
        {
            "sip": {
                "incoming_call_duration_s": 3,
                "accounts": [{**ACCOUNT, "answer_access_code": "1111"}],
            },
            "announcement": {"clip": "busy", "repeat": 5},  # six seconds
        }
    )
    stage.call()
    stage.run(1.0)
    for _ in range(4):
        stage.phone.send_info("application/dtmf-relay", b"Signal=1\r\nDuration=160\r\n")
        stage.run(0.2)
    assert stage.state() == "announcing"
    stage.run(0.9)
    assert stage.state() == "announcing"
    stage.run(0.4)
    assert stage.state() == "idle"
    assert "bob BYE" in stage.pair.ladder


def test_incoming_call_duration_ends_with_the_answer() -> None:
    stage = Stage({"sip": {"incoming_call_duration_s": 2}})
    stage.call()
    stage.run(3.0)
    assert stage.state() == "talking"


def test_end_calls_after_counts_from_the_answer_on() -> None:
    by_hand = {**ACCOUNT, "answer_automatically": False}
    stage = Stage({"sip": {"end_calls_after_s": 3, "accounts": [by_hand]}})
    stage.call()
    stage.run(2.0)
    stage.calls.answer(stage.calls.calls[0].session, stage.pair.now)
    stage.run(2.8)
    assert stage.state() == "talking"
    stage.run(0.3)
    assert stage.phone.told(Ended)[0].by is Party.REMOTE


def test_without_end_calls_after_a_call_may_last() -> None:
    stage = Stage({"sip": {"end_calls_after_s": 0}})
    stage.call()
    assert [call.expires_at for call in stage.calls.calls] == [None]


def test_calls_of_ours_count_among_max_calls() -> None:
    stage = Stage({"sip": {"max_calls": 1}})
    stage.calls.call(ALICE, None, stage.pair.now, address="192.0.2.1")
    stage.phone.call(stage.pair.bob, stage.offer)
    stage.run(0.1)
    assert [ended.code for ended in stage.phone.told(Ended)] == [486]
    assert is_refused(stage)


def test_a_call_that_has_ended_makes_room() -> None:
    stage = Stage({"sip": {"max_calls": 1}})
    stage.call()
    assert is_refused(stage)
    stage.phone.hang_up()
    stage.run(0.1)
    assert not is_refused(stage)


def test_a_call_that_takes_the_place_of_another_needs_no_room_of_its_own() -> None:
    """RFC 3891: an attended transfer to the speaker, which has room for one call."""
    stage = Stage({"sip": {"max_calls": 1, "rtp_silence_limit_s": 0}})
    stage.call()
    (invite,) = stage.pair.alice.sent("INVITE")
    (answer,) = stage.pair.bob.sent("200 INVITE")
    replaced = f"{invite.call_id};to-tag={answer.to.tag};from-tag={invite.from_.tag}"
    arriving = call_from("192.0.2.1").request
    headers = arriving.headers.with_added("Replaces", replaced)
    headers = headers.with_added("Require", "replaces")
    headers = headers.with_added("Content-Type", "application/sdp")
    data = bytes(dataclasses.replace(arriving, headers=headers, body=stage.offer))
    data = data.replace(b"Content-Length: 0", b"Content-Length: %d" % len(stage.offer))
    flow = Flow(Transport.UDP, stage.pair.bob.address, stage.pair.alice.address)
    stage.pair.bob.do(stage.pair.bob.agent.receive(data, flow, stage.pair.now))
    assert stage.pair.ladder.count("bob 200 INVITE") == 2
    stage.run(0.1)
    assert len(stage.calls.calls) == 1
    assert "bob BYE" in stage.pair.ladder
