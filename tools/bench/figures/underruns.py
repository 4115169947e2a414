"""Whether the sound of one long call ever stops: by the device's own count, and from outside. Then
once more while the device's HTTP port, and so its main loop, has all it can do.
"""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tools.bench import g711
from tools.bench.caller import Call
from tools.bench.device import Address, Setup, Sound
from tools.bench.errors import BenchError, CannotDo
from tools.bench.figure import Figure
from tools.bench.http_load import CONNECTIONS, Requests
from tools.bench.http_load_program import HttpLoad
from tools.bench.leg import Leg
from tools.bench.reading import Reading
from tools.bench.rtp_packet import PACKET_S
from tools.bench.shift import noise
from tools.bench.traffic import Traffic
from tools.bench.underrun_count import COUNTER, engine_figures
from tools.stall_watch import StallWatch

if TYPE_CHECKING:
    from pathlib import Path

    from tools.bench.device import Device, Maker
    from tools.bench.figure import Run

SECONDS = 600.0
SETTLE_S = 1.0
MISSING = "packets missing"
LONGEST_GAP = "longest gap between packets"
LOADED = ", HTTP loaded"


@dataclass(frozen=True, slots=True)
class LongCall:
    """How one call went."""

    seconds: float
    received: int
    longest_gap_s: float
    sent_late_s: float
    """How late the bench sent its latest packet."""
    stood_still_s: float
    """For how long the machine did, at most."""
    figures: dict[str, float] | str
    """What the engine tells of itself; or why it does not."""
    requests: Requests | None = None
    """What became of those that loaded the HTTP port, where it was."""


def measure(maker: Maker, run: Run) -> list[Reading]:
    """Talk for minutes, and look at what came back; then again beside the load."""
    readings = readings_of(maker.name, _long_call(maker, run, is_loaded=False), "")
    try:
        loaded = _long_call(maker, run, is_loaded=True)
    except BenchError as error:
        return [*readings, Reading(maker.name, COUNTER + LOADED, None, "", str(error))]
    return readings + readings_of(maker.name, loaded, LOADED)


def _long_call(maker: Maker, run: Run, *, is_loaded: bool) -> LongCall:
    """One call in a device of its own.

    Raises:
        CannotDo: the device has no HTTP port to load.
    """
    seconds = run.seconds or SECONDS
    folder = run.folder_for(maker)
    with contextlib.ExitStack() as stack:
        leg = Leg(g711.payloads(noise(500, seed=1)))
        stack.callback(leg.close)
        watch = stack.enter_context(StallWatch())
        device = stack.enter_context(maker.start(Setup(sound=Sound.LOOP), folder))
        here = Address(device.sip.host, leg.port)
        call = stack.enter_context(Call(device.sip, device.uri(), here))
        leg.aim(call.answered().sound)
        with Traffic([leg]) as traffic, _load(device, is_loaded, folder / "load") as load:
            time.sleep(SETTLE_S)
            leg.mark()
            watch.stalls()
            time.sleep(seconds)
            received, longest_gap_s = leg.received_since_mark, leg.longest_gap_s
            stood_still_s = watch.longest_s()
        call.hang_up()
        figures = _figures(maker, device)
    return LongCall(
        seconds,
        received,
        longest_gap_s,
        traffic.latest_s,
        stood_still_s,
        figures,
        None if load is None else load.requests,
    )


def _load(
    device: Device, is_loaded: bool, folder: Path
) -> contextlib.AbstractContextManager[HttpLoad | None]:
    if not is_loaded:
        return contextlib.nullcontext()
    if device.http is None:
        raise CannotDo("this device has no HTTP port")
    return HttpLoad(folder, device.http)


def _figures(maker: Maker, device: Device) -> dict[str, float] | str:
    try:
        return engine_figures(maker, device)
    except BenchError as error:
        return str(error)


def readings_of(device: str, call: LongCall, where: str) -> list[Reading]:
    """What stands in the table; `where` tells one call from the other."""
    note = (
        f"{call.seconds:g} s; the bench sent its latest packet {call.sent_late_s * 1e3:.1f} ms"
        f" late, and the machine stood still for {call.stood_still_s * 1e3:.0f} ms at most"
    )
    if call.requests is not None:
        note += f"; {_told(call.requests, call.seconds)}"
    missing = max(0, round(call.seconds / PACKET_S) - call.received)
    return [
        _own_count(device, call, where),
        Reading(device, MISSING + where, missing, "", note),
        Reading(device, LONGEST_GAP + where, call.longest_gap_s * 1e3, "ms"),
    ]


def _told(requests: Requests, seconds: float) -> str:
    return (
        f"{CONNECTIONS} connections had {requests.answered / (seconds + SETTLE_S):.0f} answers per"
        f" second, the slowest after {requests.slowest_s * 1e3:.0f} ms; {requests.refused} requests"
        f" were refused and {requests.lost} lost"
    )


def _own_count(device: str, call: LongCall, where: str) -> Reading:
    if isinstance(call.figures, str):
        return Reading(device, COUNTER + where, None, "", call.figures)
    others = ", ".join(
        f"{name} {value:.3g}" for name, value in call.figures.items() if name != COUNTER
    )
    note = f"its engine's other figures: {others}"
    return Reading(device, COUNTER + where, call.figures[COUNTER], "", note)


UNDERRUNS = Figure(
    name="underruns",
    title="Holding up: one call of ten minutes",
    measure=measure,
    reach={quantity + where: 0 for where in ("", LOADED) for quantity in (COUNTER, MISSING)},
)
