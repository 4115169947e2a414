"""Hold by the device (RFC 3264 §8.4), where it is not as easy as one offer and one answer."""

import pytest

from sip.errors import IllegalStep
from sip.session.events import AnswerArrived, OfferArrived
from tests.speaker.stage import Stage

BY_HAND = {"sip": {"accounts": [{"id": "a", "default": True, "answer_automatically": False}]}}
HEARD_DB = -20.0


def talking() -> Stage:
    stage = Stage()
    stage.call()
    stage.run(0.3)
    return stage


def hold(stage: Stage, *, on: bool) -> None:
    stage.calls.hold(stage.calls.calls[0].session, stage.pair.now, on=on)


def test_a_call_that_only_rings_cannot_be_held_and_is_none_the_worse_for_it() -> None:
    stage = Stage(BY_HAND)
    stage.call()
    with pytest.raises(IllegalStep):
        hold(stage, on=True)
    stage.calls.answer(stage.calls.calls[0].session, stage.pair.now)
    stage.run(0.5)
    stage.phone.reinvite(stage.offer)
    stage.run(0.5)
    assert b"a=inactive" not in stage.phone.told(AnswerArrived)[0].body
    assert stage.room_level_db() > HEARD_DB


def test_a_hold_that_the_peer_refuses_is_none() -> None:
    stage = talking()
    hold(stage, on=True)
    stage.run(0.1)
    stage.phone.refuse_offer(488)
    stage.run(0.1)
    stage.phone.reinvite(stage.offer)
    stage.run(0.5)
    assert b"a=inactive" not in stage.phone.told(AnswerArrived)[0].body
    assert stage.room_level_db() > HEARD_DB


def test_a_second_wish_before_the_first_is_answered_does_not_confuse_them() -> None:
    stage = talking()
    hold(stage, on=True)
    stage.run(0.1)
    with pytest.raises(IllegalStep, match="under way"):
        hold(stage, on=False)
    (held,) = stage.phone.told(OfferArrived)
    assert b"a=inactive" in held.body
    stage.phone.answer_offer(stage.offer.replace(b"a=sendrecv", b"a=inactive"))
    stage.run(0.1)
    stage.phone.reinvite(stage.offer)
    stage.run(0.1)
    assert b"a=inactive" in stage.phone.told(AnswerArrived)[0].body, "the peer is held still"
