"""Where in the settings the tables and the lists of tables are, read off the models."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeGuard, get_args, get_origin

from pydantic import BaseModel

from conf.settings import Settings

NAMING: Final = ("id", "label", "name")
"""The keys that tell entries of a list apart: of an entry, the first one that it must have."""


@dataclass(frozen=True, slots=True)
class TablePlace:
    """One table: a section, or a table in one."""

    path: tuple[str, ...]
    """Keys from the outermost table inwards."""
    model: type[BaseModel]


@dataclass(frozen=True, slots=True)
class ListPlace:
    """A list of tables that can be told apart."""

    path: tuple[str, ...]
    entry: type[BaseModel]
    named_by: str
    """The key of an entry that no two of the list have the same value of."""


Place = TablePlace | ListPlace


def places(model: type[BaseModel] = Settings, path: tuple[str, ...] = ()) -> Iterator[Place]:
    """Every table that is in no list, and every list in those, in the order of the models."""
    for name, field in model.model_fields.items():
        here = (*path, field.alias or name)
        annotation: Any = field.annotation
        if _is_table(annotation):
            yield TablePlace(here, annotation)
            yield from places(annotation, here)
        elif get_origin(annotation) is tuple:
            entry = get_args(annotation)[0]
            if _is_table(entry):
                yield ListPlace(here, entry, _named_by(entry))


def _is_table(annotation: Any) -> TypeGuard[type[BaseModel]]:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _named_by(entry: type[BaseModel]) -> str:
    required = {name for name, field in entry.model_fields.items() if field.is_required()}
    return next(name for name in NAMING if name in required)
