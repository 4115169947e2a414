"""What a figure yields: one number of one device, or the reason why there is none."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Reading:
    """One number. `value` is None when the device cannot give it; `note` then says why."""

    device: str
    """`speaker`, `baresip`, or the part of the bench that calibrates it."""
    quantity: str
    value: float | None
    unit: str
    note: str = ""


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest of `values` that at least `percent` % of them do not exceed (nearest rank).

    Raises:
        ValueError: there are no values, or `percent` is outside 0..100.
    """
    if not values or not 0 <= percent <= 100:
        raise ValueError(f"no {percent}th percentile of {len(values)} values")
    rank = max(1, -(-len(values) * percent // 100))
    return sorted(values)[int(rank) - 1]


def times(device: str, quantity: str, seconds: Sequence[float]) -> list[Reading]:
    """Median, 99th percentile and worst of some durations, in milliseconds."""
    note = f"of {len(seconds)}"
    return [
        Reading(device, f"{quantity}, median", statistics.median(seconds) * 1e3, "ms", note),
        Reading(device, f"{quantity}, p99", percentile(seconds, 99) * 1e3, "ms"),
        Reading(device, f"{quantity}, worst", max(seconds) * 1e3, "ms"),
    ]
