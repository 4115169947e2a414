"""Readings side by side: the speaker, its rival, how many times the one is the other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tools.bench.reading import Reading

OURS, RIVAL = "speaker", "baresip"


class AtLeast(float):
    """A value to reach that is good enough from below: the lowest one, where more is better."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One quantity of both devices."""

    quantity: str
    unit: str
    ours: Reading | None
    rival: Reading | None
    reach: float | None
    """The highest value that is good enough for the speaker, or the lowest (`AtLeast`); None: none
    was set."""

    @property
    def ratio(self) -> float | None:
        """The speaker's value as a multiple of the rival's, where both have one."""
        if self.ours is None or self.rival is None:
            return None
        if self.ours.value is None or not self.rival.value:
            return None
        return self.ours.value / self.rival.value

    @property
    def reached(self) -> bool | None:
        """Whether the speaker reaches what it is to reach; None: nothing to compare."""
        if self.reach is None or self.ours is None or self.ours.value is None:
            return None
        if isinstance(self.reach, AtLeast):
            return self.ours.value >= self.reach
        return self.ours.value <= self.reach


def rows_of(readings: Iterable[Reading], reach: Mapping[str, float]) -> list[Row]:
    """Put readings of the same quantity into one row, in the order of their first appearance."""
    by_quantity: dict[str, dict[str, Reading]] = {}
    for reading in readings:
        by_quantity.setdefault(reading.quantity, {})[reading.device] = reading
    return [
        Row(
            quantity=quantity,
            unit=next(iter(devices.values())).unit,
            ours=devices.get(OURS),
            rival=devices.get(RIVAL),
            reach=reach.get(quantity),
        )
        for quantity, devices in by_quantity.items()
        if devices.keys() & {OURS, RIVAL}
    ]


HEADINGS = ("", OURS, RIVAL, "ratio", "to reach")


def cells(row: Row) -> tuple[str, ...]:
    """What stands in a row of the printed table, under `HEADINGS`."""
    ratio = "" if row.ratio is None else f"{row.ratio:.2f} ×"
    sign = "≥" if isinstance(row.reach, AtLeast) else "≤"
    reach = "" if row.reach is None else f"{sign} {_number(row.reach)} {row.unit}".strip()
    if row.reached is not None:
        reach += " ✓" if row.reached else " ✗"
    return (row.quantity, _cell(row.ours), _cell(row.rival), ratio, reach)


def _cell(reading: Reading | None) -> str:
    if reading is None:
        return ""
    if reading.value is None:
        return "n/a"
    return f"{_number(reading.value)} {reading.unit}".strip()


def _number(value: float) -> str:
    """Three significant figures, and no digits after the point where there are none to tell."""
    if value == int(value):
        return str(int(value))
    if abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def remarks(readings: Iterable[Reading]) -> list[str]:
    """What has to be said besides: reasons for missing values, how often, calibrations."""
    said: dict[str, list[str]] = {}
    for reading in readings:
        remark = reading.quantity
        if reading.device not in (OURS, RIVAL):
            remark += f" {_cell(reading)}"
        elif not reading.note:
            continue
        if reading.note:
            remark += f": {reading.note}"
        said.setdefault(remark, []).append(reading.device)
    return [f"{' and '.join(devices)}, {remark}" for remark, devices in said.items()]
