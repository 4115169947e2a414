"""The table of a call's states."""

import pytest

from conf.settings import SipSettings
from speaker.calls.call_state import NEXT, CallState, IllegalStep, Step, after, drawn, limit_s

INCOMING = [Step.RING, Step.ANNOUNCE, Step.ANSWER, Step.END]


def walk(*steps: Step) -> list[str]:
    state, seen = CallState.IDLE, []
    for step in steps:
        state = after(state, step)
        seen.append(state.value)
    return seen


def test_an_incoming_call_rings_is_announced_talks_and_ends() -> None:
    assert walk(*INCOMING) == ["ringing", "announcing", "talking", "ended"]


def test_an_incoming_call_may_be_answered_without_announcement() -> None:
    assert walk(Step.RING, Step.ANSWER, Step.END) == ["ringing", "talking", "ended"]


def test_an_outgoing_call_calls_talks_and_ends() -> None:
    assert walk(Step.CALL, Step.ANSWERED, Step.END) == ["calling", "talking", "ended"]


@pytest.mark.parametrize("steps", [INCOMING[:1], INCOMING[:2], INCOMING[:3], [Step.CALL]])
@pytest.mark.parametrize("last", [Step.END, Step.TIME_OUT])
def test_every_living_call_can_end_and_run_out_of_time(steps: list[Step], last: Step) -> None:
    assert walk(*steps, last)[-1] == "ended"


@pytest.mark.parametrize("state", CallState)
@pytest.mark.parametrize("step", Step)
def test_a_step_that_is_not_in_the_table_is_refused_by_name(state: CallState, step: Step) -> None:
    if (state, step) in NEXT:
        assert after(state, step) is NEXT[state, step]
    else:
        with pytest.raises(IllegalStep, match=f"{step.value} while {state.value}"):
            after(state, step)


def test_an_ended_call_takes_no_step() -> None:
    assert not [step for state, step in NEXT if state is CallState.ENDED]


def test_every_state_is_reached_and_left() -> None:
    assert {state for state, _ in NEXT} == set(CallState) - {CallState.ENDED}
    assert set(NEXT.values()) == set(CallState) - {CallState.IDLE}


def test_each_state_lasts_as_long_as_its_setting_says() -> None:
    sip = SipSettings(incoming_call_duration_s=30, calling_timeout_s=40, end_calls_after_s=50)
    assert {state.value: limit_s(state, sip) for state in CallState} == {
        "idle": None,
        "ringing": 30,
        "announcing": 30,
        "calling": 40,
        "talking": 50,
        "ended": None,
    }


def test_nought_means_that_people_may_talk_for_ever() -> None:
    assert limit_s(CallState.TALKING, SipSettings(end_calls_after_s=0)) is None


def test_the_drawing_has_every_state_step_and_limit() -> None:
    lines = drawn().splitlines()
    assert (
        lines[0]
        == "| state | ring | announce | call | answer | answered | end | time out | may last |"
    )
    assert "| **ringing** |  | announcing |  | talking |  | ended | ended | " in lines[3]
    assert lines[3].endswith("| `sip.incoming_call_duration_s` |")
    assert len(lines) == 2 + len(CallState)
