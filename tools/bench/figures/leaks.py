"""What 1,000 calls in a row leave behind: memory, ports, threads, tasks, SIP state."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tools.bench import g711
from tools.bench.caller import Call
from tools.bench.device import Address, Setup, Sound
from tools.bench.figure import Figure
from tools.bench.holdings import Holdings, holdings_of
from tools.bench.leg import Leg
from tools.bench.reading import Reading
from tools.bench.shift import noise
from tools.bench.speaker_device import SPEAKER, figures_of_itself
from tools.bench.traffic import Traffic

if TYPE_CHECKING:
    from tools.bench.device import Device, Maker
    from tools.bench.figure import Run

NOBODY = Address("127.0.0.1", 9)
"""Gets what is sent before the first call is up (RFC 863)."""
CALLS = 1000
WARM_UP_CALLS = CALLS
"""Just as many: what is remembered of calls that have ended fills its pools first, and Python keeps
the memory of such pools."""
TALK_S = 0.05
"""Long enough for sound to go both ways."""
SETTLE_S = 40.0
"""Every timer of a call that is over has run out by then: 64 × T1 and T4 (RFC 3261 §17)."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What a device held on to."""

    outside: Holdings
    inside: dict[str, float]
    """What it says of itself; empty where it says nothing."""


def measure(maker: Maker, run: Run) -> list[Reading]:
    """Look at the device after a thousand calls and after a thousand more, at rest both times."""
    setup = Setup(sound=Sound.LOOP)
    with maker.start(setup, run.folder_for(maker)) as device:
        leg = Leg(g711.payloads(noise(100, seed=0)))
        leg.aim(NOBODY)
        try:
            with Traffic([leg]):
                _call(device, leg, WARM_UP_CALLS)
                before = _at_rest(maker, device)
                _call(device, leg, CALLS)
                after = _at_rest(maker, device)
        finally:
            leg.close()
    return _readings(maker.name, before, after)


def _call(device: Device, leg: Leg, times: int) -> None:
    here = Address(device.sip.host, leg.port)
    for _ in range(times):
        with Call(device.sip, device.uri(), here) as call:
            leg.aim(call.answered().sound)
            time.sleep(TALK_S)
            call.hang_up()


def _at_rest(maker: Maker, device: Device) -> Moment:
    time.sleep(SETTLE_S)
    outside = holdings_of(device.child.process_id)
    return Moment(outside, figures_of_itself(device, "process") if maker is SPEAKER else {})


def _readings(device: str, before: Moment, after: Moment) -> list[Reading]:
    grown_kb = 1e3 * (after.outside.resident_mb - before.outside.resident_mb) / CALLS
    note = f"from {before.outside.resident_mb:.1f} to {after.outside.resident_mb:.1f} MB"
    readings = [
        Reading(device, "memory kept, per call", grown_kb, "kB", note),
        Reading(device, "files and ports kept", after.outside.files - before.outside.files, ""),
        Reading(device, "threads kept", after.outside.threads - before.outside.threads, ""),
    ]
    for name, quantity in (("tasks", "tasks kept"), ("remembered", "SIP state kept")):
        if name in after.inside:
            kept = after.inside[name] - before.inside[name]
            readings.append(Reading(device, quantity, kept, ""))
        else:
            readings.append(Reading(device, quantity, None, "", "it does not tell"))
    return readings


LEAKS = Figure(
    name="leaks",
    title=f"What {CALLS} calls in a row leave behind",
    measure=measure,
    reach={
        "memory kept, per call": 1.0,
        "files and ports kept": 0,
        "threads kept": 0,
        "tasks kept": 0,
        "SIP state kept": 0,
    },
)
