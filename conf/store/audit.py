"""Who did what: changes of settings, log-ins, restarts. Kept in the database, and bounded."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from conf.store.database import Database

KEPT: Final = 10_000
"""Entries; the oldest go first."""

LONGEST_NAME: Final = 64
LONGEST_DEED: Final = 1000


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One line of the log."""

    at: datetime
    """Wall clock, UTC."""
    who: str
    """The user, or the part of the program that acted."""
    address: str
    """Where they were; empty: at the device itself, or not known."""
    what: str
    """What was done. Never holds a secret."""


def utc_now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


class AuditLog:
    """The table of that name. Thread-safe; all calls may block."""

    def __init__(self, database: Database, wall: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._wall = wall

    def note(self, who: str, what: str, *, address: str = "") -> None:
        """Write an entry, as a part of the transaction that is open in this thread, if one is.

        Texts may come from strangers: control characters are escaped and long ones are cut.

        Raises:
            StoreError: the disk does not take it.
        """
        row = (
            self._wall().astimezone(UTC).isoformat(timespec="milliseconds"),
            _line(who, LONGEST_NAME),
            _line(address, LONGEST_NAME),
            _line(what, LONGEST_DEED),
        )
        with self._database.transaction() as connection:
            added = connection.execute(
                "INSERT INTO audit (at, who, address, what) VALUES (?, ?, ?, ?)", row
            )
            connection.execute("DELETE FROM audit WHERE id <= ?", ((added.lastrowid or 0) - KEPT,))

    def entries(self, tail: int | None = None) -> list[AuditEntry]:
        """The last `tail` entries, or all, the oldest first.

        Raises:
            StoreError: they cannot be read.
        """
        rows = self._database.rows(
            "SELECT at, who, address, what FROM audit ORDER BY id DESC LIMIT ?",
            (KEPT if tail is None else max(tail, 0),),
        )
        return [
            AuditEntry(datetime.fromisoformat(at), who, address, what)
            for at, who, address, what in reversed(rows)
        ]


def _line(text: str, longest: int) -> str:
    """`text` on one line that a terminal may be shown, and cut if it is too long."""
    cut = text if len(text) <= longest else text[: longest - 1] + "…"
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape", "backslashreplace").decode()
        for c in cut
    )
