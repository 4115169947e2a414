"""`speaker calls [NUMBER]`: how the last calls went, and why there was no sound.

Reads what the device has left in its data folder, whether it runs or not.
"""

from __future__ import annotations

import json
import shutil
import sys
from typing import TYPE_CHECKING

from conf.files.data_folder import calls_folder
from speaker.printable import printable
from speaker.reports.call_report import CODING
from speaker.reports.report_store import kept_reports
from speaker.reports.report_text import table, whole

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable

    from speaker.reports.call_report import CallReport

OK, FAILED = 0, 1
"""Exit codes: told; there is no such report."""


def tell_calls(options: argparse.Namespace) -> int:
    """Print the last reports, or a whole one, and return the exit code."""
    folder = calls_folder(options.data)
    reports = kept_reports(folder)
    if options.number is not None:
        found = [report for report in reports if report.number == options.number]
        if not found:
            known = f"{reports[0].number} to {reports[-1].number}" if reports else "none at all"
            _complain(f"there is no report {options.number} in {folder}; there are {known}")
            return FAILED
        _print(_json(found[0]) if options.json else whole(found[0]))
        return OK
    latest = reports[-options.last :]
    if options.json:
        _print(line for report in latest for line in _json(report, indent=None))
    elif latest:
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
        _print(table(latest, width=width))
        _print(["", "`speaker calls NUMBER` tells all of one call."])
    else:
        _print([f"no calls yet ({folder})"])
    return OK


def _json(report: CallReport, indent: int | None = 2) -> list[str]:
    return json.dumps(CODING.dump_python(report, mode="json"), indent=indent).split("\n")


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        print(printable(line))  # noqa: T201 - what the command is for


def _complain(sentence: str) -> None:
    print(f"speaker: {sentence}", file=sys.stderr)  # noqa: T201
