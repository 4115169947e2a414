"""What a device has told, read without trust: another version may tell more, less, or otherwise."""

from __future__ import annotations

from typing import Final


class Told:
    """A JSON object, or an empty one where something else came."""

    def __init__(self, value: object) -> None:
        self._values: Final[dict[str, object]] = value if isinstance(value, dict) else {}

    def text(self, name: str) -> str:
        """A text, or a number as a text; empty: there is none."""
        value = self._values.get(name)
        return str(value) if isinstance(value, str | int | float) else ""

    def number(self, name: str) -> float | None:
        """None: there is none."""
        value = self._values.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        return value

    def flag(self, name: str) -> bool:
        """Whether it is there and true."""
        return self._values.get(name) is True

    def part(self, name: str) -> Told:
        """An object in it."""
        return Told(self._values.get(name))

    def objects(self, name: str) -> list[Told]:
        """Objects in a list in it."""
        return objects_in(self._values.get(name))

    def texts(self, name: str) -> list[str]:
        """Texts in a list in it."""
        value = self._values.get(name)
        return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []

    def others(self, *known: str) -> dict[str, object]:
        """What stands there beside these."""
        return {name: value for name, value in self._values.items() if name not in known}


def objects_in(value: object) -> list[Told]:
    """Objects in a list."""
    if not isinstance(value, list):
        return []
    return [Told(each) for each in value if isinstance(each, dict)]
