"""Settings put together from their layers.

Built-in default < `settings.toml` of the data folder < `--config` file < `--set` < flags. Tables
are merged key by key; a list or a single value of a higher layer replaces that of a lower one.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from conf.assignment import Assignment
from conf.layers import default_tables, lay_over
from conf.problem import BadSettings, Problem
from conf.settings import Settings
from conf.toml import NotToml, parsed_toml
from conf.validation import validate

NO_FLAGS: Final[Mapping[str, object]] = MappingProxyType({})
LARGEST_FILE: Final = 4 * 1024 * 1024
"""Bytes. 256 rules with 16 long conditions and actions each stay below it."""


def load_settings(
    *,
    kept: Path | None = None,
    config: Path | None = None,
    assignments: Iterable[str] = (),
    flags: Mapping[str, object] = NO_FLAGS,
) -> Settings:
    """The settings that all layers together describe.

    `kept` is the data folder's `settings.toml`, which may be absent; `config` must exist.
    `assignments` are the values of `--set`, `flags` maps dotted keys (`sip.port`) to values.

    Raises:
        BadSettings: with every problem found.
    """
    problems: list[Problem] = []
    tables: dict[str, Any] = default_tables()
    files = [] if config is None else [config]
    if kept is not None and kept.exists():
        files.insert(0, kept)
    for path in files:
        try:
            lay_over(tables, read_toml(path))
        except BadSettings as error:
            problems.extend(error.problems)
    for text in assignments:
        try:
            Assignment.parse(text).put_into(tables)
        except BadSettings as error:
            problems.extend(error.problems)
    for key, value in flags.items():
        Assignment(tuple(key.split(".")), value).put_into(tables)
    try:
        settings = validate(tables)
    except BadSettings as error:
        problems.extend(error.problems)
    if problems:
        raise BadSettings(problems)
    return settings


def check(config: Path) -> tuple[Problem, ...]:
    """Every problem of one configuration file over the built-in defaults; empty when it is good."""
    try:
        load_settings(config=config)
    except BadSettings as error:
        return error.problems
    return ()


def read_toml(path: Path) -> dict[str, Any]:
    """The tables of one file.

    Raises:
        BadSettings: the file cannot be read or is not TOML; names the line.
    """
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise BadSettings([Problem(str(path), "", f"cannot be read: {error.strerror}")]) from error
    if len(data) > LARGEST_FILE:
        raise BadSettings([Problem(str(path), "", f"is larger than {LARGEST_FILE} bytes")])
    try:
        return parsed_toml(data.decode())
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BadSettings([Problem(str(path), "", f"is not UTF-8 in line {line}")]) from error
    except NotToml as error:
        raise BadSettings([Problem(str(path), "", f"is not TOML: {error}")]) from error
