"""One `KEY=VALUE` of the command line, put into the tables of the settings."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from conf.tables.toml import DEEPEST, NotToml, parsed_toml
from conf.validation.problem import BadSettings, Problem, shown

NAME: Final = re.compile(r"[A-Za-z0-9_-]+")
PART: Final = re.compile(rf"({NAME.pattern})((?:\[[0-9]{{1,4}}\])*)")


@dataclass(frozen=True, slots=True)
class Assignment:
    """A value for the setting at `path`: names of tables' keys, and indices of lists."""

    path: tuple[str | int, ...]
    value: object

    @classmethod
    def parse(cls, text: str) -> "Assignment":
        """Read `sip.port=5070`, `sip.accounts[0].name=Door` or `sip.codecs=["PCMA"]`.

        The value is a TOML value; what is none is taken as text, so that a word needs no quotes.

        Raises:
            BadSettings: there is no `=`, or what stands before it is not a key.
        """
        key, equals, value = text.partition("=")
        key = key.strip()
        path = tuple(_path(key))
        if not equals or not path:
            # Only the key is repeated: the value may be a secret.
            raise BadSettings([Problem(f"--set {key}", "", "is not KEY=VALUE")])
        return cls(path, _value(value.strip()))

    def put_into(self, tables: dict[str, Any]) -> None:
        """Set the value in `tables`, making tables that are not there yet.

        Raises:
            BadSettings: the path leads through a value that has no keys, or past a list's end.
        """
        here: Any = tables
        for i, part in enumerate(self.path):
            last = i == len(self.path) - 1
            if isinstance(part, int):
                fits = isinstance(here, list) and part < len(here)
            else:
                fits = isinstance(here, dict)
            if not fits:
                raise BadSettings([Problem(written(self.path[: i + 1]), "", "is not there to set")])
            if last:
                here[part] = self.value
            elif isinstance(part, int):
                here = here[part]
            else:
                here = here.setdefault(part, {})


def written(path: Sequence[str | int]) -> str:
    """`sip.accounts[0].name` for `("sip", "accounts", 0, "name")`."""
    key = ""
    for part in path:
        if isinstance(part, int):
            key += f"[{part}]"
        else:
            name = part if NAME.fullmatch(part) else shown(part)
            key += f".{name}" if key else name
    return key


def _path(key: str) -> list[str | int]:
    path: list[str | int] = []
    for part in key.split("."):
        match = PART.fullmatch(part)
        if match is None:
            return []
        path.append(match[1])
        path.extend(int(index) for index in re.findall(r"[0-9]+", match[2]))
    return path if len(path) <= DEEPEST else []


def _value(text: str) -> object:
    try:
        document = parsed_toml(f"value = {text}")
    except NotToml:
        return text
    # A line feed inside the text could smuggle in further keys: then it is no single value.
    return document["value"] if len(document) == 1 else text
