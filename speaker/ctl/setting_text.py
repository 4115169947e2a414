"""Settings as lines that `set` takes back: `sip.accounts[0].name = "Door"`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from conf.tables.assignment import Assignment, written
from conf.validation.problem import BadSettings
from speaker.ctl.trouble import WrongUsage

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Path = tuple[str | int, ...]
"""Names of tables' keys, and indices of lists."""


def parse_key(text: str) -> Path:
    """Read `sip.accounts[0].name`.

    Raises:
        WrongUsage: it is no key.
    """
    if "=" in text:
        raise WrongUsage(f"{text.partition('=')[0]}: a key stands alone here, without a value")
    try:
        return Assignment.parse(f"{text}=").path
    except BadSettings as error:
        raise WrongUsage(f"{text}: is not a key such as sip.port or rules[0].name") from error


def parse_assignment(text: str) -> Assignment:
    """Read `sip.port=5070`, as `--set` of `speaker run` takes it.

    Raises:
        WrongUsage: it is none. The value is not repeated: it may be a secret.
    """
    try:
        return Assignment.parse(text)
    except BadSettings as error:
        raise WrongUsage(f"{text.partition('=')[0]}: is not KEY=VALUE") from error


def found_at(settings: object, path: Sequence[str | int]) -> object:
    """What stands there; None where the path leads nowhere, as no setting is null."""
    for each in path:
        match settings:
            case dict() if each in settings:
                settings = settings[each]
            case list() if isinstance(each, int) and each < len(settings):
                settings = settings[each]
            case _:
                return None
    return settings


def lines_of(value: object, path: Path = ()) -> Iterable[str]:
    """A line for each value, whatever tables and lists of tables it stands in."""
    if isinstance(value, dict) and value:
        for name, item in value.items():
            yield from lines_of(item, (*path, str(name)))
    elif isinstance(value, list) and value and all(isinstance(each, dict) for each in value):
        for index, item in enumerate(value):
            yield from lines_of(item, (*path, index))
    else:
        yield f"{written(path)} = {as_toml(value)}"


def as_toml(value: object) -> str:
    """A value on one line, as TOML writes it."""
    if isinstance(value, list):
        return f"[{', '.join(map(as_toml, value))}]"
    if isinstance(value, dict):
        inside = (f"{written((str(name),))} = {as_toml(item)}" for name, item in value.items())
        return f"{{{', '.join(inside)}}}"
    return json.dumps(value, ensure_ascii=False)  # texts, numbers, true and false are the same
