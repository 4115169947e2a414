"""Which events a VAPIX client wants, as clients and documents write it."""

import pytest

from speaker.events import Condition, Event, Happening
from speaker.vapix.event_filter import (
    LONGEST_FILTER,
    BadFilter,
    ContentFilter,
    EventFilter,
    TopicFilter,
)
from speaker.vapix.topics import Notification, notifications_of

STATE = Notification("tnsaxis:Call/State", {"Source": "NetworkSpeaker"}, {"CallState": "Ringing"})
PORT = "tns1:Device/tnsaxis:IO/VirtualPort"


@pytest.mark.parametrize(
    ("text", "topic", "wanted"),
    [
        ("//.", PORT, True),
        ("tns1:Device//.", PORT, True),
        ("onvif:Device//.", PORT, True),
        ("tns1:Device/tnsaxis:IO//.", PORT, True),
        ("tns1:Device/tnsaxis:IO/tnsaxis:VirtualPort", PORT, True),  # as documents have it
        ("tns1:Device/tnsaxis:IO/VirtualPort", PORT, True),  # as devices send it
        ("onvif:Device/axis:IO/VirtualPort", PORT, True),
        ("tns1:Device/tnsaxis:IO", PORT, False),
        ("tns1:Device", PORT, False),
        ("tns1:Dev//.", PORT, False),
        ("tnsaxis:Device//.", PORT, False),
        ("tnsaxis:Call/State | tns1:Device//.", PORT, True),
        ("tnsaxis:Call/State|tnsaxis:MediaClip//.", PORT, False),
        ("axis:Call/State", "tnsaxis:Call/State", True),
    ],
)
def test_topics(text: str, topic: str, wanted: bool) -> None:
    assert TopicFilter.parse(text).matches(topic) is wanted


@pytest.mark.parametrize(
    "text",
    ["", "Device", "//", "x:Device", "tns1:", "tns1:De vice", "tns1:Device/", "|", "a" * 2000,
     "|".join(["//."] * 17)],
)  # fmt: skip
def test_what_is_no_topic_filter_is_told(text: str) -> None:
    with pytest.raises(BadFilter):
        TopicFilter.parse(text)


RINGING = '@Name="CallState" and @Value="Ringing"'
SPEAKER = '@Name="Source" and @Value="NetworkSpeaker"'
IDLE = "@Name='CallState' and @Value='Idle'"


def term(inside: str) -> str:
    return f"boolean(//SimpleItem[{inside}])"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (term(RINGING), True),
        (term(IDLE), False),
        (f"{term(RINGING)} and {term(SPEAKER)}", True),  # a rule of a real device
        (f"{term(IDLE)} and {term(SPEAKER)}", False),
        (f"{term(IDLE)} or {term(RINGING)}", True),
        (f"{term(IDLE)} and {term(SPEAKER)} or {term(RINGING)}", True),
        (f"{term(RINGING)} or {term(SPEAKER)} and {term(IDLE)}", True),
    ],
)
def test_contents(text: str, wanted: bool) -> None:
    assert ContentFilter.parse(text).matches(STATE) is wanted
    both = EventFilter(TopicFilter.parse("//."), ContentFilter.parse(text))
    assert both.matches(STATE) is wanted
    assert not EventFilter(TopicFilter.parse("tns1:Device//."), None).matches(STATE)


@pytest.mark.parametrize(
    "text",
    ["", "x", term("1=1"), f"{term(IDLE)} {term(IDLE)}", f"{term(IDLE)} and", f"not({term(IDLE)})",
     f"{term(IDLE)} andy {term(IDLE)}", " " * (LONGEST_FILTER + 1)],
)  # fmt: skip
def test_what_is_no_content_filter_is_told(text: str) -> None:
    with pytest.raises(BadFilter):
        ContentFilter.parse(text)


@pytest.mark.parametrize(
    ("event", "topic", "data"),
    [
        (Condition("call.state", "idle"), "tnsaxis:Call/State", {"CallState": "Idle"}),
        (Condition("call.state", "talking"), "tnsaxis:Call/State", {"CallState": "Active"}),
        (Condition("call.state", "announcing"), "tnsaxis:Call/State", {"CallState": "Ringing"}),
        (Condition("audio.clip_playing", True), "tnsaxis:MediaClip/Playing", {"Playing": "1"}),
        (Condition("device.ready", False), "tns1:Device/tnsaxis:Status/SystemReady",
         {"ready": "0"}),
        (Happening("dtmf.sequence", {"id": "open", "call": "7"}), "tnsaxis:Call/DTMF",
         {"CallId": "7"}),
    ],
)  # fmt: skip
def test_what_happens_has_the_topics_of_vapix(
    event: Event, topic: str, data: dict[str, str]
) -> None:
    (told,) = notifications_of(event)
    assert (told.topic, told.data) == (topic, data)
    assert TopicFilter.parse(topic).matches(told.topic)


def test_what_vapix_does_not_know_is_not_told() -> None:
    assert list(notifications_of(Condition("audio.device", True, "output"))) == []
    assert list(notifications_of(Happening("login.failed"))) == []
