"""Sound in by RTP, through the loudspeaker into the microphone, out by RTP: how late it is."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING

from tools.bench import g711
from tools.bench.caller import Call
from tools.bench.device import Address, Setup, Sound
from tools.bench.errors import NoSoundHeard
from tools.bench.figure import Figure
from tools.bench.leg import Leg
from tools.bench.reading import Reading, percentile
from tools.bench.reflector import Reflector
from tools.bench.rtp_packet import PACKET_S
from tools.bench.shift import Shift, measure_shift, noise
from tools.bench.traffic import Traffic

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tools.bench.device import Maker
    from tools.bench.figure import Run

RUNS = 5
"""Each a call of its own: where in the device's own 20 ms a call begins is chance."""
SECONDS = 6.0
SPARE_PACKETS = 25
"""Noise left over, so that it does not begin anew if the end comes late."""
QUANTITY = "loop delay"


def measure(maker: Maker, run: Run) -> list[Reading]:
    """Several calls of noise that comes back."""
    legs = [_leg(number, run) for number in range(RUNS)]
    return _readings(maker.name, call_with(legs, maker, run))


def call_with(legs: Sequence[tuple[Leg, g711.Samples]], maker: Maker, run: Run) -> list[Shift]:
    """A call for each leg and its sound, one after the other; how far what comes back is behind."""
    with maker.start(Setup(sound=Sound.LOOP), run.folder_for(maker)) as device:
        shifts = []
        for leg, sent in legs:
            with Call(device.sip, device.uri(), Address(device.sip.host, leg.port)) as call:
                leg.aim(call.answered().sound)
                shifts.append(listen(leg, sent))
                call.hang_up()
    return shifts


def calibrate(run: Run) -> list[Reading]:
    """The same with a reflector in the device's place: what is not 0 here is the bench's own."""
    leg, sent = _leg(0, run)
    with Reflector() as reflector:
        leg.aim(reflector.address)
        return _readings("reflector", [listen(leg, sent)])


def _leg(number: int, run: Run) -> tuple[Leg, g711.Samples]:
    packets = round((run.seconds or SECONDS) / PACKET_S)
    sent = noise(packets + SPARE_PACKETS, seed=number)
    return Leg(g711.payloads(sent), keep=True), sent


def listen(leg: Leg, sent: g711.Samples) -> Shift:
    """Send all of the noise and find it again in what comes back."""
    try:
        with Traffic([leg]):
            time.sleep(len(sent) / g711.RATE_HZ - SPARE_PACKETS * PACKET_S)
        shift = measure_shift(sent, leg.departures, leg.arrivals)
    finally:
        leg.close()
    if not shift.delays_s:
        raise NoSoundHeard(
            f"none of {leg.received} packets carried what was sent ({shift.heard} had sound)"
        )
    return shift


def _readings(device: str, shifts: list[Shift]) -> list[Reading]:
    medians = [statistics.median(shift.delays_s) * 1e3 for shift in shifts]
    delays = [delay * 1e3 for shift in shifts for delay in shift.delays_s]
    found = 100 * len(delays) / sum(shift.heard for shift in shifts)
    note = f"of {len(shifts)} with {len(delays)} packets in all" if len(shifts) > 1 else ""
    spread = max(medians) - min(medians)
    return [
        Reading(device, f"{QUANTITY}, median of calls", statistics.median(medians), "ms", note),
        Reading(device, f"{QUANTITY}, spread of calls", spread, "ms"),
        Reading(device, f"{QUANTITY}, p99 of packets", percentile(delays, 99), "ms"),
        Reading(device, "packets found again", found, "%"),
    ]


LOOP_DELAY = Figure(
    name="loop",
    title="Loop delay",
    measure=measure,
    calibrate=calibrate,
    reach={f"{QUANTITY}, median of calls": 60.0},
    ratio_reach={f"{QUANTITY}, median of calls": 0.5},
)
