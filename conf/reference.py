"""Every setting as a table, read off the models. `python -m conf.reference` prints the page.

`docs/settings.md` holds what it prints, and a test keeps the two equal.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Annotated, Any, Final, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from conf.effect import EFFECTS, pattern_of
from conf.settings import Settings
from conf.validation.problem import shown
from conf.values.constraints import Entries, Range, Satisfies, Text
from conf.values.secret import Secret

COLUMNS: Final = (
    "setting",
    "type",
    "unit",
    "default",
    "allowed",
    "meaning",
    "a change counts",
)
UNITS: Final = {"_s": "s", "_db": "dB", "_dbfs": "dBFS", "_lufs": "LUFS", "_mb": "MB"}
NEVER_SHOWN: Final = "secret text"
TYPES: Final = {
    str: "text",
    bool: "true/false",
    int: "whole number",
    float: "number",
    Secret: NEVER_SHOWN,
}

INTRODUCTION: Final = """\
# Settings

Each layer wins over the one before it: built-in default, what was changed on the device, the TOML
file of `--config`, `--set KEY=VALUE`, the flags of the command line. Tables are merged key by key;
a list of a higher layer replaces the whole list of a lower one.

What was changed on the device lies in `settings.db` in the data folder, its secrets encrypted by
the key in `settings.key`: copy or move both, while the speaker does not run. A change is taken as a
whole or not at all, and is on the disk when it is acknowledged. What a higher layer sets cannot be
changed on the device; the refusal names the layer. A file `settings.toml` in the data folder is
taken over at the next start, and then renamed to `settings.toml.imported`.

No change needs a restart: the last column says when it counts. Each is tried before it is taken: a
port that is taken, a clip that is not there or a certificate that cannot be read is refused by the
key of its setting, and everything goes on as it was. Then all parts of the speaker take it at once.

- When SIP gets another port, calls that are up go on: their peers are told the new port by a
  re-INVITE, and accounts register from there. A port can be another's only when that has been given
  up: to exchange two of them takes two changes.
- When SIP is switched off, calls end with a BYE, and accounts unregister.
- An account that is removed or switched off unregisters, and its calls end. One that is changed
  registers anew if its server is to know of the change, and its calls go on; the others stay as
  they are.
- A call, a clip or a page that has begun goes on by the settings that it began with.

`--set` takes the keys as they stand here, with an index in place of `[]`, and a TOML value; a plain
word needs no quotes: `--set sip.port=5070 --set announcement.clip=tone --set 'sip.codecs=["PCMA"]'
--set sip.accounts[0].answer_automatically=false`.

`speaker check --config FILE` prints everything that is wrong with a file.
"""


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of a table."""

    key: str
    """Dotted name; `[]` follows the name of a list of tables."""
    type: str
    unit: str
    default: str
    """As TOML writes it; `required` when there is none."""
    range: str
    """Which values are allowed, as far as the type does not say."""
    meaning: str

    @property
    def effect(self) -> str:
        """When a change of it counts in a device that runs; raises LookupError if nobody says."""
        return EFFECTS[pattern_of(self.key)].value


@dataclass(frozen=True, slots=True)
class Section:
    """One table of the settings, or one kind of an entry."""

    title: str
    meaning: str
    settings: tuple[Setting, ...]


def sections(
    model: type[BaseModel] = Settings, title: str = "Outside of tables", prefix: str = ""
) -> Iterator[Section]:
    """`model` and all tables below it, in the order in which they are defined."""
    below: list[Iterator[Section]] = []
    rows: list[Setting] = []
    for name, field in model.model_fields.items():
        key = prefix + (field.alias or name)
        tables = list(_tables_in(field.annotation))
        listed = get_origin(field.annotation) is tuple
        for table in tables:
            heading = f"[[{key}]]" if listed else f"[{key}]"
            kind = f", {_kind(table)}" if len(tables) > 1 else ""
            below.append(
                sections(table, f"`{heading}`{kind}", f"{key}[]." if listed else f"{key}.")
            )
        if listed or not tables:
            rows.append(_setting(key, field, "list of tables" if tables else None))
    if rows:
        yield Section(title, _one_line(model.__doc__), tuple(rows))
    yield from chain.from_iterable(below)


def page() -> str:
    """The whole of `docs/settings.md`."""
    return INTRODUCTION + "".join(_drawn(section) for section in sections())


def _drawn(section: Section) -> str:
    rows = [COLUMNS, ("---",) * len(COLUMNS)]
    for each in section.settings:
        default = each.default if each.default in ("", "required") else f"`{each.default}`"
        told = (each.type, each.unit, default, each.range, each.meaning, each.effect)
        rows.append((f"`{each.key}`", *told))
    table = "".join(
        f"| {' | '.join(cell.replace('|', '&#124;') for cell in row)} |\n" for row in rows
    )
    return f"\n## {section.title}\n\n{section.meaning}\n\n{table}"


def _setting(key: str, field: FieldInfo, type_name: str | None) -> Setting:
    rules = chain(field.metadata, () if type_name else (field.annotation,))
    return Setting(
        key=key,
        type=type_name or _type_name(field.annotation),
        unit=next((unit for end, unit in UNITS.items() if key.endswith(end)), ""),
        default=_default(field, is_table_list=type_name is not None),
        range="; ".join(words for rule in rules for words in _words(rule)),
        meaning=_one_line(field.description) or "Which kind of entry it is.",
    )


def _tables_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models that a field of this type holds."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _tables_in(argument)


def _kind(table: type[BaseModel]) -> str:
    """What marks an entry as one of this kind: `event = "dtmf.digit"`."""
    name, field = next(iter(table.model_fields.items()))
    return f"`{name} = {shown(get_args(field.annotation)[0])}`"


def _type_name(annotation: Any) -> str:
    if annotation in TYPES:
        return TYPES[annotation]
    inner = [argument for argument in get_args(annotation) if argument not in (type(None), ...)]
    match get_origin(annotation):
        case origin if origin is tuple:
            return f"list of {_type_name(inner[0])}"
        case origin if origin is Literal:
            return TYPES[type(inner[0])]
        case _:  # Annotated, or a type that may also be left out
            return _type_name(inner[0])


def _words(rule: Any) -> Iterator[str]:
    """What a constraint, or the constraints inside a type, allow."""
    if isinstance(rule, Range | Text | Satisfies | Entries):
        yield rule.words
    elif get_origin(rule) is Literal:
        yield ", ".join(f"`{shown(word)}`" for word in get_args(rule))
    elif get_origin(rule) is Annotated:
        for part in (rule.__origin__, *rule.__metadata__):
            yield from _words(part)
    else:
        for part in get_args(rule):
            yield from _words(part)


def _default(field: FieldInfo, *, is_table_list: bool) -> str:
    if field.is_required():
        return "required"
    value = field.default
    if value is None:
        return ""
    if isinstance(value, Secret):
        return shown("")
    if isinstance(value, tuple):
        items = (_as_table(item) if is_table_list else shown(item) for item in value)
        return f"[{', '.join(items)}]"
    return shown(value)


def _as_table(entry: BaseModel) -> str:
    """An entry as a TOML inline table, without what is as everywhere."""
    values = entry.model_dump(exclude_defaults=True, by_alias=True)
    return f"{{ {', '.join(f'{key} = {shown(value)}' for key, value in values.items())} }}"


def _one_line(text: str | None) -> str:
    return " ".join((text or "").split())


if __name__ == "__main__":
    sys.stdout.write(page())
