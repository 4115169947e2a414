"""The fields of a JSON object that a client sends, each asked for by its type."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from conf.validation.problem import shown
from speaker.vapix.error_family import ApiError, Trouble

LONGEST_LIST: Final = 256


class Word(str):
    """Text of a form without types: whatever it is asked for as, if it can be read as that."""

    __slots__ = ()


_FLAGS: Final = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Fields:
    """An object of JSON. What is asked for wrongly typed, or in vain, raises ApiError.

    `None` in place of a value counts as absent.
    """

    values: Mapping[str, object]
    at: str = ""
    """What the object is called in messages; empty: the parameters themselves."""

    @classmethod
    def of(cls, value: object, at: str = "") -> Fields:
        """The object that `value` is."""
        if not isinstance(value, Mapping):
            raise ApiError(Trouble.INVALID, f"{at or 'params'} is not an object")
        return cls(value, at)

    def __contains__(self, name: str) -> bool:
        return self.values.get(name) is not None

    def text(self, name: str, longest: int = 1024) -> str:
        """A text."""
        value = self._needed(name)
        if not isinstance(value, str):
            raise self._wrong(name, value, "text")
        if len(value) > longest:
            raise ApiError(
                Trouble.INVALID, f"{self._key(name)} is longer than {longest} characters"
            )
        return str(value)  # nobody keeps a Word

    def flag(self, name: str) -> bool:
        """A truth value."""
        value = self._needed(name)
        if isinstance(value, Word):
            value = _FLAGS.get(value.lower(), value)
        if not isinstance(value, bool):
            raise self._wrong(name, value, "true or false")
        return value

    def number(self, name: str) -> float:
        """A number, whole or not."""
        value = self._needed(name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._wrong(name, value, "a number")
        return float(value)

    def whole(self, name: str, low: int, high: int) -> int:
        """A whole number from `low` to `high`."""
        value = self._needed(name)
        if isinstance(value, Word) and re.fullmatch(r"-?[0-9]{1,9}", value):
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise self._wrong(name, value, f"a whole number from {low} to {high}")
        return value

    def items(self, name: str) -> list[object]:
        """A list."""
        value = self._needed(name)
        if not isinstance(value, list) or len(value) > LONGEST_LIST:
            raise self._wrong(name, value, f"a list of at most {LONGEST_LIST} entries")
        return value

    def texts(self, name: str) -> list[str]:
        """A list of texts."""
        texts = [str(item) for item in self.items(name) if isinstance(item, str)]
        if len(texts) != len(self.items(name)):
            raise ApiError(Trouble.INVALID, f"{self._key(name)} is not a list of texts")
        return texts

    def objects(self, name: str) -> list[Fields]:
        """A list of objects."""
        return [
            Fields.of(item, f"{self._key(name)}[{i}]") for i, item in enumerate(self.items(name))
        ]

    def inner(self, name: str) -> Fields:
        """An object."""
        return Fields.of(self._needed(name), self._key(name))

    def only(self, *names: str) -> None:
        """Raise if there is anything else."""
        for name in self.values:
            if name not in names:
                raise ApiError(Trouble.INVALID, f"{shown(name)} is not a parameter")

    def _needed(self, name: str) -> object:
        value = self.values.get(name)
        if value is None:
            raise ApiError(Trouble.MISSING, f"{self._key(name)} is missing")
        return value

    def _key(self, name: str) -> str:
        return f"{self.at}.{name}" if self.at else name

    def _wrong(self, name: str, value: object, wanted: str) -> ApiError:
        given = f" {shown(value)}" if shown(value) else ""
        return ApiError(Trouble.INVALID, f"{self._key(name)}{given} is not {wanted}")
