"""What VAPIX clients hear of the device's events."""

import pytest

from speaker.events import Condition, Event, Gone, Happening
from speaker.vapix.topics import Notification, notifications_of

TRIGGER_LEVEL = "tns1:AudioSource/tnsaxis:TriggerLevel"


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (
            Condition("audio.input_level", True),
            Notification(TRIGGER_LEVEL, {"channel": "1"}, {"triggered": "1"}),
        ),
        (
            Condition("audio.input_level", False),
            Notification(TRIGGER_LEVEL, {"channel": "1"}, {"triggered": "0"}),
        ),
        (
            Condition("call.state", "announcing"),
            Notification(
                "tnsaxis:Call/State", {"Source": "NetworkSpeaker"}, {"CallState": "Ringing"}
            ),
        ),
        (
            Happening("dtmf.sequence", {"id": "door", "call": "7"}),
            Notification("tnsaxis:Call/DTMF", {"DTMFEventId": "door"}, {"CallId": "7"}),
        ),
    ],
)
def test_what_such_clients_know_has_its_topic(event: Event, told: Notification) -> None:
    assert list(notifications_of(event)) == [told]


@pytest.mark.parametrize(
    "event", [Condition("audio.device", True), Happening("login.failed"), Gone("audio.input_level")]
)
def test_the_others_are_ours_alone(event: Event) -> None:
    assert list(notifications_of(event)) == []
