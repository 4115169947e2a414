"""Calls when settings change: the next one goes by the new ones, the one that is up by its own."""

from speaker.calls.call_state import CallState
from tests.speaker.stage import Stage

ANY = {"allowed_callers": ["any"]}
ACCOUNT: dict[str, object] = {"id": "a", "default": True}
SILENCE = {"rtp_silence_limit_s": 0}


def test_how_long_people_may_talk_is_what_it_was_when_they_began() -> None:
    stage = Stage({"sip": {"end_calls_after_s": 2, **SILENCE}})
    stage.call()
    stage.change({"sip": {**ANY, "end_calls_after_s": 1000, **SILENCE}})
    stage.run(2.5)
    assert stage.state() == "idle"
    stage.call()
    stage.run(2.5)
    assert stage.state() == "talking"


def test_the_next_call_rings_where_the_account_answers_by_itself_no_more() -> None:
    stage = Stage({"sip": {"accounts": [ACCOUNT]}})
    stage.change({"sip": {**ANY, "accounts": [{**ACCOUNT, "answer_automatically": False}]}})
    stage.call()
    assert stage.state() == "ringing"


def test_the_next_call_has_the_new_key_sequences_and_the_account_s_way_of_keys() -> None:
    stage = Stage({"sip": {"accounts": [ACCOUNT]}})
    sequences = [{"id": "open", "sequence": "5"}]
    stage.change({"sip": {**ANY, "accounts": [ACCOUNT], "dtmf_sequences": sequences}})
    stage.call()
    stage.phone.send_info("application/dtmf-relay", b"Signal=5\r\nDuration=160\r\n")
    stage.run(0.1)
    assert [told["id"] for told in stage.happenings("dtmf.sequence")] == ["open"]


def test_the_next_call_is_encrypted_as_the_account_says_now() -> None:
    stage = Stage({"sip": {"accounts": [ACCOUNT]}})
    stage.change({"sip": {**ANY, "accounts": [{**ACCOUNT, "media_encryption": "mandatory"}]}})
    stage.call()
    assert stage.state() == "idle"
    assert "bob 488 INVITE" in stage.pair.ladder


def test_calls_of_an_account_that_is_switched_off_end() -> None:
    other = {"id": "b", "user_id": "b"}
    stage = Stage({"sip": {"accounts": [ACCOUNT, other]}})
    stage.call()
    assert [call.state for call in stage.calls.calls] == [CallState.TALKING]
    account = stage.calls.calls[0].account.id
    (left,) = {"a", "b"} - {account}
    stage.change({"sip": {**ANY, "accounts": [{"id": left, "default": True}]}})
    stage.run(0.2)
    assert stage.calls.calls == ()
    assert "bob BYE" in stage.pair.ladder


def test_a_call_of_an_account_that_is_changed_goes_on() -> None:
    stage = Stage({"sip": {"accounts": [ACCOUNT]}})
    stage.call()
    stage.change({"sip": {**ANY, "accounts": [{**ACCOUNT, "name": "Door"}]}})
    stage.run(0.2)
    assert stage.state() == "talking"


def test_the_room_hears_no_tones_of_calls_any_more_when_they_are_switched_off() -> None:
    stage = Stage()
    stage.change({"audio": {"call_progress_tones": False}})
    stage.place_call()
    stage.phone.ring()
    stage.run(0.3)
    assert stage.bus.value("audio.clip_playing") is not True


def test_how_long_a_peer_may_be_silent_counts_for_the_next_call() -> None:
    stage = Stage({"sip": {"max_calls": 2}})
    stage.speaks = False
    stage.call()
    stage.change({"sip": {**ANY, "max_calls": 2, "rtp_silence_limit_s": 1}})
    stage.run(1.5)
    assert stage.state() == "talking"
    stage.call()
    stage.run(1.5)
    assert len(stage.calls.calls) == 1
