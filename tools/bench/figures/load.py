"""Calls per second before the first one fails, by sipp's judgement."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.bench.device import Setup
from tools.bench.figure import Figure
from tools.bench.reading import Reading
from tools.bench.sipp import HOLD_MS, judge

if TYPE_CHECKING:
    from tools.bench.device import Maker
    from tools.bench.figure import Run

RATES = (20, 40, 80, 120, 160, 240, 320, 480, 640)
SECONDS = 4.0
MAXIMUM_CALLS = 64
"""As many as the speaker can be allowed at once."""


def measure(maker: Maker, run: Run) -> list[Reading]:
    """Let the rate of calls rise until one of them fails."""
    best, why = 0, "the highest rate that was tried"
    with maker.start(Setup(calls=MAXIMUM_CALLS), run.folder_for(maker)) as device:
        for rate in RATES:
            calls = round(rate * (run.seconds or SECONDS))
            verdict = judge(
                device, run.folder / f"load-{maker.name}-{rate}", calls=calls, per_second=rate
            )
            if verdict.succeeded < calls:
                why = f"at {rate} per second {calls - verdict.succeeded} of {calls} failed"
                break
            best = rate
    note = f"each up for {HOLD_MS} ms; {why}"
    return [Reading(maker.name, "calls per second without a failure", best, "/s", note)]


LOAD = Figure(name="load", title="Calls per second", measure=measure)
