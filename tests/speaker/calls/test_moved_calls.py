"""The network changes under a call: its peer is told where the device is now."""

from sip.session.events import OfferArrived
from tests.speaker.stage import Stage

HEARD_DB = -20.0
ELSEWHERE = "192.0.2.77"
BY_HAND = {"sip": {"accounts": [{"id": "a", "default": True, "answer_automatically": False}]}}


def talking() -> Stage:
    stage = Stage()
    stage.call()
    stage.run(0.3)
    return stage


def move(stage: Stage, address: str | None) -> None:
    stage.device_address = address
    stage.calls.on_network_changed(stage.pair.now)


def offers(stage: Stage) -> list[bytes]:
    return [event.body for event in stage.phone.told(OfferArrived)]


def test_the_peer_is_offered_the_new_address_and_the_same_sound() -> None:
    stage = talking()
    move(stage, ELSEWHERE)
    stage.run(0.1)
    (offer,) = offers(stage)
    assert f"c=IN IP4 {ELSEWHERE}".encode() in offer
    assert b"a=inactive" not in offer
    stage.phone.answer_offer(stage.offer)
    stage.run(0.5)
    assert stage.state() == "talking"
    assert stage.room_level_db() > HEARD_DB


def test_an_address_that_has_not_changed_is_no_news() -> None:
    stage = talking()
    move(stage, stage.pair.bob.host)
    stage.run(2.0)
    assert offers(stage) == []


def test_later_offers_and_answers_name_the_new_address() -> None:
    stage = talking()
    move(stage, ELSEWHERE)
    stage.run(0.1)
    stage.phone.answer_offer(stage.offer)
    stage.run(0.1)
    stage.calls.hold(stage.calls.calls[0].session, stage.pair.now, on=True)
    stage.run(0.1)
    assert f"c=IN IP4 {ELSEWHERE}".encode() in offers(stage)[-1]


def test_while_another_change_is_under_way_the_move_waits() -> None:
    stage = talking()
    stage.calls.hold(stage.calls.calls[0].session, stage.pair.now, on=True)
    move(stage, ELSEWHERE)
    stage.run(0.1)
    (held,) = offers(stage)
    assert ELSEWHERE.encode() not in held
    stage.phone.answer_offer(stage.offer.replace(b"a=sendrecv", b"a=inactive"))
    stage.run(1.5)
    assert ELSEWHERE.encode() in offers(stage)[-1]
    assert b"a=inactive" in offers(stage)[-1]


def test_a_call_that_rings_is_moved_once_it_is_answered() -> None:
    stage = Stage(BY_HAND)
    stage.call()
    move(stage, ELSEWHERE)
    stage.run(0.5)
    assert offers(stage) == []
    stage.calls.answer(stage.calls.calls[0].session, stage.pair.now)
    stage.run(1.5)
    assert ELSEWHERE.encode() in offers(stage)[0]


def test_without_any_way_to_the_peer_the_move_waits_for_one() -> None:
    stage = talking()
    move(stage, None)
    stage.run(3.0)
    assert offers(stage) == []
    stage.device_address = ELSEWHERE
    stage.run(1.5)
    assert ELSEWHERE.encode() in offers(stage)[0]


def test_a_call_that_ends_is_not_waited_for() -> None:
    stage = Stage(BY_HAND)
    stage.call()
    move(stage, ELSEWHERE)
    stage.phone.hang_up()
    stage.run(2.5)
    assert stage.calls.deadline is None
