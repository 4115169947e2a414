"""What a command prints: sentences and tables for people, or the API's JSON for programs."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from typing import TYPE_CHECKING

from speaker.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Output:
    """Standard output, in one of the two ways."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json

    def tell(self, told: object, lines: Iterable[str]) -> None:
        """Print `lines`, or what the device has told. `None` is nothing to programs."""
        if not self.as_json:
            self.say(lines)
        elif told is not None:
            print(json.dumps(told, indent=2))  # noqa: T201 - what the command is for

    def tell_one(self, told: object, line: str) -> None:
        """Print one of many that come in the course of time: at once, and on a line of its own."""
        text = json.dumps(told) if self.as_json else printable(line)
        print(text, flush=True)  # noqa: T201

    def say(self, lines: Iterable[str]) -> None:
        """Print lines in which nothing moves the cursor, whoever has written it."""
        for line in lines:
            print(printable(line))  # noqa: T201


def complain(sentences: Iterable[str]) -> None:
    """Say on standard error what went wrong."""
    for sentence in sentences:
        print(f"speaker: {printable(sentence)}", file=sys.stderr, flush=True)  # noqa: T201


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterable[str]:
    """Columns as wide as what stands in them."""
    cells = [headings, *([printable(cell) for cell in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield line.rstrip()


def duration(seconds: float) -> str:
    """`3 d 4 h`, `4 h 12 min`, `12 min 5 s`, `5 s`."""
    minutes, s = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [(days, "d"), (hours, "h"), (minutes, "min"), (s, "s")]
    while len(parts) > 1 and not parts[0][0]:
        del parts[0]
    return " ".join(f"{count} {unit}" for count, unit in parts[:2])


def local(at: str) -> str:
    """A point in time by the clock of who asks: `2026-11-27 17:15:25`."""
    try:
        return datetime.fromisoformat(at).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    except (ValueError, OverflowError):
        return at
