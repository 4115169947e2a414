"""The texts of a notification, with what is known of the event that it is about.

`{account}` stands for the attribute `account` of the event, and so on; `{event}`, `{value}` and
`{of}` for what it is; `{device}`, `{serial}`, `{rule}` and `{time}` for where and when. What is not
known stays as it stands there: bodies in JSON have braces, too.

Attributes are words of strangers, so they are fitted into what they are put into: they add no
query argument, no line, no member of a JSON object and no element of XML.
"""

from __future__ import annotations

import json
import re
from html import escape
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, quote_plus

from speaker.log import shortened
from speaker.notifications.notification import Notification
from speaker.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conf.sections.notify import Notify
    from speaker.events import Event, Value

_PLACEHOLDER: Final = re.compile(r"\{([a-z][a-z0-9_]*)\}")


def facts_of(event: Event, **more: str) -> dict[str, str]:
    """What is known, as text fit for one line."""
    facts: dict[str, Value] = dict(event.attributes)
    facts["event"] = event.name
    facts["of"] = getattr(event, "of", "")
    if (value := getattr(event, "value", None)) is not None:
        facts["value"] = value
    return {name: _text(value) for name, value in {**facts, **more}.items()}


def _text(value: Value) -> str:
    text = json.dumps(value) if not isinstance(value, str) else value
    return printable(shortened(text))


def filled_in(action: Notify, facts: Mapping[str, str]) -> Notification:
    """What the recipient is told."""
    headers = tuple(_header(line, facts) for line in action.headers)
    return Notification(
        message=_fill(action.message, facts, _as_it_is),
        subject=_fill(action.subject, facts, _as_it_is),
        method=action.method,
        parameters=_fill(action.parameters, facts, _in_query),
        headers=headers,
        body=_fill(action.body, facts, _fit_for(action.body, dict(headers))),
    )


def _fill(text: str, facts: Mapping[str, str], fit: Callable[[str], str]) -> str:
    def put_in(found: re.Match[str]) -> str:
        value = facts.get(found[1])
        return found[0] if value is None else fit(value)

    return _PLACEHOLDER.sub(put_in, text)


def _header(line: str, facts: Mapping[str, str]) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name, _fill(value.strip(), facts, _in_header)


def _fit_for(body: str, headers: Mapping[str, str]) -> Callable[[str], str]:
    kind = next((each for name, each in headers.items() if name.lower() == "content-type"), "")
    if "json" in kind.lower() or (not kind and body.lstrip()[:1] in ("{", "[")):
        return _in_json
    if "x-www-form-urlencoded" in kind.lower():
        return quote_plus
    if "xml" in kind.lower() or "html" in kind.lower() or (not kind and body.lstrip()[:1] == "<"):
        return escape  # of quotes, too
    return _as_it_is


def _as_it_is(value: str) -> str:
    return value


def _in_query(value: str) -> str:
    return quote(value, safe="")


def _in_header(value: str) -> str:
    return value.encode("ascii", "backslashreplace").decode()


def _in_json(value: str) -> str:
    return json.dumps(value)[1:-1]
