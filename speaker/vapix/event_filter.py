"""Which events a VAPIX client wants: a filter of topics, and one of what is in a message.

A topic filter is an expression of WS-Topics as clients write them: `//.` for everything,
`tns1:Device//.` for all below, a topic itself, and several with `|` between. Namespaces are
`tns1`/`tnsaxis` or `onvif`/`axis`; documents repeat the prefix at each level, devices do not, and
both are understood. A content filter is a term `boolean(//SimpleItem[@Name="A" and @Value="B"])`,
or several of them with `and` and `or`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from speaker.vapix.topics import Notification

LONGEST_FILTER: Final = 1024
MOST_TERMS: Final = 16

_PREFIX: Final = re.compile(r"^(?:tns1|tnsaxis|onvif|axis):")
_LEVEL: Final = re.compile(r"[A-Za-z0-9_.-]+")
_ROOTS: Final = {"tns1": "tns1", "onvif": "tns1", "tnsaxis": "tnsaxis", "axis": "tnsaxis"}
_TERM: Final = re.compile(
    r"""\s*boolean\(\s*//SimpleItem\[\s*@Name\s*=\s*(["'])(?P<name>[^"'<>]{1,64})\1\s*"""
    r"""and\s+@Value\s*=\s*(["'])(?P<value>[^"'<>]{0,256})\3\s*\]\s*\)\s*"""
)
_WORD: Final = re.compile(r"(and|or)\b")


class BadFilter(Exception):
    """A filter that means nothing to us; the message says what is wrong."""


@dataclass(frozen=True, slots=True)
class TopicFilter:
    """Topics, each with whether all below it count as well."""

    wanted: tuple[tuple[tuple[str, ...], bool], ...]

    @classmethod
    def parse(cls, text: str) -> TopicFilter:
        """Read `//.`, `tns1:Device//.`, `tnsaxis:Call/State`, or several with `|` between.

        Raises:
            BadFilter: it is none of these.
        """
        if len(text) > LONGEST_FILTER:
            raise BadFilter(f"a topic filter is longer than {LONGEST_FILTER} characters")
        parts = [part.strip() for part in text.split("|")]
        if len(parts) > MOST_TERMS:
            raise BadFilter(f"a topic filter has more than {MOST_TERMS} topics")
        return cls(tuple(_topic(part) for part in parts))

    def matches(self, topic: str) -> bool:
        """Whether a topic of ours is wanted."""
        levels = levels_of(topic)
        return any(
            levels[: len(wanted)] == wanted if below else levels == wanted
            for wanted, below in self.wanted
        )


def levels_of(topic: str) -> tuple[str, ...]:
    """The root's namespace, then the names of the levels.

    Raises:
        BadFilter: the root has no namespace that is known.
    """
    prefix, colon, _ = topic.partition(":")
    if not colon or prefix not in _ROOTS:
        raise BadFilter(f"the topic {topic[:64]!r} begins with none of tns1, tnsaxis, onvif, axis")
    names = [_PREFIX.sub("", level) for level in topic.split("/")]
    if not all(_LEVEL.fullmatch(name) for name in names):
        raise BadFilter(f"the topic {topic[:64]!r} has a level that is no name")
    return (_ROOTS[prefix], *names)


def _topic(text: str) -> tuple[tuple[str, ...], bool]:
    if text == "//.":
        return (), True
    below = text.endswith("//.")
    return levels_of(text[:-3] if below else text), below


@dataclass(frozen=True, slots=True)
class ContentFilter:
    """Items that a message must have: any group of which all are there."""

    groups: tuple[tuple[tuple[str, str], ...], ...]

    @classmethod
    def parse(cls, text: str) -> ContentFilter:
        """Read terms with `and` and `or` between; `and` binds more tightly (XPath 1.0 §3.4).

        Raises:
            BadFilter: it is something else.
        """
        if len(text) > LONGEST_FILTER:
            raise BadFilter(f"a content filter is longer than {LONGEST_FILTER} characters")
        groups: list[list[tuple[str, str]]] = [[]]
        at = 0
        while True:
            term = _TERM.match(text, at)
            if term is None:
                raise BadFilter(
                    'a content filter is not boolean(//SimpleItem[@Name="A" and @Value="B"]),'
                    " or several with `and` and `or` between"
                )
            groups[-1].append((term["name"], term["value"]))
            if term.end() == len(text):
                return cls(tuple(tuple(group) for group in groups))
            word = _WORD.match(text, term.end())
            if word is None:
                raise BadFilter("a content filter has neither `and` nor `or` between two terms")
            if word[1] == "or":
                groups.append([])
            at = word.end()

    def matches(self, notification: Notification) -> bool:
        """Whether the items are in its source or data."""
        items = {*notification.source.items(), *notification.data.items()}
        return any(items.issuperset(group) for group in self.groups)


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Both together; without a content filter any content will do."""

    topic: TopicFilter
    content: ContentFilter | None = None

    def matches(self, notification: Notification) -> bool:
        """Whether a notification is wanted."""
        return self.topic.matches(notification.topic) and (
            self.content is None or self.content.matches(notification)
        )
