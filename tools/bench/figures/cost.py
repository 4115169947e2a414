"""Processor time with no call, one call and more, sound both ways; and memory."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tools.bench import g711
from tools.bench.bare_loop_device import start_bare_loop
from tools.bench.caller import Call
from tools.bench.device import Address, Setup, Sound
from tools.bench.figure import Figure
from tools.bench.leg import Leg
from tools.bench.process_cost import cost_of, memory_of
from tools.bench.reading import Reading
from tools.bench.rtp_packet import PACKET_S
from tools.bench.shift import noise
from tools.bench.traffic import Traffic

if TYPE_CHECKING:
    from tools.bench.device import Device, Maker
    from tools.bench.figure import Run

CALLS = (0, 1, 2, 4, 10)
SECONDS = 30.0
SETTLE_S = 1.5
"""Time for buffers to fill and code to be loaded before the clocks are read."""


@dataclass(frozen=True, slots=True)
class Load:
    """What a device used during one measurement, per second and in percent of a core."""

    cpu: float
    waited: float
    bench: float
    """What the bench itself used to send and to receive."""
    returned: float
    """Packets that came back, in percent of those that were due."""
    resident_mb: float


def measure(maker: Maker, run: Run) -> list[Reading]:
    """Add calls step by step; at each step read the clocks of the process at both ends."""
    loads: dict[int, Load] = {}
    setup = Setup(sound=Sound.LOOP, calls=max(CALLS))
    with contextlib.ExitStack() as stack:
        device = stack.enter_context(maker.start(setup, run.folder_for(maker)))
        legs: list[Leg] = []
        calls: list[Call] = []
        for wanted in CALLS:
            while len(legs) < wanted:
                leg, call = _new_call(device, len(legs), stack)
                legs.append(leg)
                calls.append(call)
            loads[wanted] = _load(device.child.process_id, legs, run.seconds or SECONDS)
        for call in calls:
            call.hang_up()
    return _readings(maker.name, loads)


def calibrate(run: Run) -> list[Reading]:
    """What one call's sound costs without a speaker around it."""
    folder = run.folder / "bare-loop"
    folder.mkdir()
    leg = Leg(_sound(0))
    child, address = start_bare_loop(folder)
    leg.aim(address)
    try:
        load = _load(child.process_id, [leg], run.seconds or SECONDS)
    finally:
        child.end()
        leg.close()
    note = "one call's sound and nothing else"
    return [Reading("bare loop", "CPU", load.cpu, "%", note)]


def _sound(number: int) -> bytes:
    """Two seconds of noise, other noise for each call."""
    return g711.encode(noise(100, seed=number))


def _new_call(device: Device, number: int, stack: contextlib.ExitStack) -> tuple[Leg, Call]:
    leg = Leg(_sound(number))
    stack.callback(leg.close)
    here = Address(device.sip.host, leg.port)
    call = stack.enter_context(Call(device.sip, device.uri(number), here))
    leg.aim(call.answered().sound)
    return leg, call


def _load(process: int, legs: list[Leg], seconds: float) -> Load:
    with Traffic(legs) as traffic:
        start = time.monotonic()
        time.sleep(SETTLE_S)
        for leg in legs:
            leg.mark()
        before, began = cost_of(process), time.monotonic()
        time.sleep(seconds)
        after, ended = cost_of(process), time.monotonic()
        returned = sum(leg.received_since_mark for leg in legs)
        resident = memory_of(process)
    took = ended - began
    due = len(legs) * took / PACKET_S
    return Load(
        cpu=100 * (after.cpu_s - before.cpu_s) / took,
        waited=100 * (after.waited_s - before.waited_s) / took,
        bench=100 * traffic.cpu_s / (ended - start),
        returned=100 * returned / due if due else 100.0,
        resident_mb=resident,
    )


def _readings(device: str, loads: dict[int, Load]) -> list[Reading]:
    most = max(loads)
    readings = [
        Reading(
            device,
            f"CPU, {_calls(calls)}",
            load.cpu,
            "%",
            f"waited {load.waited:.2f} % for a core; bench itself {load.bench:.2f} %;"
            f" {load.returned:.1f} % of the packets came back",
        )
        for calls, load in loads.items()
    ]
    further = (loads[most].cpu - loads[1].cpu) / (most - 1)
    return [
        *readings,
        Reading(device, "CPU, each further call", further, "%", f"from 1 to {most} calls"),
        Reading(device, "resident memory, no call", loads[0].resident_mb, "MB"),
        Reading(device, f"resident memory, {most} calls", loads[most].resident_mb, "MB"),
    ]


def _calls(number: int) -> str:
    return {0: "no call", 1: "1 call"}.get(number, f"{number} calls")


COST = Figure(
    name="cost",
    title="Cost, in percent of one core",
    measure=measure,
    calibrate=calibrate,
    reach={
        "CPU, 1 call": 3.0,
        "CPU, each further call": 1.0,
        f"resident memory, {max(CALLS)} calls": 120.0,
    },
)
