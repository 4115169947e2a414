"""The simple form of commands and results: a flat list of `key=value`.

`SIPAccount_0_Name="Front+door"` stands for `{"SIPAccount": [{"Name": "Front door"}]}`: levels are
joined by `_`, and a number is the index of an entry. Values have no type but that of what they are
asked for as; quotes around them are left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import quote_plus

from speaker.vapix.call_service.fault import INVALID, Fault
from speaker.vapix.fields import LONGEST_LIST, Word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

DEEPEST: Final = 6
"""Levels. `SIPAccount_0_SIPProxies_0_Server` has five."""

UNQUOTED: Final = ":@/[]"
"""What is written as it is, as devices do in addresses."""

Tree = dict[str, "Tree | Word | None"]


def parse_simple(pairs: Iterable[tuple[str, str]]) -> Mapping[str, object]:
    """The parameters that decoded names and values describe.

    Raises:
        Fault: two of them contradict one another, or a list has gaps.
    """
    root: Tree = {}
    for name, value in pairs:
        *outer, innermost = name.split("_")
        if len(outer) >= DEEPEST:
            raise Fault(INVALID, f"{name[:64]} has more than {DEEPEST} levels")
        table = root
        for part in outer:
            below = table.setdefault(part, {})
            if not isinstance(below, dict):
                raise Fault(INVALID, f"{name} and a part of it have both a value")
            table = below
        if innermost in table:
            raise Fault(INVALID, f"{name} is there twice")
        table[innermost] = _value(value)
    return {key: _with_lists(value, key) for key, value in root.items()}


def written_simple(result: Mapping[str, object]) -> str:
    """A result, a line for each value; empty lists and objects have none."""
    return "".join(f"{key}={value}\n" for key, value in _lines(result, ""))


def _value(text: str) -> Word | None:
    if len(text) >= 2 and text[0] == text[-1] == '"':
        return Word(text[1:-1])
    return None if text == "null" else Word(text)


def _with_lists(value: Tree | Word | None, at: str) -> object:
    if not isinstance(value, dict):
        return value
    items = {key: _with_lists(item, f"{at}_{key}") for key, item in value.items()}
    if not all(key.isascii() and key.isdigit() for key in items):
        return items
    if len(items) > LONGEST_LIST or set(items) != {str(i) for i in range(len(items))}:
        raise Fault(INVALID, f"the entries of {at} are not numbered from 0 on")
    return [items[str(i)] for i in range(len(items))]


def _lines(value: object, at: str) -> Iterator[tuple[str, str]]:
    match value:
        case dict():
            for key, item in value.items():
                yield from _lines(item, f"{at}_{key}" if at else key)
        case list():
            for i, item in enumerate(value):
                yield from _lines(item, f"{at}_{i}")
        case bool():
            yield at, "true" if value else "false"
        case None:
            yield at, "null"
        case int() | float():
            yield at, str(value)
        case _:
            yield at, f'"{quote_plus(str(value), safe=UNQUOTED)}"'
