"""TOML read with bounds, so that no document can bring the program down.

NotToml      the text is not TOML, or nested too deep
"""

import tomllib
from pathlib import Path
from typing import Any, Final

from conf.validation.problem import BadSettings, Problem

DEEPEST: Final = 16
"""Tables and lists within one another. Settings need 6."""


LARGEST_FILE: Final = 4 * 1024 * 1024
"""Bytes. 256 rules with 16 long conditions and actions each stay below it."""


class NotToml(Exception):
    """A text that is not TOML; says what is wrong, and in which line."""


def parsed_toml(text: str) -> dict[str, Any]:
    """The tables of a TOML document.

    Raises:
        NotToml: it is none, or is nested deeper than `DEEPEST`.
    """
    try:
        document = tomllib.loads(text)
    except RecursionError as error:
        raise NotToml("it is nested too deep") from error
    except tomllib.TOMLDecodeError as error:
        last_line = text.count("\n") + 1
        end = f"at line {last_line}, the end of document"
        raise NotToml(str(error).replace("at end of document", end)) from error
    except ValueError as error:  # Python refuses to convert thousands of digits
        raise NotToml("it has a number of too many digits") from error
    if _is_too_deep(document):
        raise NotToml(f"it is nested deeper than {DEEPEST} levels")
    return document


def read_toml(path: Path) -> dict[str, Any]:
    """The tables of one file.

    Raises:
        BadSettings: the file cannot be read or is not TOML; names the line.
    """
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise BadSettings([Problem(str(path), "", f"cannot be read: {error.strerror}")]) from error
    if len(data) > LARGEST_FILE:
        raise BadSettings([Problem(str(path), "", f"is larger than {LARGEST_FILE} bytes")])
    try:
        return parsed_toml(data.decode())
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BadSettings([Problem(str(path), "", f"is not UTF-8 in line {line}")]) from error
    except NotToml as error:
        raise BadSettings([Problem(str(path), "", f"is not TOML: {error}")]) from error


def _is_too_deep(document: dict[str, Any]) -> bool:
    level: list[Any] = [document]
    for _ in range(DEEPEST):
        inside = [each.values() if isinstance(each, dict) else each for each in level]
        level = [item for items in inside for item in items if isinstance(item, dict | list)]
        if not level:
            return False
    return True
