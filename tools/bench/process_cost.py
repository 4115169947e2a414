"""What a process costs: processor time, memory, and how long it had to wait for a core (/proc)."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from tools.bench.errors import ChildFailed

TICKS_PER_S = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Cost:
    """What a process has used since it started."""

    cpu_s: float
    """User and system time of all its threads, those that ended included."""
    waited_s: float
    """How long its present threads were ready to run without a core to run on."""


def cpu_seconds(stat: str) -> float:
    """User plus system time from /proc/PID/stat (proc(5)).

    The second field is a program name in parentheses that may hold spaces and parentheses itself.
    """
    fields = stat.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_S


def waited_seconds(schedstat: str) -> float:
    """The time on the run queue from /proc/PID/task/TID/schedstat."""
    return int(schedstat.split()[1]) / 1e9


def resident_megabytes(status: str) -> float:
    """VmRSS from /proc/PID/status, in MB of 10^6 bytes.

    Raises:
        ChildFailed: it is not there: the process has ended and waits to be reaped.
    """
    found = re.search(r"^VmRSS:\s+(\d+) kB$", status, re.MULTILINE)
    if found is None:
        raise ChildFailed("the process has ended and has no memory")
    return int(found[1]) * 1024 / 1e6


def cost_of(process_id: int) -> Cost:
    """Read both clocks of a running process.

    Raises:
        ChildFailed: it has ended.
    """
    process = Path("/proc") / str(process_id)
    try:
        waited = sum(_waited(thread) for thread in (process / "task").iterdir())
        return Cost(cpu_seconds((process / "stat").read_text()), waited)
    except OSError as error:
        raise ChildFailed(f"process {process_id} has ended") from error


def _waited(thread: Path) -> float:
    try:
        return waited_seconds((thread / "schedstat").read_text())
    except OSError:  # the thread ended while we looked
        return 0.0


def memory_of(process_id: int) -> float:
    """Resident memory of a running process in MB.

    Raises:
        ChildFailed: it has ended.
    """
    try:
        return resident_megabytes((Path("/proc") / str(process_id) / "status").read_text())
    except OSError as error:
        raise ChildFailed(f"process {process_id} has ended") from error
