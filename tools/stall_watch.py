"""Tells whether this machine itself stood still: what no program on it can be blamed for.

A virtual machine's host takes its cores away for tens of milliseconds now and then, and a busy
machine wakes ordinary programs late. A watcher on each core sleeps for 10 ms over and over, before
all other programs where the system allows that, and notes when it was woken much later than it
asked. What it sees beside a measurement tells the machine's lateness from the measured program's.

This file is also the watcher's program: it imports nothing but the standard library.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from types import TracebackType

PERIOD_S: Final = 0.01
NOTED_S: Final = 0.005
"""A shorter delay is every system's daily bread."""

_PRIORITY: Final = 50
_READ_BYTES: Final = 65536
_WATCHES: Final = b"\n"
"""What a watcher says once it watches."""


@dataclass(frozen=True, slots=True)
class Stall:
    """A core on which nothing ran in time."""

    at: float
    """When the watcher should have been woken, monotonic seconds (of every program)."""

    lasted_s: float


class StallWatch:
    """Watches every core from its creation to `close`."""

    def __init__(self) -> None:
        self._watchers = [_start_watcher(core) for core in sorted(os.sched_getaffinity(0))]
        self._unfinished = [b"" for _ in self._watchers]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def process_ids(self) -> list[int]:
        """Of the watchers, a core each."""
        return [watcher.pid for watcher in self._watchers]

    def stalls(self) -> list[Stall]:
        """What was noted since the last call, the earliest first."""
        found: list[Stall] = []
        for number, watcher in enumerate(self._watchers):
            *lines, self._unfinished[number] = (
                self._unfinished[number] + _all_waiting(watcher)
            ).split(b"\n")
            found += [Stall(*map(float, line.split())) for line in lines]
        return sorted(found, key=lambda stall: stall.at)

    def longest_s(self) -> float:
        """The longest stall since the last look, in seconds; 0 for none."""
        return max((stall.lasted_s for stall in self.stalls()), default=0.0)

    def close(self) -> None:
        """End the watchers."""
        for watcher in self._watchers:
            watcher.terminate()
            watcher.communicate()
        self._watchers.clear()


def _start_watcher(core: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-I", "-S", __file__, str(core)]
    watcher = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    if watcher.stdout is not None:
        if os.read(watcher.stdout.fileno(), len(_WATCHES)) != _WATCHES:
            raise RuntimeError("the watcher of a core did not start")
        os.set_blocking(watcher.stdout.fileno(), False)
    return watcher


def _all_waiting(watcher: subprocess.Popen[bytes]) -> bytes:
    waiting = b""
    if watcher.stdout is None:
        return waiting
    while True:
        try:
            chunk = os.read(watcher.stdout.fileno(), _READ_BYTES)
        except BlockingIOError:
            return waiting
        if not chunk:
            raise RuntimeError("the watcher of a core has ended")
        waiting += chunk


def _watch(core: int) -> None:
    """Note every delay on one core, forever: `WHEN LASTED` in seconds, a line each."""
    os.sched_setaffinity(0, {core})
    # Where that is not allowed it is woken like any other program; its delays count all the same.
    with contextlib.suppress(PermissionError):
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(_PRIORITY))
    os.write(1, _WATCHES)
    due = time.monotonic() + PERIOD_S
    while True:
        time.sleep(max(due - time.monotonic(), 0.0))
        late = time.monotonic() - due
        if late >= NOTED_S:
            os.write(1, f"{due:.6f} {late:.6f}\n".encode())
            due += late
        due += PERIOD_S


if __name__ == "__main__":
    _watch(int(sys.argv[1]))
