"""Whether the sound of one long call ever stops: by the device's own count, and from outside. Then
once more while the device's HTTP port, and so its main loop, has all it can do; and once while the
main loop runs Python without a pause.
"""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING

from tools.bench.busy_loop import BusyLoop, Work
from tools.bench.busy_speaker import TURN_S
from tools.bench.errors import BenchError, CannotDo
from tools.bench.figure import Figure
from tools.bench.http_load import CONNECTIONS, Requests
from tools.bench.http_load_program import HttpLoad
from tools.bench.long_call import LOOP, SETTLE_S, LongCall, long_call
from tools.bench.reading import Reading
from tools.bench.rtp_packet import PACKET_S
from tools.bench.underrun_count import COUNTER

if TYPE_CHECKING:
    from pathlib import Path

    from tools.bench.device import Device, Maker
    from tools.bench.figure import Run

SECONDS = 600.0
MISSING = "packets missing"
LONGEST_GAP = "longest gap between packets"
LOADED = ", HTTP loaded"
BUSY = ", main loop busy"


def measure(maker: Maker, run: Run) -> list[Reading]:
    """Talk for minutes, and look at what came back; then again beside each load."""
    seconds = run.seconds or SECONDS
    alone, _ = long_call(maker, run.folder_for(maker), seconds, lambda _: contextlib.nullcontext())
    return [
        *readings_of(maker.name, alone, ""),
        *_beside_requests(maker, run.folder_for(maker), seconds),
        *_beside_work(maker, run.folder_for(maker), seconds),
    ]


def _beside_requests(maker: Maker, folder: Path, seconds: float) -> list[Reading]:
    def beside(device: Device) -> HttpLoad:
        if device.http is None:
            raise CannotDo("this device has no HTTP port")
        return HttpLoad(folder / "load", device.http)

    try:
        call, load = long_call(maker, folder, seconds, beside)
    except BenchError as error:
        return [_cannot(maker, LOADED, error)]
    return readings_of(maker.name, call, LOADED, told_of(load.requests, call.seconds))


def _beside_work(maker: Maker, folder: Path, seconds: float) -> list[Reading]:
    setup = replace(LOOP, busy_main_loop=True)
    try:
        call, busy = long_call(maker, folder, seconds, BusyLoop, setup)
    except BenchError as error:
        return [_cannot(maker, BUSY, error)]
    return readings_of(maker.name, call, BUSY, _told_of_work(busy.work))


def _cannot(maker: Maker, where: str, error: BenchError) -> Reading:
    return Reading(maker.name, COUNTER + where, None, "", str(error))


def readings_of(device: str, call: LongCall, where: str, load: str = "") -> list[Reading]:
    """What stands in the table; `where` tells one call from the other.

    `load` says what there was beside the call.
    """
    note = (
        f"{call.seconds:g} s; the bench sent its latest packet {call.sent_late_s * 1e3:.1f} ms"
        f" late, and the machine stood still for {call.stood_still_s * 1e3:.0f} ms at most"
    )
    if load:
        note += f"; {load}"
    missing = max(0, round(call.seconds / PACKET_S) - call.received)
    return [
        _own_count(device, call, where),
        Reading(device, MISSING + where, missing, "", note),
        Reading(device, LONGEST_GAP + where, call.longest_gap_s * 1e3, "ms"),
    ]


def told_of(requests: Requests, seconds: float) -> str:
    """What requests got that loaded the HTTP port for so long."""
    return (
        f"{CONNECTIONS} connections had {requests.answered / (seconds + SETTLE_S):.0f} answers per"
        f" second, the slowest after {requests.slowest_s * 1e3:.0f} ms; {requests.refused} requests"
        f" were refused and {requests.lost} lost"
    )


def _told_of_work(work: Work) -> str:
    each_ms = 1e3 * work.seconds / max(work.turns, 1)
    return (
        f"the main loop's thread had {work.cpu:.0%} of a core, in {work.turns} turns of"
        f" {each_ms:.1f} ms on average, {TURN_S * 1e3:g} ms of each in one piece of Python"
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
    reach={quantity + where: 0 for where in ("", LOADED, BUSY) for quantity in (COUNTER, MISSING)},
)
