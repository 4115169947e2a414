"""The results for people (text), for programs (JSON) and for the documentation (Markdown)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from tools.bench.figure import Figure
from tools.bench.reading import Reading
from tools.bench.table import HEADINGS, Row, cells, remarks, rows_of


class NoPlaceForFigure(Exception):
    """The document has no place that bears the figure's name."""


@dataclass(frozen=True, slots=True)
class Result:
    """A figure and what was measured of it."""

    figure: Figure
    readings: Sequence[Reading]

    @property
    def rows(self) -> list[Row]:
        """The readings side by side."""
        return rows_of(self.readings, self.figure.reach, self.figure.ratio_reach)


def as_text(result: Result) -> str:
    """A table with aligned columns, and the remarks under it."""
    table = [HEADINGS, *map(cells, result.rows)]
    widths = [max(len(row[column]) for row in table) for column in range(len(HEADINGS))]
    lines = [
        "  ".join(
            text.ljust(width) if column == 0 else text.rjust(width)
            for column, (text, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in table
    ]
    notes = [f"  {remark}" for remark in remarks(result.readings)]
    return "\n".join([f"== {result.figure.title} ({result.figure.name})", *lines, *notes])


def as_json(machine: Mapping[str, str], results: Sequence[Result]) -> str:
    """Everything, with the ratios; one object."""
    figures = [
        {
            "figure": result.figure.name,
            "title": result.figure.title,
            "rows": [
                {
                    "quantity": row.quantity,
                    "unit": row.unit,
                    "speaker": row.ours.value if row.ours else None,
                    "baresip": row.rival.value if row.rival else None,
                    "ratio": row.ratio,
                    "reach": row.reach,
                    "ratio_reach": row.ratio_reach,
                    "reached": row.reached,
                }
                for row in result.rows
            ],
            "readings": [asdict(reading) for reading in result.readings],
        }
        for result in results
    ]
    return json.dumps({"machine": machine, "figures": figures}, indent=2, ensure_ascii=False)


def as_markdown(result: Result) -> str:
    """A table, and the remarks as a list."""
    lines = [f"| {' | '.join(HEADINGS)} |", "|---" + "|---:" * (len(HEADINGS) - 1) + "|"]
    lines += [f"| {' | '.join(cells(row))} |" for row in result.rows]
    notes = [f"- {remark}" for remark in remarks(result.readings)]
    return "\n".join([*lines, "", *notes]).rstrip()


def machine_as_markdown(machine: Mapping[str, str]) -> str:
    """What was measured on, as a list."""
    return "\n".join(f"- {name}: {value}" for name, value in machine.items())


def placed(document: str, name: str, text: str) -> str:
    """`document` with `text` between its lines `<!-- bench: name -->` and `<!-- end -->`.

    Raises:
        NoPlaceForFigure: there are no such two lines.
    """
    opening, closing = f"<!-- bench: {name} -->\n", "<!-- end -->"
    before, found, rest = document.partition(opening)
    _, end, after = rest.partition(closing)
    if not found or not end:
        raise NoPlaceForFigure(f"no place {opening.strip()} … {closing}")
    return f"{before}{opening}{text}\n{end}{after}"
