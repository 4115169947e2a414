"""How soon the state is told, to 8 clients that ask for it over and over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.bench.device import Setup
from tools.bench.errors import CannotDo
from tools.bench.figure import Figure
from tools.bench.reading import Reading
from tools.bench.wrk import Wrk

if TYPE_CHECKING:
    from tools.bench.device import Maker
    from tools.bench.figure import Run

CLIENTS = 8
SECONDS = 20.0
PATH = "/api/v1/state"
P99 = f"GET {PATH}, {CLIENTS} clients, p99"


def measure(maker: Maker, run: Run) -> list[Reading]:
    """Ask a device that has nothing else to do."""
    folder = run.folder_for(maker)
    with maker.start(Setup(), folder) as device:
        if device.http is None:
            raise CannotDo("this device has no HTTP port")
        seconds = run.seconds or SECONDS
        with Wrk(folder / "wrk", device.http, PATH, connections=CLIENTS, seconds=seconds) as asking:
            pass
    answers = asking.answers
    failed = answers.refused + answers.lost
    return [
        Reading(maker.name, P99, answers.p99_s * 1e3, "ms", f"{seconds:g} s; {answers}"),
        Reading(maker.name, f"GET {PATH}, {CLIENTS} clients, failed", failed, ""),
    ]


HTTP_STATE = Figure(
    name="http-state",
    title="The state over HTTP",
    measure=measure,
    reach={P99: 20, f"GET {PATH}, {CLIENTS} clients, failed": 0},
)
