"""The last reports on calls: in memory, and in the data folder, where they outlast the program.

One file each, `calls/00000042.json`. They are written by a thread, as a disk may take its time.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import structlog
from pydantic import ValidationError

from conf.files.data_folder import FOLDER_MODE, write_whole
from speaker.reports.call_report import CODING, CallReport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

log = structlog.get_logger(__name__)

KEPT: Final = 100
"""Reports; the oldest go first."""

LARGEST_FILE: Final = 64 * 1024
"""Octets; ours are below a quarter of it, and nothing larger is read."""


class ReportStore:
    """The last `KEPT` reports of one device. Belongs to the main loop's thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._reports: deque[CallReport] = deque(kept_reports(folder), maxlen=KEPT)
        self._number = max(_numbers(folder), default=0)
        self._unwritten: deque[CallReport] = deque(maxlen=KEPT)
        self._writing: asyncio.Task[None] | None = None
        self._listeners: list[Callable[[CallReport], None]] = []

    def listen(self, listener: Callable[[CallReport], None]) -> None:
        """Tell `listener` of every report that is kept from now on."""
        self._listeners.append(listener)

    @property
    def reports(self) -> tuple[CallReport, ...]:
        """The oldest first."""
        return tuple(self._reports)

    def get(self, number: int) -> CallReport | None:
        """The report of this number; None: there is none, or no more."""
        return next((each for each in self._reports if each.number == number), None)

    def of_call(self, session: str) -> CallReport | None:
        """The report of a call that has ended; None: it is not complete yet, or there is none."""
        return next((each for each in reversed(self._reports) if each.call == session), None)

    def keep(self, report: CallReport) -> CallReport:
        """Take in a report and return it with its number; the disk gets it soon."""
        self._number += 1
        numbered = replace(report, number=self._number)
        self._reports.append(numbered)
        self._unwritten.append(numbered)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.get_running_loop().create_task(self._write())
        for listener in self._listeners:
            listener(numbered)
        return numbered

    async def flush(self) -> None:
        """Return when all reports are on the disk, as far as it takes them."""
        if self._writing is not None:
            await self._writing

    async def _write(self) -> None:
        while self._unwritten:
            reports = tuple(self._unwritten)
            self._unwritten.clear()
            try:
                await asyncio.to_thread(_write_files, self._folder, reports)
            except OSError as error:
                log.error("call reports cannot be kept", folder=str(self._folder), why=str(error))


def kept_reports(folder: Path) -> list[CallReport]:
    """The reports in a folder, the oldest first; what is none is logged and passed over."""
    reports = []
    for number in sorted(_numbers(folder))[-KEPT:]:
        file = _file(folder, number)
        try:
            with file.open("rb") as opened:
                report = CODING.validate_json(opened.read(LARGEST_FILE))
        except (OSError, ValidationError) as error:
            log.warning("call report is unreadable", file=str(file), why=type(error).__name__)
            continue
        reports.append(replace(report, number=number))
    return reports


def _write_files(folder: Path, reports: Iterable[CallReport]) -> None:
    folder.mkdir(mode=FOLDER_MODE, exist_ok=True)
    for report in reports:
        write_whole(_file(folder, report.number), CODING.dump_json(report))
    for number in sorted(_numbers(folder))[:-KEPT]:
        _file(folder, number).unlink(missing_ok=True)


def _numbers(folder: Path) -> list[int]:
    """Of the files that are named like reports."""
    stems = (path.stem for path in folder.glob("*.json"))
    return [int(stem) for stem in stems if stem.isascii() and stem.isdecimal() and len(stem) == 8]


def _file(folder: Path, number: int) -> Path:
    return folder / f"{number:08}.json"
