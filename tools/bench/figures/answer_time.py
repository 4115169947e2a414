"""From the INVITE to the 200: nothing sounds before the answer, the device answers by itself."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tools.bench.caller import Call
from tools.bench.device import Address, Setup
from tools.bench.errors import BenchError
from tools.bench.figure import Figure
from tools.bench.reading import Reading, times
from tools.bench.sipp import judge

if TYPE_CHECKING:
    from tools.bench.device import Device, Maker
    from tools.bench.figure import Run

CALLS = 300
WARM_UP_CALLS = 5
"""The first calls of a process load code and grow pools; they happen once in a device's life."""
BETWEEN_CALLS_S = 0.02
SIPP_CALLS, SIPP_PER_SECOND = 200, 20
SOUND = Address("127.0.0.1", 9)
"""Where the device is told to send sound: nobody listens there (RFC 863), nothing is measured."""


def measure(maker: Maker, run: Run) -> list[Reading]:
    """Time one call after the other; then let sipp say whether all of its calls went well."""
    folder = run.folder_for(maker)
    # sipp's calls overlap a little; the device must have room for them.
    with maker.start(Setup(calls=16), folder) as device:
        answers = [_one_call(device) for _ in range(WARM_UP_CALLS + CALLS)][WARM_UP_CALLS:]
        return [
            *times(maker.name, "INVITE → 200", answers),
            *_by_sipp(maker, run, device),
        ]


def _one_call(device: Device) -> float:
    with Call(device.sip, device.uri(), SOUND) as call:
        answer = call.answered()
        call.hang_up()
    time.sleep(BETWEEN_CALLS_S)
    return answer.after_s


def _by_sipp(maker: Maker, run: Run, device: Device) -> list[Reading]:
    note = f"{SIPP_CALLS} calls, {SIPP_PER_SECOND} per second"
    try:
        verdict = judge(
            device, run.folder / f"sipp-{maker.name}", calls=SIPP_CALLS, per_second=SIPP_PER_SECOND
        )
    except BenchError as error:
        return [Reading(maker.name, "sipp: failed calls", None, "", str(error))]
    return [
        Reading(maker.name, "sipp: failed calls", verdict.failed, "", note),
        Reading(maker.name, "sipp: retransmissions", verdict.retransmissions, ""),
        Reading(maker.name, "sipp: mean", verdict.mean_answer_ms, "ms", "clock of 1 ms"),
    ]


ANSWER_TIME = Figure(
    name="answer",
    title="INVITE → 200",
    measure=measure,
    reach={
        "INVITE → 200, median": 5.0,
        "INVITE → 200, p99": 20.0,
        "sipp: failed calls": 0,
    },
)
