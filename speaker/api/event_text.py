"""Events of the bus as the API tells them, and which of them a listener wants."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints

from conf.accounts.role import Role
from speaker.event_feed import Entry, Missed
from speaker.events import Condition
from speaker.wildcards import fits

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_PATTERNS: Final = 16
FOR_ADMINISTRATORS: Final = frozenset({"login.failed", "recipient.failed"})
"""What the access log tells, which is theirs, too: a name may be a password typed amiss."""

Pattern = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_.*?-]{1,64}$")]
Patterns = Annotated[list[Pattern], Field(max_length=MOST_PATTERNS)]

Value = str | bool | int | float


class EventText(BaseModel):
    """One event."""

    serial: int
    """Counts the events since the start of the program."""
    at: AwareDatetime
    kind: Literal["condition", "happening"]
    name: str = Field(examples=["call.state"])
    of: str = ""
    """Of a condition: which one, where there are several."""
    value: Value | None = None
    """Of a condition: what it is from now on."""
    attributes: dict[str, Value]
    initial: bool = False
    """Of a condition: this is what it was when the listening began, and no change."""


def text_of(entry: Entry | Missed) -> str:
    """An event in JSON, as `EventText` describes it; `{"missed": COUNT}` where some are gone."""
    if isinstance(entry, Missed):
        return json.dumps({"missed": entry.count})
    event = entry.event
    told: dict[str, object] = {
        "serial": entry.serial,
        "at": entry.at.isoformat(timespec="milliseconds"),
        "kind": "happening",
        "name": event.name,
        "attributes": dict(event.attributes),
    }
    if isinstance(event, Condition):
        told |= {"kind": "condition", "of": event.of, "value": event.value}
        if entry.initial:
            told["initial"] = True
    return json.dumps(told, separators=(",", ":"))


def wants(patterns: Sequence[str], entry: Entry | Missed, role: Role) -> bool:
    """Whether one of the patterns (`call.*`) is for this; no patterns are for everything.

    What is not for somebody of this `role` nobody wants.
    """
    if isinstance(entry, Missed):
        return True
    if entry.event.name in FOR_ADMINISTRATORS and role < Role.ADMINISTRATOR:
        return False
    if not patterns:
        return True
    return any(fits(entry.event.name, pattern) for pattern in patterns)


class Texts:
    """Texts of the latest events, each made once however many listeners there are."""

    def __init__(self, run: str, most: int = 64) -> None:
        """`run` tells this run of the program from all others: each counts its events anew."""
        self._run = run
        self._most = most
        self._texts: dict[int, str] = {}

    def id_of(self, entry: Entry) -> str:
        """What a listener that comes back names as the last one that it heard."""
        return f"{self._run}-{entry.serial}"

    def serial_of(self, event_id: str) -> int | None:
        """The event that such an id names; None: it is of another run, or means nothing."""
        run, _, serial = event_id.rpartition("-")
        is_ours = run == self._run and serial.isascii() and serial.isdigit() and len(serial) <= 18
        return int(serial) if is_ours else None

    def of(self, entry: Entry | Missed) -> str:
        """What `text_of` says."""
        if isinstance(entry, Missed) or entry.initial:
            return text_of(entry)
        text = self._texts.get(entry.serial)
        if text is None:
            text = self._texts[entry.serial] = text_of(entry)
            if len(self._texts) > self._most:
                del self._texts[next(iter(self._texts))]
        return text
