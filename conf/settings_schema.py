"""The settings as a JSON schema: types, ranges, units, and what each is for, for other programs.

Beside what every validator knows it tells people: `x-allowed`, in words, which values there may be,
and `x-unit`.
"""

from functools import cache
from typing import Any, Final

from conf.reference import UNITS
from conf.settings import Settings

UNIT: Final = "x-unit"

Schema = dict[str, Any]


@cache
def settings_schema(definitions: str = "#/$defs/") -> Schema:
    """JSON Schema 2020-12 of all settings, those of its parts in `$defs`. Not to be changed.

    `definitions` is where references to the parts point.
    """
    schema = Settings.model_json_schema(by_alias=True, ref_template=f"{definitions}{{model}}")
    parts: Schema = schema["$defs"]
    for table in (schema, *parts.values()):
        _explain(table)
    return schema


def _explain(table: Schema) -> None:
    """Units, and descriptions on one line; a name says what its key says, and is left out."""
    table["description"] = _one_line(table.get("description", ""))
    for key, setting in table.get("properties", {}).items():
        setting.pop("title", None)
        setting["description"] = _one_line(setting.get("description", ""))
        unit = next((unit for end, unit in UNITS.items() if key.endswith(end)), None)
        if unit is not None:
            setting[UNIT] = unit
        if "$ref" in setting:
            # What a table is for and has by default, its own schema tells.
            for known in ("default", "description"):
                setting.pop(known, None)


def as_change(table: Schema) -> Schema:
    """A change of `table` (RFC 7396): what is left out stays; null gives a setting its default."""
    properties = {
        key: {"anyOf": [_changed(setting), {"type": "null"}]}
        for key, setting in table.get("properties", {}).items()
    }
    return {
        "type": "object",
        "title": change_of(table["title"]),
        "description": f"A change: {table['description']}",
        "properties": properties,
        "additionalProperties": False,
    }


def change_of(model: str) -> str:
    """What the changes of a table of this name are called."""
    return f"{model}Change"


def _changed(setting: Schema) -> Schema:
    if "$ref" in setting:
        return {"$ref": change_of(setting["$ref"])}
    return {key: value for key, value in setting.items() if key != "default"}


def _one_line(text: str) -> str:
    return " ".join(text.split())
