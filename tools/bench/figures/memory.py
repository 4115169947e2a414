"""Resident memory of a device that has nothing to do."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from tools.bench.device import Setup
from tools.bench.figure import Figure
from tools.bench.process_cost import memory_of
from tools.bench.reading import Reading

if TYPE_CHECKING:
    from tools.bench.device import Maker
    from tools.bench.figure import Run

SECONDS: Final = 60.0
AT_REST: Final = "resident memory, at rest"


def measure(maker: Maker, run: Run) -> list[Reading]:
    """Start it, leave it alone, and look."""
    seconds = run.seconds or SECONDS
    with maker.start(Setup(), run.folder_for(maker)) as device:
        time.sleep(seconds)
        return [
            Reading(
                maker.name,
                AT_REST,
                memory_of(device.child.process_id),
                "MB",
                f"{seconds:g} s after the start",
            )
        ]


MEMORY = Figure(name="memory", title="Memory at rest", measure=measure, reach={AT_REST: 120})
