"""Calls that are up, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speaker.ctl.output import table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from speaker.ctl.told import Told


def call_table(calls: Iterable[Told]) -> Iterable[str]:
    """A line for each."""
    return table(
        ("call", "state", "account", "with", "codec"),
        [
            (
                each.text("call"),
                each.text("state"),
                each.text("account"),
                each.text("peer"),
                each.text("codec") or "-",
            )
            for each in calls
        ],
    )
