"""One parameter: its path, where its value comes from, its type, and who may read and set it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol, runtime_checkable

from conf.accounts.role import Role
from conf.tables.plain import nested

if TYPE_CHECKING:
    from collections.abc import Mapping

    from speaker.vapix.parameters.facts import Facts

ROOT: Final = "root."
"""May stand before each path in a request, and does in each reply."""


class BadValue(ValueError):
    """A parameter cannot have this value; the message names the value and the rule."""


# --- types ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Text:
    """Any text."""

    maxlen: int = 0
    """Characters; 0: not told."""


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class YesNo:
    """`yes` or `no`."""


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of some words."""

    entries: tuple[str, ...]


Kind = Text | Whole | YesNo | OneOf

# --- sources -------------------------------------------------------------------------------------


class Source(Protocol):
    """Where a parameter's value comes from."""

    def read(self, facts: Facts) -> str | None:
        """The value now; None: there is no such parameter on this device."""


@runtime_checkable
class SettingSource(Source, Protocol):
    """One whose value settings decide."""

    def tables(self, text: str, facts: Facts) -> Mapping[str, Any]:
        """The change of settings that gives the parameter this value.

        Raises:
            BadValue: it cannot have it.
        """


@runtime_checkable
class DeedSource(Source, Protocol):
    """One whose value changes because something is done."""

    async def change(self, text: str, *, by: str, address: str) -> None:
        """Do it; waits for the disk.

        Raises:
            BadValue: it cannot be done.
        """


@dataclass(frozen=True, slots=True)
class Constant:
    """The same on every device of this kind."""

    value: str

    def read(self, _facts: Facts) -> str:
        """As it is."""
        return self.value


@dataclass(frozen=True, slots=True)
class TextSetting:
    """A setting that is a text, by its dotted key."""

    key: str

    def read(self, facts: Facts) -> str:
        """As it is set."""
        return str(facts.setting(self.key))

    def tables(self, text: str, _facts: Facts) -> Mapping[str, Any]:
        """Set it as it is."""
        return nested(tuple(self.key.split(".")), text)


@dataclass(frozen=True, slots=True)
class WholeSetting:
    """A setting that is a whole number."""

    key: str

    def read(self, facts: Facts) -> str:
        """In decimal digits."""
        return str(facts.setting(self.key))

    def tables(self, text: str, _facts: Facts) -> Mapping[str, Any]:
        """The store knows the range."""
        return nested(tuple(self.key.split(".")), whole(text))


@dataclass(frozen=True, slots=True)
class MillisecondsSetting:
    """A setting in seconds, which VAPIX has in milliseconds."""

    key: str

    def read(self, facts: Facts) -> str:
        """Whole milliseconds."""
        return str(round(1000 * facts.setting(self.key)))

    def tables(self, text: str, _facts: Facts) -> Mapping[str, Any]:
        """The store knows the range."""
        return nested(tuple(self.key.split(".")), whole(text) / 1000)


@dataclass(frozen=True, slots=True)
class YesNoSetting:
    """A setting that is on or off."""

    key: str

    def read(self, facts: Facts) -> str:
        """`yes` or `no`."""
        return yes_no(bool(facts.setting(self.key)))

    def tables(self, text: str, _facts: Facts) -> Mapping[str, Any]:
        """Nothing but `yes` and `no` is understood."""
        if text not in ("yes", "no"):
            raise BadValue(f"{text!r} is neither yes nor no")
        return nested(tuple(self.key.split(".")), text == "yes")


# --- parameters ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Parameter:
    """A row of the table."""

    path: str
    """Without `root.`: `Audio.A0.Enabled`."""
    source: Source
    nice_name: str = ""
    """For people; empty: the last part of the path."""
    kind: Kind = Text()
    read: Role = Role.VIEWER
    """The lowest role that sees it."""
    write: Role | None = None
    """The lowest role that sets it; None: nobody does."""

    @property
    def is_constant(self) -> bool:
        """Whether the value never changes."""
        return isinstance(self.source, Constant)

    @property
    def security_level(self) -> str:
        """Who may create, delete, read and write it, in the digits of VAPIX."""
        write = _DIGITS[self.write] if self.write is not None else _NOBODY
        return f"{_NOBODY}{_NOBODY}{_DIGITS[self.read]}{write}"


_DIGITS: Final = {
    Role.ANYBODY: "0",
    Role.VIEWER: "1",
    Role.OPERATOR: "4",
    Role.ADMINISTRATOR: "6",
}
_NOBODY: Final = "7"
"""`root`, who is nobody here."""


def yes_no(value: bool) -> str:
    """As parameters write it."""
    return "yes" if value else "no"


def whole(text: str) -> int:
    """A whole number.

    Raises:
        BadValue: it is none.
    """
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= 10):
        raise BadValue(f"{text!r} is not a whole number")
    return int(text)
