"""Where in plain tables the secrets are, and how one that is not shown is recognised again."""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, Final

from conf.assignment import written
from conf.plain import Place
from conf.problem import Problem
from conf.reference import NEVER_SHOWN, sections
from conf.secret import HIDDEN

IDENTITIES: Final = ("id", "label", "address", "username", "name")
"""What tells entries of a list apart: the first one of these that an entry has."""


@cache
def secret_settings() -> frozenset[str]:
    """The keys of all secrets, as in `docs/settings.md`: `sip.accounts[].password`."""
    return frozenset(
        setting.key
        for section in sections()
        for setting in section.settings
        if setting.type == NEVER_SHOWN
    )


def in_general(path: Place) -> str:
    """`sip.accounts[].password` for the path of one account's."""
    key = ""
    for part in path:
        key += "[]" if isinstance(part, int) else f".{part}" if key else part
    return key


def change_secrets(value: Any, change: Callable[[Place, str], Any], at: Place = ()) -> Any:
    """A copy of `value` (whose path is `at`) in which every secret is what `change` makes of it."""
    match value:
        case Mapping():
            return {key: change_secrets(item, change, (*at, key)) for key, item in value.items()}
        case list():
            return [change_secrets(item, change, (*at, i)) for i, item in enumerate(value)]
        case str() if in_general(at) in secret_settings():
            return change(at, value)
        case _:
            return value


def secrets_in(tables: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    """Every secret that is set, with its path."""
    found: list[tuple[Place, str]] = []

    def note(at: Place, text: str) -> str:
        if text:
            found.append((at, text))
        return text

    change_secrets(tables, note)
    yield from found


def fill_in_hidden(
    change: Mapping[str, Any], known: Mapping[str, Any]
) -> tuple[dict[str, Any], list[Problem]]:
    """A copy of `change` in which `(hidden)` is the secret that `known` has in the same place.

    The same place in a list is the entry of the same identity, wherever in the list it is.
    """
    problems: list[Problem] = []

    def fill_in(at: Place, text: str) -> str:
        if text != HIDDEN:
            return text
        secret = _counterpart(change, known, at)
        if not isinstance(secret, str) or not secret:
            rule = f'is "{HIDDEN}", and there is none that could be kept: give the secret itself'
            problems.append(Problem(written(at), "", rule))
        return secret if isinstance(secret, str) else ""

    filled: dict[str, Any] = change_secrets(change, fill_in)
    return filled, problems


def _counterpart(here: Any, there: Any, path: Place) -> object:
    """What `there` has where `here` has what `path` leads to."""
    for part in path:
        if isinstance(part, int):
            here = here[part]
            there = _same_entry(here, there)
        else:
            here = here[part]
            there = there.get(part) if isinstance(there, Mapping) else None
    return there


def _same_entry(entry: Any, entries: Any) -> object:
    if not isinstance(entry, Mapping) or not isinstance(entries, list):
        return None
    for name in IDENTITIES:
        if name in entry:
            return next(
                (e for e in entries if isinstance(e, Mapping) and e.get(name) == entry[name]), None
            )
    return None
