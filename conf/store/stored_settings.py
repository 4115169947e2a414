"""Settings as rows of the database: what differs from the defaults because somebody changed it.

One row for each setting, a list as a whole; the secrets in them are sealed in rows of their own,
and a mark stands in their place.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from secrets import choice
from sqlite3 import Connection
from typing import Any, Final

from conf.store.database import Database
from conf.store.secret_box import DoesNotOpen, SecretBox
from conf.store.store_error import StoreError
from conf.tables.assignment import written
from conf.tables.layers import lay_over
from conf.tables.plain import ABSENT, Leaf, Place, leaves, value_at
from conf.tables.secret_places import change_secrets, secrets_in

SEALED: Final = {"$sealed": True}
"""Stands where a secret is."""

LOST: Final = b""
"""What is sealed in the place of a secret that nobody can open any more."""

KEYPAD: Final = "0123456789ABCD*#"
STAND_IN_LENGTH: Final = 16


@dataclass(frozen=True, slots=True)
class StoredSettings:
    """The layer of settings that the store keeps."""

    tables: Mapping[str, Any]
    """Plain tables, secrets as they are. Not to be changed by anyone."""
    stand_ins: frozenset[str] = frozenset()
    """What stands for secrets that were lost: made up, so that nobody knows them."""

    @property
    def lost(self) -> tuple[str, ...]:
        """The keys of the settings whose secrets were lost."""
        return tuple(
            written(place) for place, text in secrets_in(self.tables) if text in self.stand_ins
        )

    def changed(self, new: Mapping[str, Any]) -> list[Leaf]:
        """The settings that are others in `new`."""
        before, after = dict(leaves(self.tables)), dict(leaves(new))
        return [
            place
            for place in sorted(before.keys() | after.keys())
            if before.get(place, ABSENT) != after.get(place, ABSENT)
        ]


def load(database: Database, box: SecretBox) -> StoredSettings:
    """What the database holds.

    A secret that does not open (the key file was lost, or is another one) is replaced by a made-up
    one: what it protected stays closed, and the device can start.

    Raises:
        StoreError: the database cannot be read, or is damaged.
    """
    sealed: dict[str, bytes] = dict(database.rows("SELECT place, sealed FROM secrets"))
    stand_ins: set[str] = set()

    def opened(place: str) -> str:
        try:
            return box.unseal(place, sealed.get(place, LOST))
        except DoesNotOpen:
            made_up = "".join(choice(KEYPAD) for _ in range(STAND_IN_LENGTH))
            stand_ins.add(made_up)
            return made_up

    tables: dict[str, Any] = {}
    for key, value in database.rows("SELECT key, value FROM settings"):
        place = tuple(key.split("."))
        try:
            found = _without_marks(json.loads(value), place, opened)
        except ValueError as error:
            raise StoreError(f"{database.file}: the value of {key} is damaged") from error
        for name in reversed(place):
            found = {name: found}
        lay_over(tables, found)
    return StoredSettings(tables, frozenset(stand_ins))


def save(
    connection: Connection, old: StoredSettings, new: Mapping[str, Any], box: SecretBox
) -> None:
    """Write what is different in `new`, inside a transaction of the caller's."""
    for place in old.changed(new):
        before, after = value_at(old.tables, place), value_at(new, place)
        _save_secrets(connection, old, _secrets_at(place, before), _secrets_at(place, after), box)
        key = dotted(place)
        if after is ABSENT:
            connection.execute("DELETE FROM settings WHERE key = ?", (key,))
        else:
            marked = change_secrets(after, lambda _, text: SEALED if text else "", place)
            connection.execute(
                "INSERT OR REPLACE INTO settings VALUES (?, ?)", (key, json.dumps(marked))
            )


def _save_secrets(
    connection: Connection,
    old: StoredSettings,
    before: Mapping[str, str],
    after: Mapping[str, str],
    box: SecretBox,
) -> None:
    for place in before.keys() - after.keys():
        connection.execute("DELETE FROM secrets WHERE place = ?", (place,))
    for place, text in after.items() - before.items():
        sealed = LOST if text in old.stand_ins else box.seal(place, text)
        connection.execute("INSERT OR REPLACE INTO secrets VALUES (?, ?)", (place, sealed))


def _secrets_at(place: Leaf, value: object) -> dict[str, str]:
    """The secrets in one setting, by their places."""
    return {written(at): text for at, text in secrets_in(value, place)}


def dotted(place: Leaf) -> str:
    """`sip.port`: the name of a row."""
    return ".".join(place)


def _without_marks(value: Any, place: Place, opened: Callable[[str], str]) -> Any:
    """A value of a row, with each secret back where its mark is."""
    if value == SEALED:
        return opened(written(place))
    match value:
        case dict():
            return {key: _without_marks(item, (*place, key), opened) for key, item in value.items()}
        case list():
            return [_without_marks(item, (*place, i), opened) for i, item in enumerate(value)]
        case _:
            return value
