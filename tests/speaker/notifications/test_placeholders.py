"""Texts of rules with what is known of the event put in."""

import json
from typing import Any
from urllib.parse import parse_qsl

import pytest

from conf.sections.notify import Notify
from speaker.events import Condition, Happening
from speaker.notifications.notification import Notification
from speaker.notifications.placeholders import facts_of, filled_in

EVIL = 'a"}, {"admin": true\r\nX-Evil: 1&b=c'


def filled(event: Happening | Condition, **texts: Any) -> Notification:
    action = Notify(type="notify", recipient="gate", **texts)
    return filled_in(action, facts_of(event, device="Door", rule="r"))


def test_attributes_of_the_event_stand_where_their_names_did() -> None:
    event = Condition("call.state", "ringing", of="7", attributes={"peer": "sip:1@pbx", "n": 2})
    told = filled(event, message="{device}: {peer} {value} ({event} {of} {n} {rule}), {unknown} {}")
    assert told.message == "Door: sip:1@pbx ringing (call.state 7 2 r), {unknown} {}"
    told = filled(Condition("device.ready", True), subject="ready: {value}")
    assert told.subject == "ready: true"


def test_a_stranger_s_words_stay_within_what_they_are_put_into() -> None:
    event = Happening("manual.trigger", {"name": EVIL})
    told = filled(
        event,
        message="{name}",
        parameters="who={name}&x=1",
        headers=("X-Who: {name}",),
        method="POST",
        body='{"who": "{name}", "n": 1}',
    )
    assert "\n" not in told.message
    assert [key for key, _ in parse_qsl(told.parameters)] == ["who", "x"]
    [(_, header)] = told.headers
    assert header.isprintable()
    assert header.isascii()
    assert json.loads(told.body).keys() == {"who", "n"}


def test_forms_and_plain_texts_are_filled_in_as_they_need_it() -> None:
    event = Happening("manual.trigger", {"name": 'a&b "c" ü'})
    form = filled(
        event,
        headers=("Content-Type: application/x-www-form-urlencoded",),
        method="POST",
        body="who={name}",
    )
    assert form.body == "who=a%26b+%22c%22+%C3%BC"
    assert filled(event, method="POST", body="hello {name}").body == 'hello a&b "c" ü'


@pytest.mark.parametrize(
    "more", [{}, {"headers": ("Content-Type: application/soap+xml",)}, {"headers": ("X-Site: 3",)}]
)
def test_a_stranger_s_words_add_no_element_to_xml(more: dict[str, Any]) -> None:
    event = Happening("call.state", {"peer": """</who><open door='1"'/>&"""})
    told = filled(event, body='<who name="{peer}">{peer}</who>', **more)
    assert told.body.count("<") == 2
    assert "&lt;open door=&#x27;1&quot;&#x27;/&gt;&amp;" in told.body
