"""Keeping the main loop of a speaker busy that was set up for it, and reading how busy it was."""

from __future__ import annotations

import json
import os
import re
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

    from tools.bench.device import Device

BEGUN = re.compile(r"^busy$", re.MULTILINE)
RESULT = re.compile(r"^\{.*\}$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Work:
    """What the main loop did besides its own work."""

    turns: int = 0
    """Each 20 ms of Python in a row, or longer by what other threads had of the interpreter."""
    seconds: float = 0.0
    cpu: float = 0.0
    """Share of a core that its thread had."""


class BusyLoop:
    """Keeps the loop busy while the `with` block lasts, once in a device's life.

    Then `work` is known.
    """

    def __init__(self, device: Device) -> None:
        """`device` was set up with `busy_main_loop`."""
        self._child = device.child
        self.work = Work()

    def __enter__(self) -> Self:
        self._switch(BEGUN)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            self.work = Work(**json.loads(self._switch(RESULT)))

    def _switch(self, wanted: re.Pattern[str]) -> str:
        os.kill(self._child.process_id, signal.SIGUSR1)
        return self._child.wait_for_line(wanted)[0]
