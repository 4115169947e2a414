"""Reports outlast the program, and there are never too many of them."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from conf.files.data_folder import FILE_MODE
from speaker.reports.call_report import CODING, CallEnd, CallReport, EndedBy, Equipment
from speaker.reports.report_store import KEPT, LARGEST_FILE, ReportStore, kept_reports
from speaker.reports.verdict.table import judged
from tests.speaker.reports.verdict.reports import WELL, like_well

FAULTY = judged(
    like_well(
        {"packets_received": 0, "foreign_source": ("192.0.2.9", 1)},
        end=CallEnd(by=EndedBy.LOCAL, code=408, why="nobody"),
        lost_devices=("output: unplugged",),
        equipment=Equipment(loudspeaker="null"),
    )
)


def files_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def test_reports_are_numbered_and_there_after_a_restart(tmp_path: Path) -> None:
    store = ReportStore(tmp_path / "calls")
    kept = [store.keep(FAULTY), store.keep(judged(WELL))]
    await store.flush()
    assert [each.number for each in kept] == [1, 2]
    again = ReportStore(tmp_path / "calls")
    assert again.reports == tuple(kept)
    assert again.get(1) == replace(FAULTY, number=1)
    assert again.get(3) is None
    assert again.of_call("1") == kept[1]
    assert again.keep(FAULTY).number == 3
    await again.flush()


async def test_the_oldest_go_first_from_memory_and_disk(tmp_path: Path) -> None:
    store = ReportStore(tmp_path)
    for _ in range(KEPT + 5):
        store.keep(FAULTY)
    await store.flush()
    store.keep(FAULTY)
    await store.flush()
    numbers = list(range(7, KEPT + 7))
    assert [each.number for each in store.reports] == numbers
    assert [each.number for each in kept_reports(tmp_path)] == numbers
    assert len(files_in(tmp_path)) == KEPT


async def test_files_are_for_their_owner_and_small(tmp_path: Path) -> None:
    store = ReportStore(tmp_path / "calls")
    text = "x" * 4000
    store.keep(replace(FAULTY, descriptions=replace(FAULTY.descriptions, offer=text, answer=text)))
    await store.flush()
    (file,) = files_in(tmp_path / "calls")
    assert file.stat().st_mode & 0o777 == FILE_MODE
    assert (tmp_path / "calls").stat().st_mode & 0o077 == 0
    assert file.stat().st_size < LARGEST_FILE / 4


async def test_what_is_no_report_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "00000001.json").write_text("{")
    (tmp_path / "00000002.json").write_text('{"number": 2}')
    (tmp_path / "notes.json").write_text("{}")
    os.mkfifo(tmp_path / "pipe")
    store = ReportStore(tmp_path)
    assert store.reports == ()
    assert store.keep(FAULTY).number == 3
    await store.flush()


async def test_a_report_of_a_later_version_is_read_as_far_as_it_is_known(tmp_path: Path) -> None:
    known = CODING.dump_json(judged(WELL))
    (tmp_path / "00000007.json").write_bytes(known[:-1] + b',"mood":"good"}')
    assert kept_reports(tmp_path) == [judged(WELL)]


async def test_a_folder_that_cannot_be_written_loses_nothing_in_memory(tmp_path: Path) -> None:
    (tmp_path / "calls").write_text("a file where a folder should be")
    store = ReportStore(tmp_path / "calls")
    kept: CallReport = store.keep(FAULTY)
    await store.flush()
    assert store.reports == (kept,)
