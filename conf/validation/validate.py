"""The one door through which plain tables become `Settings`."""

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from conf.reference import NEVER_SHOWN, Setting, sections
from conf.settings import Settings
from conf.tables.assignment import written
from conf.tables.layers import default_tables, lay_over
from conf.validation.consistency import inconsistencies
from conf.validation.problem import BadSettings, Problem, shown

TYPE: Final = "'type'"
"""How pydantic writes that `type` tells the kind of an entry."""

RULES: Final = {
    "int_type": "is not a whole number",
    "float_type": "is not a number",
    "bool_type": "is not `true` or `false`",
    "string_type": "is not text in quotes",
    "tuple_type": "is not a list",
    "model_type": "is not a table",
    "missing": "is missing",
}
"""What a value breaks, by the type of pydantic's error; `_problem` knows the others."""


def validate(tables: Mapping[str, object]) -> Settings:
    """The settings that `tables` (as TOML or JSON reads them) describe over the defaults.

    Raises:
        BadSettings: with every problem of single values and between them.
    """
    complete = default_tables()
    lay_over(complete, tables)
    problems: list[Problem] = []
    settings = None
    try:
        settings = Settings.model_validate(with_tuples(complete))
    except ValidationError as error:
        problems = problems_of(error)
    problems.extend(inconsistencies(complete))
    if settings is None or problems:
        raise BadSettings(problems)
    return settings


def problems_of(error: ValidationError) -> list[Problem]:
    """What pydantic has found, in our own words."""
    return [_problem(detail) for detail in error.errors(include_url=False)]


def with_tuples(value: object) -> object:
    """`value` with its lists as tuples, which is what frozen models hold."""
    if isinstance(value, Mapping):
        return {key: with_tuples(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return tuple(with_tuples(item) for item in value)
    return value


def _problem(error: ErrorDetails) -> Problem:
    """Pydantic's finding in our own words."""
    key = _key(error["loc"])
    context = error.get("ctx", {})
    match error["type"]:
        case "rule":
            value = "" if _is_secret(key) else shown(error["input"])
            return Problem(key, value, context["rule"])
        case "literal_error":
            return Problem(key, shown(error["input"]), f"is not {_quoted(context['expected'])}")
        case "extra_forbidden":
            # The value is not shown: nobody knows whether it is a secret.
            return Problem(key, "", f"is not a setting{_meant(key)}")
        case "union_tag_invalid":
            expected = f"is not one of {_quoted(context['expected_tags'])}"
            named = ".type" if context["discriminator"] == TYPE else ""
            return Problem(f"{key}{named}", shown(context["tag"]), expected)
        case "union_tag_not_found":
            names = "`type`" if context["discriminator"] == TYPE else "`event` or `condition`"
            return Problem(key, "", f"has no {names} that says what it is")
        case "tuple_type" | "model_type" as kind:
            # What stands in place of a whole table may be meant to be secret.
            return Problem(key, "", RULES[kind])
        case kind:
            return Problem(key, shown(error["input"]), RULES.get(kind, error["msg"]))


def _is_secret(key: str) -> bool:
    return any(
        each.key == _in_general(key) and each.type == NEVER_SHOWN for each in _all_settings()
    )


def _all_settings() -> list[Setting]:
    return [setting for section in sections() for setting in section.settings]


def _in_general(key: str) -> str:
    """`sip.accounts[].name` for `sip.accounts[3].name`."""
    return re.sub(r"\[[0-9]+\]", "[]", key)


def _meant(key: str) -> str:
    """A guess at what the writer of an unknown key had in mind."""
    table, _, name = _in_general(key).rpartition(".")
    known = [setting.key.rpartition(".") for setting in _all_settings()]
    beside = {each for place, _, each in known if place == table}
    if not table:
        beside = set(Settings.model_fields)
    guesses = get_close_matches(name, beside, n=1)
    return f"; did you mean `{guesses[0]}`?" if guesses else ""


def _quoted(expected: str) -> str:
    """Pydantic's list of allowed words with the quotes of TOML."""
    return expected.replace("'", '"')


def _key(location: Sequence[int | str]) -> str:
    """`sip.accounts[0].transport` from pydantic's `("sip", "accounts", 0, "transport")`."""
    match location:
        case ("rules", int(), "conditions" | "action", int(), _, *inside):
            # The fifth is pydantic's name for the kind of entry that it tried: no part of the key.
            return written((*location[:4], *inside))
        case _:
            return written(location)
