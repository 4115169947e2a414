"""Two minutes of HTTP load by wrk beside a call: its sound is not to stop, nor memory to grow."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tools.bench.errors import CannotDo
from tools.bench.figure import Figure
from tools.bench.figures.underruns import MISSING, readings_of
from tools.bench.long_call import SETTLE_S, long_call
from tools.bench.process_cost import memory_of
from tools.bench.reading import Reading
from tools.bench.underrun_count import COUNTER
from tools.bench.wrk import Wrk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tools.bench.device import Device, HttpSide, Maker
    from tools.bench.figure import Run

CONNECTIONS = 64
SECONDS = 120.0
PATH = "/api/v1/state"
WHERE = ", wrk beside it"
GROWTH = "memory grown by"
FLAT_MB = 2.0
WARM_UP_S = 10.0
"""A first load, after which connections, caches and buffers are what they will be."""


@dataclass(slots=True)
class _Load:
    """What came of it."""

    before_mb: float
    after_mb: float = 0.0
    words: str = ""


def measure(maker: Maker, run: Run) -> list[Reading]:
    """Talk, and let 64 connections ask for the state meanwhile."""
    folder = run.folder_for(maker)
    seconds = run.seconds or SECONDS
    call, load = long_call(maker, folder, seconds, lambda device: _beside(device, folder, seconds))
    growth = load.after_mb - load.before_mb
    note = f"from {load.before_mb:.1f} MB, after a first load of {WARM_UP_S:g} s"
    return [
        *readings_of(maker.name, call, WHERE, load.words),
        Reading(maker.name, GROWTH, growth, "MB", note),
    ]


@contextlib.contextmanager
def _beside(device: Device, folder: Path, seconds: float) -> Iterator[_Load]:
    if device.http is None:
        raise CannotDo("this device has no HTTP port")
    with _asking(device.http, folder / "warm-up", WARM_UP_S):
        pass
    load = _Load(memory_of(device.child.process_id))
    with _asking(device.http, folder / "wrk", seconds + SETTLE_S) as asking:
        yield load
    load.after_mb = memory_of(device.child.process_id)
    load.words = f"{CONNECTIONS} connections had {asking.answers}"


def _asking(http: HttpSide, folder: Path, seconds: float) -> Wrk:
    return Wrk(folder, http, PATH, connections=CONNECTIONS, seconds=seconds)


HTTP_LOAD = Figure(
    name="http-load",
    title="Holding up: a call beside HTTP",
    measure=measure,
    reach={COUNTER + WHERE: 0, MISSING + WHERE: 0, GROWTH: FLAT_MB},
)
