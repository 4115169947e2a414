"""All parameters, in the order of their paths."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from speaker.vapix.parameters import (
    audio,
    brand,
    clock,
    log_mail,
    media_clips,
    network,
    others,
    properties,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from speaker.vapix.parameters.facts import Facts
    from speaker.vapix.parameters.parameter import Parameter

FIXED: Final = (
    *audio.PARAMETERS,
    *brand.PARAMETERS,
    *clock.FIXED,
    *log_mail.PARAMETERS,
    *media_clips.FIXED,
    *network.PARAMETERS,
    *others.PARAMETERS,
    *properties.PARAMETERS,
)
"""Those that every device of this kind has, though perhaps not now."""


def all_parameters(facts: Facts, entries: Iterable[Parameter] = ()) -> list[Parameter]:
    """Those of a device at one moment, by path, whoever asks; `entries` come and go."""
    fixed = (each for each in FIXED if each.source.read(facts) is not None)
    return _by_path([*fixed, *entries])


def _by_path(parameters: Iterable[Parameter]) -> list[Parameter]:
    """A group's parameters stand together, and the second of its entries before the tenth."""
    return sorted(parameters, key=lambda each: _order(each.path))


def _order(path: str) -> str:
    return re.sub("[0-9]{1,9}", lambda number: number[0].zfill(9), path)
