"""Which parameters a group means: a group, a parameter, or either with `*` in it.

`*` stands for any characters within one part of a path: `Image.I*.Name`. Case counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from speaker.vapix.arguments import BadArguments
from speaker.vapix.parameters.parameter import ROOT
from speaker.wildcards import fits

if TYPE_CHECKING:
    from collections.abc import Iterable

    from speaker.vapix.parameters.parameter import Parameter

MOST_GROUPS: Final = 64
"""In one request."""


def groups_in(text: str) -> tuple[str, ...]:
    """The groups of a comma list; none: everything is meant.

    Raises:
        BadArguments: there are too many.
    """
    groups = tuple(dict.fromkeys(group for each in text.split(",") if (group := each.strip())))
    if len(groups) > MOST_GROUPS:
        raise BadArguments(f"{len(groups)} groups; {MOST_GROUPS} are allowed")
    return groups


def members(group: str, parameters: Iterable[Parameter]) -> list[Parameter]:
    """The parameters that a group means, in their order."""
    wanted = without_root(group).removesuffix(".")
    if wanted in ("", "root"):
        return list(parameters)
    pattern = wanted.split(".")
    return [each for each in parameters if _begins_with(each.path.split("."), pattern)]


def may_be_in(top: str, group: str) -> bool:
    """Whether a group may mean parameters of the group `top`."""
    first = without_root(group).partition(".")[0]
    return first in ("", "root") or fits(top, first, any_one="")


def without_root(path: str) -> str:
    """A path as the table has it."""
    return path.removeprefix(ROOT)


def _begins_with(path: list[str], pattern: list[str]) -> bool:
    if len(pattern) > len(path):
        return False
    return all(fits(text, each, any_one="") for text, each in zip(path, pattern, strict=False))
