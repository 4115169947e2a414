"""A call that ends, at every moment at which it may, and what the device is like afterwards."""

from collections.abc import Callable

import pytest

from sip.session.events import Answered, Ended, Party
from sip.syntax.uri import SipUri
from speaker.calls.call_book import CallRefused
from speaker.calls.call_state import IllegalStep
from tests.sip.pair import losing
from tests.speaker.stage import Stage

ANNOUNCED = {"announcement": {"clip": "busy"}}
EARLY = {"announcement": {"clip": "busy", "ringback_while_playing": False}}
BY_HAND = {"sip": {"accounts": [{"id": "a", "default": True, "answer_automatically": False}]}}
PHONE_PORTS = [("192.0.2.1", 6000), ("192.0.2.1", 6001)]
ALICE = SipUri.for_user("alice", "192.0.2.1")


def rings(stage: Stage) -> None:
    stage.call()


def is_announced(stage: Stage) -> None:
    stage.call()
    stage.run(0.2)


def awaits_its_ack(stage: Stage) -> None:
    stage.pair.fate = losing("alice ACK")
    stage.call()
    stage.pair.fate = lambda _message: (0.001,)


def talks(stage: Stage) -> None:
    stage.call()
    stage.run(0.3)


def is_held(stage: Stage) -> None:
    talks(stage)
    stage.calls.hold(stage.calls.calls[0].session, stage.pair.now, on=True)
    stage.run(0.1)
    stage.phone.answer_offer(stage.offer.replace(b"a=sendrecv", b"a=inactive"))
    stage.run(0.1)


def waits_for_the_answer_to_a_hold(stage: Stage) -> None:
    talks(stage)
    stage.calls.hold(stage.calls.calls[0].session, stage.pair.now, on=True)
    stage.run(0.1)


def calls(stage: Stage) -> None:
    stage.calls.call(ALICE, None, stage.pair.now, address="192.0.2.1")
    stage.run(0.1)


def calls_and_hears_ringing(stage: Stage) -> None:
    calls(stage)
    stage.phone.ring()
    stage.run(0.1)


def has_called(stage: Stage) -> None:
    calls(stage)
    stage.phone.accept(stage.offer)
    stage.run(0.2)


MOMENTS = [
    (BY_HAND, rings),
    (ANNOUNCED, is_announced),
    (EARLY, is_announced),
    ({}, awaits_its_ack),
    ({}, talks),
    ({}, is_held),
    ({}, waits_for_the_answer_to_a_hold),
    ({}, calls),
    ({}, calls_and_hears_ringing),
    ({}, has_called),
]
every_moment = pytest.mark.parametrize(("settings", "reach"), MOMENTS)


def takes_the_next_call(stage: Stage) -> bool:
    """Whether the device is as new: silent, without ports, and ready to be called."""
    assert stage.network.open_ports == PHONE_PORTS
    assert stage.bus.value("call.state") == "idle"
    assert not stage.calls.leaving
    stage.call()
    return len(stage.calls.calls) == 1


@every_moment
def test_the_device_may_hang_up_at_any_moment(
    settings: dict[str, object], reach: Callable[[Stage], None]
) -> None:
    stage = Stage(settings)
    reach(stage)
    stage.calls.hang_up(stage.calls.calls[0].session, stage.pair.now)
    assert stage.calls.calls == ()
    stage.run(1.2)
    assert len(stage.phone.told(Ended)) == 1
    assert takes_the_next_call(stage)


@every_moment
def test_the_phone_may_hang_up_at_any_moment(
    settings: dict[str, object], reach: Callable[[Stage], None]
) -> None:
    stage = Stage(settings)
    reach(stage)
    stage.phone.hang_up()
    stage.run(1.2)
    assert len(stage.phone.told(Ended)) == 1
    assert takes_the_next_call(stage)


def test_both_may_hang_up_at_once() -> None:
    stage = Stage()
    talks(stage)
    stage.phone.hang_up()
    stage.calls.hang_up(stage.calls.calls[0].session, stage.pair.now)
    stage.run(1.0)
    assert takes_the_next_call(stage)


def test_a_cancel_that_crosses_our_answer_is_followed_by_a_bye() -> None:
    """RFC 3261 §9.2 and §15: the 200 wins, and the caller ends the call that it did not want."""
    stage = Stage(ANNOUNCED)
    stage.call()
    stage.run(0.2)
    stage.calls.answer(stage.calls.calls[0].session, stage.pair.now)
    stage.phone.hang_up()
    stage.run(1.0)
    assert "alice BYE" in stage.pair.ladder
    assert takes_the_next_call(stage)


def test_a_call_is_answered_once() -> None:
    stage = Stage(ANNOUNCED)
    is_announced(stage)
    session = stage.calls.calls[0].session
    stage.calls.answer(session, stage.pair.now)
    with pytest.raises(IllegalStep, match="answer while talking"):
        stage.calls.answer(session, stage.pair.now)
    stage.run(1.5)
    assert len(stage.phone.told(Answered)) == 1
    assert stage.states == ["idle", "ringing", "announcing", "talking"]


def test_a_call_of_ours_is_not_ours_to_answer() -> None:
    stage = Stage()
    calls(stage)
    with pytest.raises(IllegalStep, match="answer while calling"):
        stage.calls.answer(stage.calls.calls[0].session, stage.pair.now)
    assert stage.state() == "calling"
    stage.phone.accept(stage.offer)
    stage.run(0.1)
    assert stage.state() == "talking"


def test_a_device_that_stops_ends_every_call_and_takes_no_more() -> None:
    stage = Stage({"sip": {"max_calls": 2}})
    talks(stage)
    stage.calls.close(stage.pair.now)
    assert stage.calls.leaving
    stage.phone.call(stage.pair.bob, stage.offer)
    with pytest.raises(CallRefused, match="stopping"):
        stage.calls.call(ALICE, None, stage.pair.now, address="192.0.2.1")
    stage.run(0.2)
    assert [ended.code for ended in stage.phone.told(Ended)] == [200, 503]
    assert not stage.calls.leaving


def test_an_ended_call_is_awaited_until_its_peer_confirms() -> None:
    """The ACK of the 200 is no confirmation of the BYE that follows it."""
    stage = Stage()
    awaits_its_ack(stage)
    stage.pair.fate = losing("bob BYE")
    stage.calls.hang_up(stage.calls.calls[0].session, stage.pair.now)
    stage.run(2.0)
    assert "bob BYE" in stage.pair.ladder
    assert stage.calls.leaving


def test_when_one_of_two_calls_ends_the_state_is_that_of_the_other() -> None:
    accounts = [{"id": "a", "default": True, "answer_automatically": False}]
    stage = Stage({"sip": {"max_calls": 2, "accounts": accounts}})
    stage.call()
    first = stage.calls.calls[0].session
    stage.calls.answer(first, stage.pair.now)
    stage.call()
    assert stage.state() == "ringing"
    stage.phone.hang_up()
    stage.run(0.1)
    assert [ended.by for ended in stage.phone.told(Ended)] == [Party.LOCAL]
    assert stage.state() == "talking"
