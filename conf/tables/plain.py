"""Settings as plain tables: dictionaries, lists and scalars, as TOML and JSON read them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from conf.settings import Settings
from conf.tables.toml import DEEPEST
from conf.validation.problem import BadSettings, Problem
from conf.values.secret import Secret

Place = tuple[str | int, ...]
"""Names of tables' keys and indices of lists: `("sip", "accounts", 0, "name")`."""

Leaf = tuple[str, ...]
"""The path of a value that is no table; lists count as one value."""

NOT_TEXT: Final = "hold half of a character (a lone surrogate)"

ABSENT: Final = object()
"""What `value_at` finds where there is nothing."""


def plain(value: object, depth: int = 0) -> Any:
    """A copy of `value` that nobody else holds, with secrets as text and tuples as lists.

    Raises:
        BadSettings: it is nested too deep to be settings, or something in it is no text.
    """
    if depth > DEEPEST:
        raise BadSettings([Problem("settings", "", f"are nested deeper than {DEEPEST} levels")])
    match value:
        case Mapping():
            if not all(isinstance(key, str) and is_text(key) for key in value):
                raise BadSettings([Problem("settings", "", "have a key that is not text")])
            return {key: plain(item, depth + 1) for key, item in value.items()}
        case list() | tuple():
            return [plain(item, depth + 1) for item in value]
        case Secret():
            return value.reveal()
        case str() if not is_text(value):
            raise BadSettings([Problem("settings", "", NOT_TEXT)])
        case _:
            return value


def is_text(value: str) -> bool:
    """Whether it can be written down: JSON can hold halves of characters, which cannot."""
    return value.isascii() or not any("\ud800" <= character <= "\udfff" for character in value)


def revealed(settings: Settings) -> dict[str, Any]:
    """All settings as plain tables, secrets as they are: not for any eye."""
    tables: dict[str, Any] = plain(settings.model_dump(by_alias=True, exclude_none=True))
    return tables


def value_at(tables: object, path: Sequence[str | int]) -> object:
    """What stands at `path`; `ABSENT` where the path leads nowhere."""
    for part in path:
        match tables:
            case Mapping() if part in tables:
                tables = tables[part]
            case list() if isinstance(part, int) and part < len(tables):
                tables = tables[part]
            case _:
                return ABSENT
    return tables


def nested(place: tuple[str, ...], value: object) -> dict[str, Any]:
    """`{"sip": {"port": value}}` for `sip.port`."""
    *outer, innermost = place
    tables = {innermost: value}
    for part in reversed(outer):
        tables = {part: tables}
    return tables


def copied(tables: Mapping[str, Any]) -> dict[str, Any]:
    """A copy whose tables can be changed; its lists are shared, to be replaced as a whole."""
    return {
        key: copied(value) if isinstance(value, Mapping) else value for key, value in tables.items()
    }


def leaves(tables: Mapping[str, Any], at: Leaf = ()) -> Iterator[tuple[Leaf, Any]]:
    """Every value that is no table, with its path; a list is one value."""
    for key, value in tables.items():
        if isinstance(value, Mapping):
            yield from leaves(value, (*at, key))
        else:
            yield (*at, key), value


def merge(lower: dict[str, Any], change: Mapping[str, Any]) -> None:
    """Put `change` into `lower` as RFC 7396 says: key by key, and None takes a key away."""
    for key, value in change.items():
        if value is None:
            lower.pop(key, None)
        elif isinstance(value, Mapping):
            below = lower.get(key)
            if not isinstance(below, dict):
                below = lower[key] = {}
            merge(below, value)
        else:
            lower[key] = value
