"""What a process holds on to: memory, open files and sockets, threads (/proc)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from tools.bench.errors import ChildFailed
from tools.bench.process_cost import memory_of


@dataclass(frozen=True, slots=True)
class Holdings:
    """What a process held at one moment."""

    resident_mb: float
    files: int
    """Open files, sockets (and so ports) among them."""
    threads: int


def thread_count(status: str) -> int:
    """Threads, from /proc/PID/status.

    Raises:
        ChildFailed: they are not told: the process has ended.
    """
    found = re.search(r"^Threads:\s+(\d+)$", status, re.MULTILINE)
    if found is None:
        raise ChildFailed("the process has ended and has no threads")
    return int(found[1])


def holdings_of(process_id: int) -> Holdings:
    """Look at a running process.

    Raises:
        ChildFailed: it has ended.
    """
    process = Path("/proc") / str(process_id)
    try:
        return Holdings(
            memory_of(process_id),
            len(list((process / "fd").iterdir())),
            thread_count((process / "status").read_text()),
        )
    except OSError as error:
        raise ChildFailed(f"process {process_id} has ended") from error
