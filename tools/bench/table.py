"""Readings side by side: the speaker, its rival, how many times the one is the other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tools.bench.reading import Reading

OURS, RIVAL = "speaker", "baresip"


class AtLeast(float):
    """A value to reach that is good enough from below: the lowest one, where more is better."""


class MoreThan(float):
    """A value that is itself not good enough yet, where more is better."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One quantity of both devices."""

    quantity: str
    unit: str
    ours: Reading | None
    rival: Reading | None
    reach: float | None
    """The highest value that is good enough for the speaker, or the lowest (`AtLeast`), or what it
    has to exceed (`MoreThan`); None: none was set."""
    ratio_reach: float | None = None
    """The same for the ratio."""

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
        """Whether the speaker reaches all that it is to reach; None: nothing to compare."""
        compared = [each for each in (self.value_reached, self.ratio_reached) if each is not None]
        return all(compared) if compared else None

    @property
    def value_reached(self) -> bool | None:
        """Whether the speaker's value is good enough; None: nothing to compare."""
        return None if self.ours is None else _is_reached(self.ours.value, self.reach)

    @property
    def ratio_reached(self) -> bool | None:
        """Whether the ratio is good enough; None: nothing to compare."""
        return _is_reached(self.ratio, self.ratio_reach)


def _is_reached(value: float | None, reach: float | None) -> bool | None:
    if value is None or reach is None:
        return None
    match reach:
        case AtLeast():
            return value >= reach
        case MoreThan():
            return value > reach
        case _:
            return value <= reach


def rows_of(
    readings: Iterable[Reading],
    reach: Mapping[str, float],
    ratio_reach: Mapping[str, float] | None = None,
) -> list[Row]:
    """Put readings of the same quantity into one row, in the order of their first appearance."""
    ratios = ratio_reach or {}
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
            ratio_reach=ratios.get(quantity),
        )
        for quantity, devices in by_quantity.items()
        if devices.keys() & {OURS, RIVAL}
    ]


HEADINGS = ("", OURS, RIVAL, "ratio", "to reach")


def cells(row: Row) -> tuple[str, ...]:
    """What stands in a row of the printed table, under `HEADINGS`."""
    ratio = "" if row.ratio is None else f"{row.ratio:.2f} ×"
    goals = (
        _goal(row.reach, row.unit, row.value_reached),
        _goal(row.ratio_reach, "×", row.ratio_reached),
    )
    reach = ", ".join(filter(None, goals))
    return (row.quantity, _cell(row.ours), _cell(row.rival), ratio, reach)


def _goal(reach: float | None, unit: str, reached: bool | None) -> str:
    if reach is None:
        return ""
    sign = {AtLeast: "≥", MoreThan: ">"}.get(type(reach), "≤")
    mark = {True: " ✓", False: " ✗", None: ""}[reached]
    return f"{sign} {_number(reach)} {unit}".strip() + mark


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
