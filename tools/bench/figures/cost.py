"""Processor time with no call, one call and more, sound both ways; and memory. Then what
encrypted Opus costs, and echo cancellation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tools.bench import g711
from tools.bench.bare_loop_device import start_bare_loop
from tools.bench.call_load import CallsUp, Load, load_of
from tools.bench.device import Setup, Sound
from tools.bench.errors import BenchError, CannotDo
from tools.bench.figure import Figure
from tools.bench.leg import Leg
from tools.bench.packet_stream import OPUS
from tools.bench.reading import Reading
from tools.bench.shift import noise
from tools.bench.srtp import Srtp
from tools.bench.underrun_count import COUNTER, engine_figures
from tools.bench.voices import RATE_HZ, speech, write_wav
from tools.stall_watch import StallWatch

if TYPE_CHECKING:
    from tools.bench.device import Device, Maker
    from tools.bench.figure import Run

CALLS = (0, 1, 10, 30)
MOST = max(CALLS)
SECONDS = 12.0

ROOM = "reverberation_ms=150&delay_ms=20&noise_db=-70&drift_ppm=100"

FIRST_CALL = "CPU, the first G.711 call beyond idle"
FURTHER_CALL = "CPU, a G.711 call beyond idle"
OPUS_CALL = "CPU, an Opus SRTP call beyond idle"
ECHO = "CPU, the engine with echo cancellation"
UNDERRUNS = f"underruns, {MOST} calls"


@dataclass(frozen=True, slots=True)
class Plain:
    """What G.711 calls cost, by their number, and whether the sound stood the most of them."""

    loads: dict[int, Load]
    underruns: Reading


def measure(maker: Maker, run: Run) -> list[Reading]:
    """G.711 calls, step by step, in one device; then what costs more, each in a device anew."""
    plain = _g711_calls(maker, run)
    readings = g711_readings(maker.name, plain)
    try:
        readings += opus_readings(maker.name, _opus_call(maker, run))
    except BenchError as error:
        readings.append(Reading(maker.name, OPUS_CALL, None, "", str(error)))
    try:
        without, with_it = (_call_in_room(maker, run, engine) for engine in ("off", "auto"))
        readings += echo_readings(maker.name, plain.loads[0], without, with_it)
    except BenchError as error:
        readings.append(Reading(maker.name, ECHO, None, "", str(error)))
    return readings


def calibrate(run: Run) -> list[Reading]:
    """What one call's sound costs without a speaker around it."""
    folder = run.folder / "bare-loop"
    folder.mkdir()
    leg = _g711_leg(0)
    child, address = start_bare_loop(folder)
    leg.aim(address)
    try:
        load = load_of(child.process_id, [leg], run.seconds or SECONDS)
    finally:
        child.end()
        leg.close()
    note = "one call's sound and nothing else"
    return [Reading("bare loop", "CPU", load.cpu, "%", note)]


def _g711_leg(number: int) -> Leg:
    """Two seconds of noise, other noise for each call."""
    return Leg(g711.payloads(noise(100, seed=number)))


def _g711_calls(maker: Maker, run: Run) -> Plain:
    """Add calls step by step; at each step read the clocks of the process at both ends."""
    setup = Setup(sound=Sound.LOOP, calls=MOST)
    loads: dict[int, Load] = {}
    with (
        maker.start(setup, run.folder_for(maker)) as device,
        CallsUp(device, _g711_leg) as calls,
    ):
        for wanted in CALLS[:-1]:
            calls.grow_to(wanted)
            loads[wanted] = calls.load(run.seconds or SECONDS)
        before = _count(maker, device)
        with StallWatch() as watch:
            calls.grow_to(MOST)
            loads[MOST] = calls.load(run.seconds or SECONDS)
            calls.hang_up()
            after = _count(maker, device)
            stood_still_ms = 1e3 * watch.longest_s()
    note = (
        f"in {run.seconds or SECONDS:g} s, and while {MOST - CALLS[-2]} of the calls came and all"
        " went;"
        f" the machine stood still for {stood_still_ms:.0f} ms at most"
    )
    if isinstance(before, float) and isinstance(after, float):
        return Plain(loads, Reading(maker.name, UNDERRUNS, after - before, "", note))
    return Plain(loads, Reading(maker.name, UNDERRUNS, None, "", str(after)))


def _count(maker: Maker, device: Device) -> float | BenchError:
    """How many underruns there were so far, or why that is not known."""
    try:
        return engine_figures(maker, device)[COUNTER]
    except BenchError as error:
        return error


def _opus_call(maker: Maker, run: Run) -> dict[int, Load]:
    """Speech at 32 kbit/s with redundancy, encrypted, to a device of its own; by number of calls.

    Raises:
        CannotDo: a program or package for it is not installed.
    """
    payloads = OPUS.payloads(speech().samples)

    def leg(_: int) -> Leg:
        return Leg(payloads, payload_type=OPUS.payload_type, units=OPUS.units, srtp=Srtp())

    setup = Setup(sound=Sound.LOOP, codec=OPUS.name, encrypted=True)
    loads = {}
    with (
        maker.start(setup, run.folder_for(maker)) as device,
        CallsUp(device, leg, OPUS.formats) as calls,
    ):
        for wanted in (0, 1):
            calls.grow_to(wanted)
            loads[wanted] = calls.load(run.seconds or SECONDS)
        calls.hang_up()
    return loads


def _call_in_room(maker: Maker, run: Run, engine: str) -> Load:
    """One G.711 call while the microphone hears the loudspeaker in a room.

    Raises:
        CannotDo: this device has no echo canceller.
    """
    folder = run.folder_for(maker)
    nobody = folder / "nobody.wav"
    write_wav(nobody, np.zeros(RATE_HZ, dtype=np.float32))
    setup = Setup(sound=Sound.ROOM, room=f"{nobody}?{ROOM}", echo_cancellation=engine)
    with maker.start(setup, folder) as device, CallsUp(device, _g711_leg) as calls:
        calls.grow_to(1)
        load = calls.load(run.seconds or SECONDS)
        calls.hang_up()
    return load


def g711_readings(device: str, plain: Plain) -> list[Reading]:
    """What stands in the table of them."""
    loads = plain.loads
    first = loads[1].cpu - loads[0].cpu
    further = (loads[MOST].cpu - loads[1].cpu) / (MOST - 1)
    return [
        *(
            Reading(device, f"CPU, {_calls(calls)}", load.cpu, "%", load.note)
            for calls, load in loads.items()
        ),
        Reading(device, FIRST_CALL, first, "%", "it also wakes what only calls need"),
        Reading(device, FURTHER_CALL, further, "%", f"each further one, from 1 to {MOST} calls"),
        Reading(device, "resident memory, no call", loads[0].resident_mb, "MB"),
        Reading(device, f"resident memory, {MOST} calls", loads[MOST].resident_mb, "MB"),
        plain.underruns,
    ]


def opus_readings(device: str, loads: dict[int, Load]) -> list[Reading]:
    """What stands in the table of it.

    Raises:
        CannotDo: nothing came back, so that nothing was measured.
    """
    if not loads[1].returned:
        raise CannotDo("no encrypted packet that proves to be the device's came back")
    cost = loads[1].cpu - loads[0].cpu
    return [Reading(device, OPUS_CALL, cost, "%", f"no call {loads[0].cpu:.2f} %; {loads[1].note}")]


def echo_readings(device: str, idle: Load, without: Load, with_it: Load) -> list[Reading]:
    """What stands in the table of it: the room's simulation and the call do not count."""
    canceller = with_it.cpu - without.cpu
    note = f"the canceller, while it works, {canceller:.2f} %; {with_it.note}"
    return [Reading(device, ECHO, idle.cpu + canceller, "%", note)]


def _calls(number: int) -> str:
    return {0: "no call", 1: "1 call"}.get(number, f"{number} calls")


COST = Figure(
    name="cost",
    title="Cost, in percent of one core",
    measure=measure,
    calibrate=calibrate,
    reach={
        "CPU, 1 call": 3.0,
        FIRST_CALL: 0.6,
        FURTHER_CALL: 0.6,
        OPUS_CALL: 2.0,
        ECHO: 6.0,
        f"resident memory, {MOST} calls": 120.0,
        UNDERRUNS: 0,
    },
)
