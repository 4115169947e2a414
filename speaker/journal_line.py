"""One line of the log, as a value: for people as text, for files and the API as JSON."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import Enum
from typing import Any

Scalar = str | int | float | bool | None


class Kind(Enum):
    """Which log a line belongs to."""

    SYSTEM = "system"
    """What the device does, and what goes wrong."""
    ACCESS = "access"
    """Attempts to get in that failed."""


class MalformedLine(ValueError):
    """A file of the log holds something else."""


@dataclass(frozen=True, slots=True)
class JournalLine:
    """Something that was logged."""

    number: int
    """Counts up from the oldest line that is kept, over both logs; starts anew with the program."""
    at: datetime
    """Wall clock, UTC."""
    level: str
    """`debug`, `info`, `warning`, `error` or `critical`."""
    event: str
    """What happened, in words that are the same each time."""
    fields: dict[str, Scalar]
    """To whom and how: no secrets, every text on one line but for `exception`."""

    def text(self, host: str, process: int) -> str:
        """As the system log shows it, in the local time of the device; no line break at the end."""
        at = self.at.astimezone().isoformat(timespec="milliseconds")
        told = "".join(
            f" {name}={_shown(value)}" for name, value in self.fields.items() if name != "exception"
        )
        line = f"{at} {host} [ {self.level.upper():<8}] speaker[{process}]: {self.event}{told}"
        exception = self.fields.get("exception")
        if not exception:
            return line
        return "\n".join([line, *(f"    {each}" for each in str(exception).splitlines())])

    def as_json(self) -> dict[str, Any]:
        """What the API tells."""
        return {
            "at": self.at.isoformat(timespec="milliseconds"),
            "level": self.level,
            "event": self.event,
            **({"fields": self.fields} if self.fields else {}),
        }

    def numbered(self, number: int) -> JournalLine:
        """The same line with another number."""
        return replace(self, number=number)


def parse_line(text: bytes) -> JournalLine:
    """Read what `as_json` was written as.

    Raises:
        MalformedLine: it is something else, or was cut.
    """
    try:
        read = json.loads(text)
        at = datetime.fromisoformat(read["at"]).astimezone(UTC)
        fields = read.get("fields", {})
        is_whole = (
            isinstance(read["level"], str)
            and isinstance(read["event"], str)
            and isinstance(fields, dict)
            and all(isinstance(value, Scalar) for value in fields.values())
        )
    except (
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        OverflowError,
        RecursionError,
    ) as error:
        raise MalformedLine(f"no line of a log: {text[:80]!r}") from error
    if not is_whole:
        raise MalformedLine(f"no line of a log: {text[:80]!r}")
    return JournalLine(0, at, read["level"], read["event"], fields)


def _shown(value: Scalar) -> str:
    if isinstance(value, str):
        is_plain = re.fullmatch(r'[^\s"=]+', value) is not None
        return value if is_plain else json.dumps(value, ensure_ascii=False)
    return json.dumps(value)
