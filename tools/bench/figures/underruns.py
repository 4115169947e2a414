"""Whether the sound of one long call ever stops: by the device's own count, and from outside."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tools.bench import g711
from tools.bench.caller import Call
from tools.bench.device import Address, Setup, Sound
from tools.bench.errors import BenchError
from tools.bench.figure import Figure
from tools.bench.leg import Leg
from tools.bench.reading import Reading
from tools.bench.rtp_packet import PACKET_S
from tools.bench.shift import noise
from tools.bench.speaker_device import SPEAKER, figures_of_itself
from tools.bench.traffic import Traffic
from tools.stall_watch import StallWatch

if TYPE_CHECKING:
    from tools.bench.device import Device, Maker
    from tools.bench.figure import Run

SECONDS = 300.0
SETTLE_S = 1.0
COUNTER = "underruns"


def measure(maker: Maker, run: Run) -> list[Reading]:
    """Talk for minutes, and look at what came back."""
    seconds = run.seconds or SECONDS
    leg = Leg(g711.payloads(noise(500, seed=1)))
    try:
        with (
            StallWatch() as watch,
            maker.start(Setup(sound=Sound.LOOP), run.folder_for(maker)) as device,
        ):
            here = Address(device.sip.host, leg.port)
            with Call(device.sip, device.uri(), here) as call:
                leg.aim(call.answered().sound)
                with Traffic([leg]) as traffic:
                    time.sleep(SETTLE_S)
                    leg.mark()
                    watch.stalls()
                    time.sleep(seconds)
                    stalled_s = watch.longest_s()
                call.hang_up()
            own = _own_count(maker, device)
    finally:
        leg.close()
    note = (
        f"{seconds:g} s; the bench sent its latest packet {traffic.latest_s * 1e3:.1f} ms late,"
        f" and the machine stood still for {stalled_s * 1e3:.0f} ms at most"
    )
    missing = max(0, round(seconds / PACKET_S) - leg.received_since_mark)
    return [
        own,
        Reading(maker.name, "packets missing", missing, "", note),
        Reading(maker.name, "longest gap between packets", leg.longest_gap_s * 1e3, "ms", note),
    ]


def _own_count(maker: Maker, device: Device) -> Reading:
    if maker is not SPEAKER:
        return Reading(maker.name, COUNTER, None, "", f"{maker.name} does not count them")
    try:
        figures = figures_of_itself(device, "engine")
    except BenchError as error:
        return Reading(maker.name, COUNTER, None, "", str(error))
    if COUNTER not in figures:
        return Reading(maker.name, COUNTER, None, "", f"the engine has no figure {COUNTER!r}")
    others = ", ".join(f"{name} {value:.3g}" for name, value in figures.items() if name != COUNTER)
    return Reading(
        maker.name, COUNTER, figures[COUNTER], "", f"its engine's other figures: {others}"
    )


UNDERRUNS = Figure(
    name="underruns",
    title="Holding up: one call of five minutes",
    measure=measure,
    reach={COUNTER: 0, "packets missing": 0},
)
