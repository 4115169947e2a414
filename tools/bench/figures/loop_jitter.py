"""The loop delay while the network is uneven, and what is lost of the sound for that."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

import numpy as np

from tools.bench import g711
from tools.bench.figure import Figure
from tools.bench.figures.loop_delay import SPARE_PACKETS, call_with, listen
from tools.bench.leg import Leg
from tools.bench.reading import Reading, percentile
from tools.bench.reflector import Reflector
from tools.bench.rtp_packet import PACKET_S
from tools.bench.shift import Shift, noise

if TYPE_CHECKING:
    from tools.bench.device import Maker
    from tools.bench.figure import Run

RUNS = 3
SECONDS = 12.0
JITTER_S = 0.03
QUANTITY = "loop delay, 30 ms of jitter"


def measure(maker: Maker, run: Run) -> list[Reading]:
    """Several calls of noise that comes back, each with jitter of its own."""
    legs = [_leg(number, run) for number in range(RUNS)]
    return _readings(maker.name, call_with(legs, maker, run))


def calibrate(run: Run) -> list[Reading]:
    """The same with a reflector in the device's place: what it reads is the jitter itself."""
    leg, sent = _leg(0, run)
    with Reflector() as reflector:
        leg.aim(reflector.address)
        return _readings("reflector", [listen(leg, sent)])


def lateness(packets: int, most_s: float, seed: int) -> list[float]:
    """Seconds by which packet after packet is late: any up to `most_s`, none overtaking another."""
    late: list[float] = []
    earliest = 0.0
    for drawn in np.random.default_rng(seed).uniform(0.0, most_s, packets):
        late.append(max(float(drawn), earliest))
        earliest = late[-1] - PACKET_S
    return late


def _leg(number: int, run: Run) -> tuple[Leg, g711.Samples]:
    packets = round((run.seconds or SECONDS) / PACKET_S) + SPARE_PACKETS
    sent = noise(packets, seed=number)
    return Leg(g711.payloads(sent), keep=True, late_s=lateness(packets, JITTER_S, number)), sent


def _readings(device: str, shifts: list[Shift]) -> list[Reading]:
    delays = [delay * 1e3 for shift in shifts for delay in shift.delays_s]
    missing = 1e3 * sum(shift.missing_s for shift in shifts)
    sent_s = sum(len(shift.delays_s) for shift in shifts) * PACKET_S
    return [
        Reading(
            device, f"{QUANTITY}, median", statistics.median(delays), "ms", f"of {sent_s:.0f} s"
        ),
        Reading(device, f"{QUANTITY}, p99", percentile(delays, 99), "ms"),
        Reading(device, "sound not found again", missing, "ms"),
    ]


LOOP_JITTER = Figure(
    name="loop-jitter",
    title="Loop delay under jitter",
    measure=measure,
    calibrate=calibrate,
    ratio_reach={f"{QUANTITY}, median": 1.0, f"{QUANTITY}, p99": 1.0},
)
