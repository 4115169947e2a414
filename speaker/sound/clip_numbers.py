"""The numbers by which VAPIX and written down links know clips: given once, and kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conf.store.database import Database


class ClipNumbers:
    """Names and their numbers. Calls wait for the disk when a name is new; threads may call."""

    def __init__(self, database: Database) -> None:
        self._database = database
        rows = database.rows("SELECT name, number FROM clips")
        self._numbers: dict[str, int] = {str(name): int(number) for name, number in rows}

    def of(self, names: Iterable[str]) -> dict[str, int]:
        """The number of each name; new ones get the next numbers, from 0, in the order given.

        Raises:
            StoreError: the disk does not take them.
        """
        names = list(dict.fromkeys(names))
        new = [name for name in names if name not in self._numbers]
        if new:
            with self._database.transaction() as connection:
                for name in new:
                    connection.execute(
                        "INSERT OR IGNORE INTO clips (number, name) VALUES ((SELECT"
                        " coalesce(max(seq) + 1, 0) FROM sqlite_sequence WHERE name = 'clips'), ?)",
                        (name,),
                    )
            self._numbers = dict(self._database.rows("SELECT name, number FROM clips"))
        return {name: self._numbers[name] for name in names}

    def knows(self, name: str) -> bool:
        """Whether there is, or was, a clip of this name."""
        return name in self._numbers

    def name_of(self, number: int) -> str | None:
        """Whose number it is."""
        return next((name for name, each in self._numbers.items() if each == number), None)

    def rename(self, old: str, new: str) -> None:
        """Let the clip keep its number under another name.

        Raises:
            StoreError: the disk does not take it.
        """
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM clips WHERE name = ?", (new,))
            connection.execute("UPDATE clips SET name = ? WHERE name = ?", (new, old))
        self._numbers = dict(self._database.rows("SELECT name, number FROM clips"))

    def drop(self, name: str) -> None:
        """Forget a clip; its number is not given again.

        Raises:
            StoreError: the disk does not take it.
        """
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM clips WHERE name = ?", (name,))
        self._numbers.pop(name, None)
