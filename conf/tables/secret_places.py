"""Where in plain tables the secrets are, and how one that is not shown is recognised again."""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, Final

from conf.reference import NEVER_SHOWN, sections
from conf.settings import Settings
from conf.tables.assignment import written
from conf.tables.plain import Place, revealed
from conf.validation.problem import BadSettings, Problem
from conf.values.secret import HIDDEN

IDENTITIES: Final = ("id", "label", "address", "name", "username")
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


@cache
def _ways() -> frozenset[str]:
    """The keys that lead to secrets: `sip`, `sip.accounts`, `sip.accounts[]` and so on."""
    return frozenset(
        key[: match.start()] for key in secret_settings() for match in re.finditer(r"\.|\[\]", key)
    ) | {""}


def change_secrets(value: Any, change: Callable[[Place, str], Any], at: Place = ()) -> Any:
    """`value` (whose path is `at`) with every secret replaced by what `change` makes of it.

    What holds no secret is not copied.
    """
    return _changed(value, change, at, _in_general(at))


def _changed(value: Any, change: Callable[[Place, str], Any], at: Place, key: str) -> Any:
    if isinstance(value, str):
        return change(at, value) if key in secret_settings() else value
    if key not in _ways():
        return value
    match value:
        case Mapping():
            return {
                name: _changed(item, change, (*at, name), f"{key}.{name}" if key else name)
                for name, item in value.items()
            }
        case list():
            return [_changed(item, change, (*at, i), f"{key}[]") for i, item in enumerate(value)]
        case _:
            return value


def _in_general(path: Place) -> str:
    """`sip.accounts[].password` for the path of one account's."""
    key = ""
    for part in path:
        key += "[]" if isinstance(part, int) else f".{part}" if key else part
    return key


def secrets_in(value: object, at: Place = ()) -> Iterator[tuple[Place, str]]:
    """Every secret that is set in `value` (whose path is `at`), with its path."""
    found: list[tuple[Place, str]] = []

    def note(place: Place, text: str) -> str:
        if text:
            found.append((place, text))
        return text

    change_secrets(value, note, at)
    yield from found


def given_secrets(change: Any) -> frozenset[tuple[str, ...]]:
    """Which secrets `change` brings along itself; each by its path, with the identities of entries
    in place of their indices.
    """
    return frozenset(
        _identity(change, place) for place, text in secrets_in(change) if text != HIDDEN
    )


def _identity(here: Any, path: Place) -> tuple[str, ...]:
    found = []
    for part in path:
        here = here[part]
        found.append(str(_identity_of(here)) if isinstance(part, int) else part)
    return tuple(found)


def with_secrets(change: dict[str, Any], now: Settings) -> dict[str, Any]:
    """`change` in which `(hidden)` is the secret that `now` has in the same place.

    The same place in a list is the entry of the same identity, wherever in the list it is.

    Raises:
        BadSettings: there is no secret.
    """
    if all(text != HIDDEN for _, text in secrets_in(change)):
        return change
    known = revealed(now)
    problems: list[Problem] = []

    def fill_in(at: Place, text: str) -> str:
        if text != HIDDEN:
            return text
        secret = _counterpart(change, known, at)
        if isinstance(secret, str) and secret:
            return secret
        rule = f'is "{HIDDEN}", and there is none that could be kept: give the secret itself'
        problems.append(Problem(written(at), "", rule))
        return ""

    filled: dict[str, Any] = change_secrets(change, fill_in)
    if problems:
        raise BadSettings(problems)
    return filled


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


def _identity_of(entry: Any) -> object:
    if not isinstance(entry, Mapping):
        return None
    return next((entry[name] for name in IDENTITIES if name in entry), None)
