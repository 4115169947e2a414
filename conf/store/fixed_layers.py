"""The layers above the store, which stay as they are while the program runs.

`--config` < `--set` < the flags of the command line.
"""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Self

from conf.settings import Settings
from conf.tables.assignment import Assignment, written
from conf.tables.layers import lay_over
from conf.tables.plain import Place, copied, leaves, merge, revealed, value_at
from conf.tables.toml import read_toml
from conf.validation.problem import BadSettings, FixedSettings, Problem
from conf.validation.validate import validate

NO_FLAGS: Final[Mapping[str, object]] = MappingProxyType({})

FLAGS: Final = {
    "sip.port": "--sip-port",
    "sip.tls_port": "--sip-port",
    "http.port": "--http-port",
    "http.https_port": "--http-port",
}
"""Which flag of the command line fixes which setting."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """A setting that a layer above the store decides."""

    path: Place
    by: str
    """How a person finds it: `--config speaker.toml`, `--set`, `--sip-port`."""


@dataclass(frozen=True, slots=True)
class FixedLayers:
    """What the command line says of settings."""

    config: Path | None = None
    tables: Mapping[str, Any] = field(default_factory=dict)
    """What the file `config` holds."""
    assignments: tuple[Assignment, ...] = ()
    flags: tuple[Assignment, ...] = ()

    @classmethod
    def read(
        cls, config: Path | None, assignments: Iterable[str], flags: Mapping[str, object]
    ) -> tuple[Self, list[Problem]]:
        """The layers, as far as they can be read, and what is wrong with the rest.

        `config` must exist. `assignments` are the values of `--set`; `flags` maps dotted keys
        (`sip.port`) to values.
        """
        problems: list[Problem] = []
        tables: Mapping[str, Any] = {}
        if config is not None:
            try:
                tables = read_toml(config)
            except BadSettings as error:
                problems.extend(error.problems)
        parsed = []
        for text in assignments:
            try:
                parsed.append(Assignment.parse(text))
            except BadSettings as error:
                problems.extend(error.problems)
        of_flags = tuple(Assignment(tuple(key.split(".")), value) for key, value in flags.items())
        return cls(config, tables, tuple(parsed), of_flags), problems

    def lay_over(self, tables: dict[str, Any]) -> list[Problem]:
        """Put the layers over `tables`, and return what of them does not fit there."""
        problems: list[Problem] = []
        lay_over(tables, copied(self.tables))
        if any(isinstance(part, int) for each in self.assignments for part in each.path):
            tables.update(deepcopy(tables))  # a list that is reached into is shared with a layer
        for assignment in (*self.assignments, *self.flags):
            try:
                Assignment(assignment.path, deepcopy(assignment.value)).put_into(tables)
            except BadSettings as error:
                problems.extend(error.problems)
        return problems

    def without_flags(self) -> "FixedLayers":
        """The layers that say what the device is to be, and not where this process runs."""
        return replace(self, flags=())

    def fixed(self) -> list[Fixed]:
        """Every setting that is decided here; of a list, the list or the part of it that is set."""
        by: dict[Place, str] = {}
        for path, _ in leaves(self.tables):
            by[path] = f"--config {self.config}"
        for assignment in self.assignments:
            by |= dict.fromkeys(_places(assignment), "--set")
        for flag in self.flags:
            by |= dict.fromkeys(_places(flag), FLAGS.get(written(flag.path), "the command line"))
        return [Fixed(*each) for each in by.items()]


def without_fixed(change: dict[str, Any], fixed: Iterable[Fixed], now: Settings) -> dict[str, Any]:
    """The part of a change that the store can take; `now` is what counts.

    What is fixed and is to be what it is anyway is left out, so that all settings can be read,
    edited and sent back; a part of a list stays in.

    Raises:
        FixedSettings: something fixed is to become something else.
    """
    touched = [each for each in fixed if _reaches(change, each.path)]
    if not touched:
        return change
    before = revealed(now)
    wanted = copied(before)
    merge(wanted, change)
    after = revealed(validate(wanted))
    problems = [
        Problem(written(each.path), "", f"is fixed by {each.by}")
        for each in touched
        if value_at(before, each.path) != value_at(after, each.path)
    ]
    if problems:
        raise FixedSettings(problems)
    rest = copied(change)
    for each in touched:
        _take_out(rest, each.path)
    return rest


def _reaches(change: object, path: Place) -> bool:
    """Whether the change says anything of what is at `path`."""
    for part in path:
        match change:
            case dict() if part in change:
                change = change[part]
            case list() if isinstance(part, int) and part < len(change):
                change = change[part]
            case dict() | list():
                return False
            case _:
                return True
    return True


def _take_out(change: dict[str, Any], path: Place) -> None:
    """Leave what is at `path` out of the change, unless it is a part of a list."""
    *tables, name = path
    here: Any = change
    for part in tables:
        here = here.get(part) if isinstance(here, dict) else None
    if isinstance(here, dict):
        here.pop(name, None)


def _places(assignment: Assignment) -> list[Place]:
    if isinstance(assignment.value, Mapping):
        return [(*assignment.path, *path) for path, _ in leaves(assignment.value)]
    return [assignment.path]
