"""What the room hears of a call that the device places, until somebody answers."""

import pytest

from media.sdp.negotiation import Capabilities, answer_offer
from media.sdp.session_description import Origin
from sip.syntax.uri import SipUri
from tests.speaker.stage import PHONE_TONE_HZ, Stage

ALICE = SipUri.for_user("alice", "192.0.2.1")
TONE_HZ = 425.0
HEARD_DB, SILENT_DB = -30.0, -70.0


def calling(settings: dict[str, object] | None = None) -> Stage:
    """The device has called Alice, whose phone does not do anything yet."""
    stage = Stage(settings)
    stage.speaks = False
    stage.calls.call(ALICE, None, stage.pair.now, address="192.0.2.1")
    stage.run(0.1)
    return stage


def answer_to(stage: Stage) -> bytes:
    (invite,) = stage.pair.bob.sent("INVITE")[:1]
    host = stage.phone.host
    return answer_offer(invite.body, Capabilities(), host, 6000, origin=Origin(1, 1, host)).body


def on_and_off(stage: Stage, seconds: float) -> list[bool]:
    """For each tenth of a second to come, whether the tone is heard."""
    heard = []
    for _ in range(round(seconds * 10)):
        stage.run(0.1)
        heard.append(stage.room_level_db(TONE_HZ) > HEARD_DB)
    return heard


def test_the_room_hears_ringing_while_it_rings_there_and_not_before() -> None:
    stage = calling()
    assert stage.room_level_db(TONE_HZ) < SILENT_DB
    stage.phone.ring()
    heard = on_and_off(stage, 7.0)
    assert 8 <= sum(heard[:12]) <= 12, "one second of tone"
    assert sum(heard[14:48]) == 0, "four seconds of pause"
    assert 8 <= sum(heard[48:64]) <= 13


def test_the_ringing_ends_with_the_answer() -> None:
    stage = calling()
    stage.phone.ring()
    stage.run(0.3)
    assert stage.room_level_db(TONE_HZ) > HEARD_DB
    stage.phone.accept(answer_to(stage))
    stage.run(0.3)
    assert stage.state() == "talking"
    assert stage.room_level_db(TONE_HZ) < SILENT_DB


def test_early_media_is_heard_in_its_place() -> None:
    stage = calling()
    stage.phone.ring()
    stage.run(0.3)
    stage.phone.ring(early_media=answer_to(stage))
    stage.run(0.3)
    stage.phone.ring()
    stage.run(0.3)
    assert stage.room_level_db(TONE_HZ) < SILENT_DB


@pytest.mark.parametrize(
    ("code", "on_s", "lasts_s"),
    [(486, 0.5, 3.0), (600, 0.5, 3.0), (603, 0.5, 3.0), (404, 0.25, 1.5), (503, 0.25, 1.5)],
)
def test_a_call_that_fails_is_heard_to_fail(code: int, on_s: float, lasts_s: float) -> None:
    stage = calling()
    stage.phone.ring()
    stage.run(0.2)
    start = len(stage.room.played)
    stage.phone.reject(code)
    stage.run(5.0)
    assert stage.state() == "idle"
    levels = [bool(abs(frame).max() > 0.05) for frame in stage.room.played[start + 5 :]]
    assert sum(levels) == pytest.approx(lasts_s * 50, abs=15), "half of the time there is tone"
    first_pause = levels.index(False)
    assert first_pause == pytest.approx(on_s * 100, abs=6)
    assert not any(levels[-100:])


def test_a_call_that_nobody_answers_in_time_is_heard_to_fail() -> None:
    stage = calling({"sip": {"calling_timeout_s": 2}})
    stage.phone.ring()
    stage.run(1.8)
    assert on_and_off(stage, 1.0).count(True) >= 3


def test_a_call_that_is_given_up_here_is_silent_at_once() -> None:
    stage = calling()
    stage.phone.ring()
    stage.run(0.3)
    stage.calls.hang_up_all(stage.pair.now)
    stage.run(0.3)
    assert not any(on_and_off(stage, 1.0))


def test_the_tones_may_be_switched_off() -> None:
    stage = calling({"audio": {"call_progress_tones": False}})
    stage.phone.ring()
    assert not any(on_and_off(stage, 0.5))
    stage.phone.reject(486)
    assert not any(on_and_off(stage, 0.5))
    assert stage.room_level_db(PHONE_TONE_HZ) < SILENT_DB
