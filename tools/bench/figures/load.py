"""Calls per second before the first one fails, by sipp's judgement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tools.bench.device import Setup
from tools.bench.figure import Figure
from tools.bench.reading import Reading
from tools.bench.sipp import HOLD_MS, judge

if TYPE_CHECKING:
    from tools.bench.device import Maker
    from tools.bench.figure import Run

FIRST_RATE, STEP = 20, 1.5
"""Calls per second to begin with, and how many times as many are tried next."""
EXACT_ENOUGH = 1.1
"""Between the rate that went well and the one that did not."""
SECONDS = 4.0
MAXIMUM_CALLS = 64
"""As many as the speaker can be allowed at once."""
HIGHEST_RATE = MAXIMUM_CALLS * 1000 // HOLD_MS
"""More would be refused, however quickly each were answered."""


def measure(maker: Maker, run: Run) -> list[Reading]:
    """Let the rate of calls rise until one of them fails, then look closer between the last two."""
    good, bad = Attempt(0, 0, 0.0), None
    rate = FIRST_RATE
    while rate > good.rate and (bad is None or bad.rate > good.rate * EXACT_ENOUGH):
        attempt = _attempt(maker, run, rate)
        if attempt.failed:
            bad = attempt
        else:
            good = attempt
        rise = min(round(good.rate * STEP), HIGHEST_RATE)
        rate = rise if bad is None else (good.rate + bad.rate) // 2
    note = f"each up for {HOLD_MS} ms"
    if bad is not None:
        note += f"; at {bad.rate} per second {bad.failed} of {_calls(run, bad.rate)} failed"
    else:
        note += f"; {HIGHEST_RATE} is the highest rate that was tried"
    return [
        Reading(maker.name, "calls per second without a failure", good.rate, "/s", note),
        Reading(maker.name, "INVITE → 200 at that rate, mean", good.mean_answer_ms, "ms"),
    ]


@dataclass(frozen=True, slots=True)
class Attempt:
    """How it went at one rate."""

    rate: int
    failed: int
    mean_answer_ms: float


def _attempt(maker: Maker, run: Run, rate: int) -> Attempt:
    """With a device of its own, which no earlier attempt has left calls to."""
    calls = _calls(run, rate)
    folder = run.folder / f"load-{maker.name}-{rate}"
    with maker.start(Setup(calls=MAXIMUM_CALLS), run.folder_for(maker)) as device:
        verdict = judge(device, folder, calls=calls, per_second=rate)
    return Attempt(rate, calls - verdict.succeeded, verdict.mean_answer_ms)


def _calls(run: Run, rate: int) -> int:
    return round(rate * (run.seconds or SECONDS))


LOAD = Figure(name="load", title="Calls per second", measure=measure)
