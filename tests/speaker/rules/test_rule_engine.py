"""Rules: events and times in, actions out."""

from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from conf.sections.rules import HangUp, PlayClip, RuleSettings, StopClip
from conf.validation.validate import validate
from speaker.events import Condition, Event, Gone, Happening
from speaker.rules.rule_engine import Action, RuleEngine

SEQUENCES = [{"id": "stop", "sequence": "1"}, {"id": "start", "sequence": "2"}]
STOP = {"event": "dtmf.sequence", "id": "stop"}
TALKING = {"condition": "call.state", "is": "talking"}
PLAYING = {"condition": "audio.clip_playing", "is": True}

STOP_PRESSED = Happening("dtmf.sequence", {"id": "stop", "account": "peer_to_peer", "call": "7"})


def rule(*conditions: object, name: str = "r", wait_s: float = 0.0, **more: Any) -> RuleSettings:
    table = {
        "name": name,
        "conditions": conditions,
        "wait_between_actions_s": wait_s,
        "action": [{"type": "stop_clip"}],
        **more,
    }
    return validate({"sip": {"dtmf_sequences": SEQUENCES}, "rules": [table]}).rules[0]


def call_is(state: str, **attributes: str) -> Condition:
    return Condition("call.state", state, attributes=attributes)


def times(engine: RuleEngine, *events: Event) -> int:
    """How many actions the events lead to, one second apart."""
    return sum(len(engine.on_event(event, float(i))) for i, event in enumerate(events))


def run(engine: RuleEngine, event: Event, now: float) -> list[tuple[float, str]]:
    """When each action comes, and whose it is, with the timer called when it is due."""
    log = [(now, action.rule) for action in engine.on_event(event, now)]
    while (due := engine.deadline) is not None:
        log += [(due, action.rule) for action in engine.on_timer(due)]
    return log


def test_an_event_starts_its_rule_and_the_action_tells_who_wants_it_and_why() -> None:
    engine = RuleEngine([rule(STOP, name="stop audio")])
    assert engine.on_event(STOP_PRESSED, 0.0) == [
        Action("stop audio", StopClip(type="stop_clip"), STOP_PRESSED)
    ]


def test_an_event_with_other_attributes_starts_nothing() -> None:
    engine = RuleEngine([rule(STOP)])
    assert times(engine, Happening("dtmf.sequence", {"id": "start"})) == 0
    assert times(engine, Happening("dtmf.sequence")) == 0
    assert times(engine, Happening("dtmf.digit", {"id": "stop"})) == 0
    assert times(engine, Condition("dtmf.sequence", True, attributes={"id": "stop"})) == 0


def test_failed_logins_start_rules() -> None:
    engine = RuleEngine([rule({"event": "login.failed", "user": "root"})])
    failures = [Happening("login.failed", {"user": who, "address": "a"}) for who in ("root", "joe")]
    assert times(engine, *failures) == 1


def test_each_event_starts_the_rule_again() -> None:
    assert times(RuleEngine([rule(STOP)]), STOP_PRESSED, STOP_PRESSED) == 2


def test_an_event_counts_only_while_all_conditions_hold() -> None:
    engine = RuleEngine([rule(STOP, TALKING)])
    assert times(engine, STOP_PRESSED) == 0
    assert times(engine, call_is("talking")) == 0, "a condition is not what starts this rule"
    assert times(engine, STOP_PRESSED) == 1
    assert times(engine, call_is("idle"), STOP_PRESSED) == 0


def test_conditions_alone_start_the_rule_when_the_last_one_becomes_true() -> None:
    engine = RuleEngine([rule(TALKING, PLAYING)])
    playing, silent = Condition("audio.clip_playing", True), Condition("audio.clip_playing", False)
    assert times(engine, call_is("talking"), silent) == 0
    assert times(engine, playing) == 1


def test_conditions_start_the_rule_again_only_after_one_has_ceased_to_hold() -> None:
    engine = RuleEngine([rule(TALKING)])
    assert times(engine, call_is("talking"), call_is("talking", account="gate"), STOP_PRESSED) == 1
    assert times(engine, call_is("idle"), call_is("talking")) == 1


def test_a_condition_asks_for_its_attributes_too() -> None:
    engine = RuleEngine([rule({**TALKING, "account": "peer_to_peer"})])
    assert times(engine, call_is("talking"), call_is("talking", account="gate")) == 0
    assert times(engine, call_is("talking", account="peer_to_peer")) == 1


def test_of_several_conditions_of_a_name_any_will_do() -> None:
    engine = RuleEngine([rule({"condition": "multicast.active", "is": True})])
    fire, music = (Condition("multicast.active", True, of=label) for label in ("fire", "music"))
    silent = [Condition("multicast.active", False, of=label) for label in ("fire", "music")]
    assert times(engine, fire, music, silent[0], fire) == 1, "one of them was always active"
    assert times(engine, *silent, music) == 1


def test_true_is_not_one() -> None:
    assert times(RuleEngine([rule(PLAYING)]), Condition("audio.clip_playing", 1)) == 0


def test_a_rule_that_is_off_does_nothing() -> None:
    assert times(RuleEngine([rule(STOP, enabled=False)]), STOP_PRESSED) == 0


def test_rules_started_by_one_event_act_in_the_order_of_the_settings() -> None:
    engine = RuleEngine([rule(STOP, name="b"), rule(STOP, name="a")])
    assert [action.rule for action in engine.on_event(STOP_PRESSED, 0.0)] == ["b", "a"]


def test_actions_come_in_order_with_the_wait_between_them() -> None:
    actions = [{"type": "play_clip", "clip": "chime"}, {"type": "stop_clip"}, {"type": "hang_up"}]
    engine = RuleEngine([rule(STOP, action=actions, wait_s=2.0)])
    first = engine.on_event(STOP_PRESSED, 10.0)
    assert engine.deadline == 12.0
    assert engine.on_timer(11.9) == []
    later = [*engine.on_timer(12.0), *engine.on_timer(14.0)]
    kinds = [type(action.does) for action in (*first, *later)]
    assert kinds == [PlayClip, StopClip, HangUp]


def test_without_a_wait_all_actions_come_at_once() -> None:
    actions = [{"type": "stop_clip"}, {"type": "hang_up"}]
    engine = RuleEngine([rule(STOP, action=actions)])
    assert len(engine.on_event(STOP_PRESSED, 0.0)) == 2
    assert engine.deadline is None


def test_the_wait_is_the_least_time_between_two_starts_of_a_rule() -> None:
    """The product's meaning: a rule that flickers does not act each time."""
    engine = RuleEngine([rule(STOP, wait_s=10.0)])
    assert len(engine.on_event(STOP_PRESSED, 0.0)) == 1
    assert engine.on_event(STOP_PRESSED, 9.9) == []
    assert len(engine.on_event(STOP_PRESSED, 10.0)) == 1


def test_what_comes_while_a_rule_runs_is_not_made_up_for() -> None:
    engine = RuleEngine([rule(TALKING, wait_s=10.0)])
    assert times(engine, call_is("talking"), call_is("idle"), call_is("talking")) == 1
    assert engine.on_timer(20.0) == []
    assert engine.on_event(STOP_PRESSED, 30.0) == []


def test_actions_still_to_come_are_taken_though_the_conditions_hold_no_more() -> None:
    actions = [{"type": "stop_clip"}, {"type": "hang_up"}]
    engine = RuleEngine([rule(TALKING, action=actions, wait_s=1.0)])
    engine.on_event(call_is("talking"), 0.0)
    engine.on_event(call_is("idle"), 0.5)
    assert [type(action.does) for action in engine.on_timer(1.0)] == [HangUp]


def test_a_late_timer_does_not_bring_two_actions_together() -> None:
    actions = [{"type": "stop_clip"}] * 3
    engine = RuleEngine([rule(STOP, action=actions, wait_s=1.0)])
    engine.on_event(STOP_PRESSED, 0.0)
    assert len(engine.on_timer(5.0)) == 1
    assert engine.deadline == 6.0


def test_an_event_takes_along_what_was_due_before_it() -> None:
    actions = [{"type": "stop_clip"}, {"type": "hang_up"}]
    engine = RuleEngine([rule(STOP, name="slow", action=actions, wait_s=1.0), rule(STOP, name="b")])
    engine.on_event(STOP_PRESSED, 0.0)
    taken = engine.on_event(STOP_PRESSED, 3.0)
    assert [(action.rule, action.does.type) for action in taken] == [
        ("slow", "hang_up"),
        ("b", "stop_clip"),
    ]


@given(
    quarters=st.lists(st.integers(0, 12), max_size=30),
    wait_s=st.sampled_from([0.0, 0.5, 1.0]),
    actions=st.integers(1, 3),
)
def test_a_rule_never_acts_twice_within_its_wait(
    quarters: list[int], wait_s: float, actions: int
) -> None:
    engine = RuleEngine([rule(STOP, action=[{"type": "stop_clip"}] * actions, wait_s=wait_s)])
    log: list[float] = []
    now = 0.0
    for quarter in quarters:
        now += quarter / 4
        log += [now] * len(engine.on_event(STOP_PRESSED, now))
    log += [at for at, _ in run(engine, Happening("clip.finished"), now)]
    assert len(log) % actions == 0, "a rule that was started takes all its actions"
    assert all(later - earlier >= wait_s for earlier, later in pairwise(log))


def test_a_rule_that_is_the_same_goes_on_when_others_are_replaced() -> None:
    actions = [{"type": "stop_clip"}, {"type": "hang_up"}]
    kept = rule(STOP, name="kept", action=actions, wait_s=5.0)
    engine = RuleEngine([kept, rule(STOP, name="old", action=actions, wait_s=5.0)])
    engine.on_event(STOP_PRESSED, 0.0)
    assert engine.replace([rule(STOP, name="new"), kept], 1.0) == []
    assert engine.deadline == 5.0
    assert [(action.rule, action.does.type) for action in engine.on_timer(5.0)] == [
        ("kept", "hang_up")
    ]


def test_a_rule_that_is_changed_begins_anew_and_its_actions_to_come_are_dropped() -> None:
    actions = [{"type": "stop_clip"}, {"type": "hang_up"}]
    engine = RuleEngine([rule(STOP, action=actions, wait_s=5.0)])
    engine.on_event(STOP_PRESSED, 0.0)
    engine.replace([rule(STOP, action=actions, wait_s=6.0)], 1.0)
    assert engine.deadline is None
    assert len(engine.on_event(STOP_PRESSED, 2.0)) == 1


def test_a_new_rule_whose_conditions_hold_already_acts_at_once_and_only_once() -> None:
    engine = RuleEngine([])
    engine.on_event(call_is("talking", call="7"), 0.0)
    new = rule(TALKING)
    (action,) = engine.replace([new], 1.0)
    assert action.cause == call_is("talking", call="7")
    assert engine.replace([new], 2.0) == []
    assert engine.on_event(call_is("talking", call="8"), 3.0) == []


def test_a_new_rule_with_an_event_waits_for_it() -> None:
    engine = RuleEngine([])
    engine.on_event(call_is("talking"), 0.0)
    assert engine.replace([rule(STOP, TALKING)], 1.0) == []
    assert times(engine, STOP_PRESSED) == 1


def test_a_condition_that_is_gone_holds_no_more() -> None:
    engine = RuleEngine([rule(STOP, {"condition": "multicast.active", "is": True})])
    active = Condition("multicast.active", True, of="fire", attributes={"source": "fire"})
    assert times(engine, active, STOP_PRESSED) == 1
    assert times(engine, Gone("multicast.active", of="fire"), STOP_PRESSED) == 0
