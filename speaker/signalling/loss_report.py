"""What of the SIP traffic an administrator has to hear of: messages turned away unread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

WORTH_TELLING: Final = ("too_many", "overflowed", "over_limit", "refused_connections")
"""Figures that stay at 0 unless somebody sends more than a phone or a server would."""


class LossReport:
    """Compares the figures of SIP with those of the time before."""

    def __init__(self) -> None:
        self._before: Mapping[str, int] = {}

    def news(self, figures: Mapping[str, int]) -> dict[str, int]:
        """By how much the losses have grown since the last call; those that have not are left out.

        The first call tells what there is since the start.
        """
        grown = {name: figures.get(name, 0) - self._before.get(name, 0) for name in WORTH_TELLING}
        self._before = dict(figures)
        return {name: more for name, more in grown.items() if more > 0}
