import pytest

from tools.phone.orders import TalkOrder
from tools.phone.script import KEY_S, PAUSE_S, Action, Script, Step

WHOLE = TalkOrder(dtmf="1", dtmf_delay_s=1.0, hold_at_s=2.0, resume_at_s=3.0, duration_s=4.0)
STEPS = [
    Step(1.0, Action.PRESS_KEYS, "1"),
    Step(2.0, Action.HOLD),
    Step(3.0, Action.RESUME),
    Step(4.0, Action.HANG_UP),
]


def test_nothing_is_due_unless_ordered() -> None:
    assert Script(TalkOrder()).due(1e6) == []


def test_each_step_is_due_at_its_time_and_only_once() -> None:
    script = Script(WHOLE)
    assert [script.due(at_s) for at_s in (0.9, 1.0, 1.1, 2.5, 3.0, 4.0, 9.0)] == [
        [],
        *([STEPS[0]], []),
        *([STEPS[1]], [STEPS[2]], [STEPS[3]]),
        [],
    ]


def test_late_steps_come_in_the_order_of_their_times() -> None:
    assert Script(WHOLE).due(10.0) == STEPS


def test_keys_wait_for_the_pauses_before_them_and_let_later_steps_pass() -> None:
    keys = TalkOrder(dtmf="1,,0", dtmf_delay_s=1.0, duration_s=3.0)
    assert Script(keys).due(10.0) == [
        Step(1.0, Action.PRESS_KEYS, "1"),
        Step(3.0, Action.HANG_UP),
        Step(1.0 + KEY_S + 2 * PAUSE_S, Action.PRESS_KEYS, "0"),
    ]


@pytest.mark.parametrize(
    ("keys", "runs"),
    [
        (",5", [(PAUSE_S, "5")]),
        ("5,", [(0.0, "5")]),
        (",", []),
        ("12#,*", [(0.0, "12#"), (3 * KEY_S + PAUSE_S, "*")]),
    ],
)
def test_keys_between_pauses_are_pressed_together(keys: str, runs: list[tuple[float, str]]) -> None:
    script = Script(TalkOrder(dtmf=keys, dtmf_delay_s=0.0))
    assert [(step.at_s, step.keys) for step in script.due(60.0)] == runs
