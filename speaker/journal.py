"""The last lines of the log, for those who ask the device: support, installers, the web page.

    structlog ──► Journal (a processor) ──► two rings in memory: system and access
                                      └───► a thread ──► files in the data folder

Whoever logs an attempt to get in that failed binds `journal="access"`; everything else is of the
system. A ring of its own, so that whoever tries passwords pushes no other line out.
"""

from __future__ import annotations

import re
import threading
from collections import deque
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from speaker.journal_files import JournalFiles
from speaker.journal_line import JournalLine, Kind
from speaker.log import KIND, shortened
from speaker.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from structlog.typing import EventDict, WrappedLogger

    from speaker.journal_line import Scalar

KEPT: Final = {Kind.SYSTEM: 4000, Kind.ACCESS: 1000}
"""Lines in memory; the oldest go first."""

MOST_UNWRITTEN: Final = 2000
"""Lines that wait for a disk which does not take them; the oldest are given up."""

GATHER_S: Final = 0.2
"""How long lines are gathered for one write: a crash of the machine loses no more than these."""

PATIENCE_S: Final = 2.0
"""How long the end of the program waits for the disk."""

MOST_FIELDS: Final = 24
LONGEST_EXCEPTION: Final = 4000
"""Characters, the last ones: they say where it happened."""

_NOT_FIELDS: Final = frozenset({"event", "level", "timestamp", "exception", KIND})
_SECRET_NAME: Final = re.compile(
    r"(?i)(^|_)(password|passwd|pwd|secret|token|authorization|cookie|srtp_key|private_key)$"
)
_SECRET_IN_TEXT: Final = re.compile(
    r"(?i)\b(password|pwd|token|wssession|authorization)(\s*[=:]\s*)(?:(?:basic|bearer|digest)\s+)?[^&\s]+"
)
MASK: Final = "***"


def utc_now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


class Journal:
    """The last lines of both logs. Any thread may log and ask; only the end of `kept_in` waits."""

    def __init__(self, wall: Callable[[], datetime] = utc_now) -> None:
        self._wall = wall
        # Re-entrant: what is collected while a line is taken may log, too.
        self._news = threading.Condition(threading.RLock())
        self._rings = {kind: deque[JournalLine](maxlen=kept) for kind, kept in KEPT.items()}
        self._number = 0
        self._unwritten: deque[tuple[Kind, JournalLine]] = deque(maxlen=MOST_UNWRITTEN)
        self._writer: threading.Thread | None = None
        self._is_closing = False

    def __call__(self, _logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        """Take an event of structlog, behind `add_log_level` and `format_exc_info`."""
        kind = Kind.ACCESS if event.pop(KIND, "") == Kind.ACCESS.value else Kind.SYSTEM
        fields = {
            name: _scalar(name, value) for name, value in event.items() if name not in _NOT_FIELDS
        }
        exception = event.get("exception")
        if exception:
            fields["exception"] = str(exception)[-LONGEST_EXCEPTION:]
        self.note(
            str(event.get("event", "")),
            level=str(event.get("level", method)),
            kind=kind,
            fields=dict([*fields.items()][-MOST_FIELDS:]),
        )
        return event

    def note(
        self,
        event: str,
        *,
        level: str = "info",
        kind: Kind = Kind.SYSTEM,
        fields: dict[str, Scalar] | None = None,
    ) -> None:
        """Add a line."""
        with self._news:
            self._number += 1
            line = JournalLine(
                number=self._number,
                at=self._wall().astimezone(UTC),
                level=level,
                event=_text(event),
                fields=fields or {},
            )
            self._rings[kind].append(line)
            if self._writer is not None:
                self._unwritten.append((kind, line))
                self._news.notify()

    def lines(
        self, kind: Kind = Kind.SYSTEM, *, tail: int | None = None, after: int = 0
    ) -> list[JournalLine]:
        """The last `tail` lines, or all, of those with a number above `after`; oldest first."""
        with self._news:
            found = [line for line in self._rings[kind] if line.number > after]
        return found if tail is None else found[max(len(found) - tail, 0) :]

    # --- outlasting the program ------------------------------------------------------------------

    @contextmanager
    def kept_in(self, folder: Path) -> Iterator[None]:
        """Know the lines of earlier runs from `folder`, and keep new ones there, until the end."""
        self._keep_in(folder)
        try:
            yield
        finally:
            self._close()

    def _keep_in(self, folder: Path) -> None:
        files = JournalFiles(folder)
        with self._news:
            if self._writer is not None:
                raise RuntimeError("a journal is kept in one folder")
            for kind, ring in self._rings.items():
                new = tuple(ring)
                old = files.load(kind)
                ring.clear()
                ring.extend((*old, *new))
                self._unwritten.extend((kind, line) for line in new)
            self._renumber()
            self._is_closing = False
            self._writer = threading.Thread(
                target=self._write_until_closed, args=(files,), name="journal", daemon=True
            )
        self._writer.start()

    def _close(self) -> None:
        """Write what is left; lines that come later are in memory only."""
        with self._news:
            writer, self._writer, self._is_closing = self._writer, None, True
            self._news.notify()
        if writer is not None:
            writer.join(PATIENCE_S)

    def _renumber(self) -> None:
        self._number = 0
        every = sorted(
            ((line.at, kind.value, line) for kind, ring in self._rings.items() for line in ring),
            key=lambda each: each[:2],
        )
        for ring in self._rings.values():
            ring.clear()
        for _, kind, line in every:
            self._number += 1
            self._rings[Kind(kind)].append(line.numbered(self._number))

    def _write_until_closed(self, files: JournalFiles) -> None:
        refused: str | None = None
        while True:
            with self._news:
                self._news.wait_for(lambda: self._unwritten or self._is_closing)
                self._news.wait_for(lambda: self._is_closing, timeout=GATHER_S)
                lines = tuple(self._unwritten)
                self._unwritten.clear()
                is_last = self._is_closing
            try:
                files.append(lines)
                refused = None
            except OSError as error:
                # Told in memory, and once: these lines are lost to the disk.
                if str(error.strerror) != refused:
                    refused = str(error.strerror)
                    self.note("the log cannot be kept", level="error", fields={"why": refused})
            if is_last:
                return


def _scalar(name: str, value: object) -> Scalar:
    if _SECRET_NAME.search(name):
        return MASK
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if abs(value) < float("inf") else str(value)
    return _text(str(value))


def _text(text: str) -> str:
    return _SECRET_IN_TEXT.sub(rf"\1\2{MASK}", printable(shortened(text)))
