"""Keys pressed in calls, and what rules make of them."""

from dtmf.event_sender import event_payloads
from tests.speaker.stage import Stage

RELAY = "application/dtmf-relay"
HANGING_UP: dict[str, object] = {
    "sip": {"max_calls": 2, "dtmf_sequences": [{"id": "bye", "sequence": "*9"}]},
    "rules": [
        {
            "name": "bye",
            "conditions": [{"event": "dtmf.sequence", "id": "bye"}],
            "action": [{"type": "hang_up"}],
        }
    ],
}


def press_by_info(stage: Stage, key: str) -> None:
    stage.phone.send_info(RELAY, f"Signal={key}\r\nDuration=160\r\n".encode())
    stage.run(0.1)


def keys(stage: Stage) -> list[object]:
    return [told["digit"] for told in stage.happenings("dtmf.digit")]


def test_a_key_sequence_may_hang_up_the_call_that_it_is_pressed_in_and_no_other() -> None:
    stage = Stage(HANGING_UP)
    stage.call()
    other = stage.calls.calls[0].session
    stage.call()
    press_by_info(stage, "*")
    assert len(stage.calls.calls) == 2
    press_by_info(stage, "9")
    assert [call.session for call in stage.calls.calls] == [other]
    assert "bob BYE" in stage.pair.ladder


def test_keys_count_once_the_call_is_answered_and_not_before() -> None:
    """Nobody here has let the caller in before."""
    stage = Stage({"announcement": {"clip": "busy", "ringback_while_playing": False}})
    stage.call()
    stage.run(0.2)
    assert stage.phone_stream is not None
    stage.phone_stream.send_named_event(event_payloads("1", 100), 101)
    stage.run(0.4)
    assert stage.state() == "announcing"
    assert keys(stage) == []
    stage.run(1.0)
    stage.phone_stream.send_named_event(event_payloads("2", 100), 101)
    stage.run(0.3)
    assert keys(stage) == ["2"]
