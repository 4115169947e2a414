"""Tables of settings laid over one another."""

from collections.abc import Mapping
from typing import Any

from conf.settings import Settings


def default_tables() -> dict[str, Any]:
    """The built-in defaults as plain tables and lists, free to be changed."""
    return Settings().model_dump(mode="json", by_alias=True, exclude_none=True)


def lay_over(lower: dict[str, Any], higher: Mapping[str, Any]) -> None:
    """Put `higher` into `lower`: tables key by key, everything else as a whole."""
    for key, value in higher.items():
        if isinstance(value, Mapping) and isinstance(lower.get(key), dict):
            lay_over(lower[key], value)
        else:
            lower[key] = value
