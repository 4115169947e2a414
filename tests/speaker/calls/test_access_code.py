"""Calls that are answered without a ring, but heard only once a code has been keyed."""

import pytest
import structlog

from conf.values.secret import Secret
from dtmf.event_sender import event_payloads
from speaker.calls.access_code import PAUSE_S, TIME_S, AccessCode, Gate
from tests.speaker.stage import PHONE_TONE_HZ, Stage

CODE = "47#1"
SILENT_DB = -60.0


def stage_with_code(**announcement: object) -> Stage:
    account = {"id": "door", "default": True, "answer_access_code": CODE}
    keys = {"four": "47", "nine": "9", "nineteen": "19"}
    sequences = [{"id": name, "sequence": sequence} for name, sequence in keys.items()]
    sip = {"accounts": [account], "dtmf_sequences": sequences}
    return Stage({"sip": sip, "announcement": announcement})


def key_by_info(stage: Stage, keys: str) -> None:
    for key in keys:
        body = f"Signal={key}\r\nDuration=160\r\n".encode()
        stage.phone.send_info("application/dtmf-relay", body)
        stage.run(0.2)


def key_by_rtp(stage: Stage, keys: str) -> None:
    assert stage.phone_stream is not None
    for key in keys:
        stage.phone_stream.send_named_event(event_payloads(key, duration_ms=160), 101)
        stage.run(0.5)


def is_deaf_and_mute(stage: Stage) -> bool:
    """Whether neither side hears anything of the other."""
    return stage.room_level_db() < SILENT_DB and stage.phone_level_db() < SILENT_DB


def hears_both_ways(stage: Stage) -> bool:
    return stage.room_level_db() > -30 and stage.phone_level_db() > -30


@pytest.mark.parametrize("key_in", [key_by_info, key_by_rtp])
def test_nothing_is_heard_until_the_code_has_been_keyed(key_in: object) -> None:
    assert callable(key_in)
    stage = stage_with_code()
    stage.call()
    stage.run(1.0)
    assert "bob 200 INVITE" in stage.pair.ladder
    assert stage.state() == "ringing"
    assert is_deaf_and_mute(stage)
    key_in(stage, CODE[:-1])
    assert is_deaf_and_mute(stage)
    key_in(stage, CODE[-1])
    stage.run(1.0)
    assert stage.state() == "talking"
    assert hears_both_ways(stage)
    assert stage.pair.ladder.count("bob 200 INVITE") == 1


def test_the_keys_of_the_code_are_told_to_nobody_and_begin_no_sequence() -> None:
    stage = stage_with_code()
    stage.call()
    with structlog.testing.capture_logs() as logs:
        key_by_rtp(stage, CODE)
        assert stage.happenings("dtmf.digit") == []
        key_by_rtp(stage, "9")
    assert [told["digit"] for told in stage.happenings("dtmf.digit")] == ["9"]
    assert [told["id"] for told in stage.happenings("dtmf.sequence")] == ["nine"]
    assert [entry["digit"] for entry in logs if "digit" in entry] == ["9"]
    assert CODE not in str(logs)


def test_a_slip_may_be_made_good_but_the_third_one_ends_the_call() -> None:
    stage = stage_with_code()
    stage.call()
    key_by_info(stage, "0000" + "1111" + CODE)
    assert stage.state() == "talking"
    stage = stage_with_code()
    stage.call()
    key_by_info(stage, "0000" + "1111" + "222")
    assert "bob BYE" not in stage.pair.ladder
    key_by_info(stage, "2")
    assert "bob BYE" in stage.pair.ladder
    assert stage.state() == "idle"


def test_a_caller_without_the_code_has_its_time_and_no_more() -> None:
    stage = stage_with_code()
    stage.call()
    stage.run(TIME_S - 0.5)
    assert "bob BYE" not in stage.pair.ladder
    stage.run(0.5)
    assert "bob BYE" in stage.pair.ladder
    assert stage.room_level_db(PHONE_TONE_HZ) < SILENT_DB


def test_after_wrong_codes_nobody_is_answered_without_a_ring_for_a_while() -> None:
    stage = stage_with_code()
    stage.call()
    key_by_info(stage, "0" * 12)
    stage.phone_stream = None
    stage.call()
    assert stage.pair.ladder.count("bob 200 INVITE") == 1
    assert stage.state() == "ringing"
    stage.phone.hang_up()
    stage.run(PAUSE_S)
    stage.call()
    assert stage.pair.ladder.count("bob 200 INVITE") == 2


def test_the_announcement_waits_for_the_code_and_the_call_for_the_announcement() -> None:
    stage = stage_with_code(clip="busy", repeat=0)
    stage.call()
    stage.run(1.0)
    assert is_deaf_and_mute(stage)
    key_by_info(stage, CODE)
    assert stage.state() == "announcing"
    assert stage.room_level_db() < SILENT_DB
    stage.run(5.0)
    assert stage.state() == "talking"
    assert hears_both_ways(stage)


def test_whoever_answers_by_hand_has_let_the_caller_in() -> None:
    stage = stage_with_code()
    stage.call()
    stage.calls.answer(stage.calls.calls[0].session, stage.pair.now)
    stage.run(1.0)
    assert stage.state() == "talking"
    assert hears_both_ways(stage)


def test_a_hold_opens_nothing() -> None:
    """A re-INVITE while the code is awaited changes the session, not who may hear it."""
    stage = stage_with_code()
    stage.call()
    stage.phone.reinvite(stage.offer)
    stage.run(1.0)
    assert "bob 200 INVITE" in stage.pair.ladder
    assert is_deaf_and_mute(stage)


def test_a_change_from_our_side_opens_nothing_and_breaks_nothing() -> None:
    """The network has changed, or somebody plays with the HTTP interface."""
    stage = stage_with_code()
    stage.call()
    for on in (True, False):
        stage.calls.hold(stage.calls.calls[0].session, stage.pair.now, on=on)
        stage.run(0.1)
        direction = b"a=inactive" if on else b"a=sendrecv"
        stage.phone.answer_offer(stage.offer.replace(b"a=sendrecv", direction))
        stage.run(0.5)
        assert is_deaf_and_mute(stage)
    key_by_info(stage, CODE)
    stage.run(1.0)
    assert hears_both_ways(stage)


def test_keys_are_compared_in_pieces_of_the_codes_length() -> None:
    code = AccessCode(Secret("1234"))
    assert code.on_keys("123") is Gate.SHUT
    assert code.on_keys("4567") is Gate.OPEN
    again = AccessCode(Secret("1234"))
    assert again.on_keys("01234") is Gate.SHUT
    assert again.on_keys("000") is Gate.SHUT
    assert again.on_keys("1234") is Gate.OPEN


def test_the_code_is_never_shown() -> None:
    assert "1234" not in repr(AccessCode(Secret("1234")))
