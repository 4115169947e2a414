"""The debug archive: the server report in parts, the logs as they are kept, and what runs."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
import traceback
from typing import TYPE_CHECKING, Final

from speaker.journal_line import Kind
from speaker.reports.call_report import CODING
from speaker.support.server_report import make_report

if TYPE_CHECKING:
    from collections.abc import Iterable

    from speaker.support.server_report import Snapshot

MOST_TASKS: Final = 1000


def running_tasks() -> str:
    """What the main loop waits for. To be asked on it."""
    return "\n".join(repr(task) for task in list(asyncio.all_tasks())[:MOST_TASKS])


def debug_files(snapshot: Snapshot, tasks: str) -> dict[str, bytes]:
    """The files of the archive by name. Blocks for some tenths of a second."""
    files = {
        f"{section.name}.txt": f"{section.text.rstrip()}\n".encode()
        for section in make_report(snapshot)
    }
    for kind in Kind:
        lines = (line.as_json() for line in snapshot.journal.lines(kind))
        files[f"{kind.value}.jsonl"] = _json_lines(lines)
    files["calls.jsonl"] = _json_lines(
        CODING.dump_python(report, mode="json") for report in snapshot.calls
    )
    files["tasks.txt"] = tasks.encode("utf-8", "replace")
    files["threads.txt"] = _threads().encode("utf-8", "replace")
    return files


def _json_lines(objects: Iterable[object]) -> bytes:
    return "".join(f"{json.dumps(each)}\n" for each in objects).encode("ascii")


def _threads() -> str:
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    frames = sys._current_frames()
    parts = [
        f"{names.get(ident, ident)}\n{''.join(traceback.format_stack(frame))}"
        for ident, frame in frames.items()
    ]
    return "\n".join(parts)
