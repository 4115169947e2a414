"""The bus: what has a value now (conditions) and what occurs (happenings).

Rules, the log and the interfaces to the outside listen here and nowhere else. Names are
`area.noun` in lower case: `call.state`, `dtmf.sequence`.
"""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import structlog

Value = str | bool | int | float

MAXIMUM_CONDITIONS: Final = 1024
"""Conditions are named by the program and its settings, never by a peer: this is far above them."""

LONGEST_CHAIN: Final = 256
"""Events that one publication may lead to before it is taken for a loop of listeners."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Condition:
    """What `name` is from now on. `of` tells which one where there are several: an account's id,
    a source's label; it is empty where there is only one.
    """

    name: str
    value: Value
    of: str = ""
    attributes: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that occurs and has no duration."""

    name: str
    attributes: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Gone:
    """A condition that is no more: its account, or its source, was removed."""

    name: str
    of: str = ""
    attributes: Mapping[str, Value] = field(default_factory=dict)
    """None."""


Event = Condition | Happening | Gone
Listener = Callable[[Event], None]


class Bus:
    """Tells every listener every event, in the order in which they were published.

    Belongs to the main loop's thread. Delivery is synchronous; what a listener publishes while it
    is being told something is delivered afterwards, so that all listeners see the same order.
    """

    def __init__(self) -> None:
        self._conditions: dict[tuple[str, str], Condition] = {}
        self._listeners: list[_Listening] = []
        self._waiting: deque[tuple[int, Event]] = deque()
        self._serial = 0
        self._delivering = False

    def set(self, name: str, value: Value, /, *, of: str = "", **attributes: Value) -> None:
        """Give a condition its value; nobody is told when nothing has changed.

        Raises:
            ValueError: there would be more than `MAXIMUM_CONDITIONS`.
        """
        condition = Condition(name, value, of, attributes)
        known = self._conditions.get((name, of))
        if known == condition and type(known.value) is type(value):
            return
        if known is None and len(self._conditions) >= MAXIMUM_CONDITIONS:
            raise ValueError(f"{name} of {of!r}: there are already {MAXIMUM_CONDITIONS} conditions")
        self._conditions[name, of] = condition
        self._publish(condition)

    def forget(self, name: str, /, *, of: str = "") -> None:
        """Take a condition away; one that is not there is no error."""
        if self._conditions.pop((name, of), None) is not None:
            self._publish(Gone(name, of))

    def happen(self, name: str, /, **attributes: Value) -> None:
        """Publish a happening."""
        self._publish(Happening(name, attributes))

    def value(self, name: str, /, *, of: str = "") -> Value | None:
        """What the condition is now; None when it was never set."""
        condition = self._conditions.get((name, of))
        return None if condition is None else condition.value

    def conditions(self) -> tuple[Condition, ...]:
        """All conditions as they are now, in the order in which they were first set."""
        return tuple(self._conditions.values())

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Tell `listener` all conditions at once and from now on every event.

        A listener that raises is logged and hears the next event all the same; the others are not
        disturbed. Returns what ends the listening; it may be called at any time, also twice.
        """
        listening = _Listening(listener, since=self._serial)
        self._listeners.append(listening)
        for condition in self.conditions():
            listening.tell(condition)
        return partial(self._leave, listening)

    def _leave(self, listening: "_Listening") -> None:
        listening.active = False
        if listening in self._listeners:
            self._listeners.remove(listening)

    def _publish(self, event: Event) -> None:
        self._serial += 1
        self._waiting.append((self._serial, event))
        if self._delivering:
            return
        self._delivering = True
        try:
            self._deliver()
        finally:
            self._delivering = False

    def _deliver(self) -> None:
        for _ in range(LONGEST_CHAIN):
            if not self._waiting:
                return
            serial, event = self._waiting.popleft()
            for listening in tuple(self._listeners):
                if serial > listening.since:
                    listening.tell(event)
        if self._waiting:
            log.error("events.loop", dropped=len(self._waiting), next=self._waiting[0][1].name)
            self._waiting.clear()


@dataclass(slots=True, eq=False)
class _Listening:
    """One listener, and the serial number of the last event before it joined."""

    listener: Listener
    since: int
    active: bool = True

    def tell(self, event: Event) -> None:
        if not self.active:
            return
        try:
            self.listener(event)
        except Exception:
            # Whatever a listener does wrong is its own fault and must not silence the others.
            log.exception("events.listener_failed", event_name=event.name)
