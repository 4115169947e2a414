"""TOML read with bounds, so that no document can bring the program down.

NotToml      the text is not TOML, or nested too deep
"""

import tomllib
from typing import Any, Final

DEEPEST: Final = 16
"""Tables and lists within one another. Settings need 6."""


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


def _is_too_deep(document: dict[str, Any]) -> bool:
    level: list[Any] = [document]
    for _ in range(DEEPEST):
        inside = [each.values() if isinstance(each, dict) else each for each in level]
        level = [item for items in inside for item in items if isinstance(item, dict | list)]
        if not level:
            return False
    return True
