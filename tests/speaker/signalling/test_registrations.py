"""How an account stands, as the bus and the log tell it."""

from typing import get_args

import pytest
from structlog.testing import capture_logs

from conf.sections.rules import SipRegistration
from conf.validation.validate import validate
from sip.account import RegistrationChanged, RegistrationState
from speaker.events import Bus, Condition
from speaker.rules.rule_engine import Action, RuleEngine
from speaker.signalling.registrations import ALARM_AFTER_S, ALARM_AGAIN_S, Registrations

SERVER = "sip:192.0.2.5"
STATE = RegistrationState


def changed(state: RegistrationState, code: int = 200, reason: str = "OK") -> RegistrationChanged:
    return RegistrationChanged("pbx", state, SERVER, code, reason, None)


def registrations() -> tuple[Registrations, Bus]:
    bus = Bus()
    made = Registrations(bus)
    made.know(["pbx"])
    return made, bus


def condition(bus: Bus) -> Condition:
    (found,) = [each for each in bus.conditions() if each.name == "sip.registration"]
    return found


def test_every_active_account_has_the_condition_from_the_start() -> None:
    _, bus = registrations()
    assert (condition(bus).of, condition(bus).value) == ("pbx", "unregistered")


def test_the_condition_carries_state_server_last_code_and_reason() -> None:
    made, bus = registrations()
    made.on_changed(changed(STATE.REFUSED, 403, "Forbidden"), 1.0)
    assert condition(bus).value == "refused"
    assert condition(bus).attributes == {
        "account": "pbx",
        "server": SERVER,
        "code": 403,
        "reason": "Forbidden",
    }


@pytest.mark.parametrize(
    ("state", "code", "level", "words"),
    [
        (STATE.REGISTERED, 200, "info", "registered"),
        (STATE.SECONDARY, 200, "warning", "secondary server"),
        (STATE.WAITING, 408, "warning", "not registered"),
        (STATE.REFUSED, 403, "error", "not registered"),
    ],
)
def test_each_change_is_a_line_in_the_log(
    state: RegistrationState, code: int, level: str, words: str
) -> None:
    made, _ = registrations()
    with capture_logs() as log:
        made.on_changed(changed(state, code, ""), 1.0)
    (line,) = log
    assert line["log_level"] == level
    assert words in line["event"]


def test_a_failure_says_what_to_look_at() -> None:
    made, _ = registrations()
    with capture_logs() as log:
        made.on_changed(changed(STATE.WAITING, 408, "Request Timeout"), 1.0)
    assert "firewall" in log[0]["why"]
    assert log[0]["next"] == "tries again by itself"


def alarms(made: Registrations, now: float) -> int:
    with capture_logs() as log:
        made.on_timer(now)
    return sum(line["event"].startswith("ALARM") for line in log)


def test_an_account_that_is_long_without_a_server_is_an_alarm_and_again_every_hour() -> None:
    made, _ = registrations()
    made.on_changed(changed(STATE.REGISTERING, 0, ""), 0.0)
    assert made.deadline == ALARM_AFTER_S
    assert alarms(made, ALARM_AFTER_S - 1) == 0
    assert alarms(made, ALARM_AFTER_S) == 1
    assert alarms(made, ALARM_AFTER_S + 1) == 0
    assert alarms(made, ALARM_AFTER_S + ALARM_AGAIN_S) == 1


def test_a_registered_account_is_none_and_one_that_was_lost_is_missed_since_then() -> None:
    made, _ = registrations()
    deadlines = []
    for now, state, code in (
        (1.0, STATE.REGISTERED, 200),
        (1000.0, STATE.WAITING, 503),
        (1200.0, STATE.WAITING, 408),
        (1250.0, STATE.SECONDARY, 200),
    ):
        made.on_changed(changed(state, code, ""), now)
        deadlines.append(made.deadline)
    lost = 1000.0 + ALARM_AFTER_S
    assert deadlines == [None, lost, lost, None]


def test_an_account_that_somebody_has_switched_off_is_not_missed() -> None:
    made, _ = registrations()
    leaving = []
    for state in (STATE.UNREGISTERING, STATE.UNREGISTERED):
        made.on_changed(changed(state, 0, ""), 1.0)
        leaving.append(made.leaving)
    assert leaving == [True, False]
    assert made.deadline is None


def test_rules_know_every_state() -> None:
    known = get_args(SipRegistration.model_fields["is_"].annotation)
    assert set(known) == {state.value for state in RegistrationState}


def test_a_rule_acts_when_an_account_loses_its_server() -> None:
    lost = {"condition": "sip.registration", "is": "waiting", "account": "pbx"}
    rule = {"name": "r", "conditions": [lost], "action": [{"type": "play_clip", "clip": "tone"}]}
    account = {"id": "pbx", "default": True}
    settings = validate({"sip": {"accounts": [account]}, "rules": [rule]})
    engine, bus = RuleEngine(settings.rules), Bus()
    actions: list[Action] = []
    bus.listen(lambda event: actions.extend(engine.on_event(event, 0.0)))
    made = Registrations(bus)
    made.know(["pbx"])
    made.on_changed(changed(STATE.REGISTERED), 1.0)
    assert actions == []
    made.on_changed(changed(STATE.WAITING, 408, ""), 2.0)
    assert len(actions) == 1
