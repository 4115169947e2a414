"""Whether the sound of one long call ever stops: by the device's own count, and from outside. Then
once more while the device's HTTP port, and so its main loop, has all it can do.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from tools.bench.errors import BenchError, CannotDo
from tools.bench.figure import Figure
from tools.bench.http_load import CONNECTIONS, Requests
from tools.bench.http_load_program import HttpLoad
from tools.bench.long_call import SETTLE_S, LongCall, long_call
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


def measure(maker: Maker, run: Run) -> list[Reading]:
    """Talk for minutes, and look at what came back; then again beside the load."""
    seconds = run.seconds or SECONDS
    alone, _ = long_call(maker, run.folder_for(maker), seconds, lambda _: contextlib.nullcontext())
    readings = readings_of(maker.name, alone, "")
    folder = run.folder_for(maker)
    try:
        loaded, load = long_call(
            maker, folder, seconds, lambda device: _load(device, folder / "load")
        )
    except BenchError as error:
        return [*readings, Reading(maker.name, COUNTER + LOADED, None, "", str(error))]
    requests = told_of(load.requests, loaded.seconds)
    return readings + readings_of(maker.name, loaded, LOADED, requests)


def _load(device: Device, folder: Path) -> HttpLoad:
    if device.http is None:
        raise CannotDo("this device has no HTTP port")
    return HttpLoad(folder, device.http)


def readings_of(device: str, call: LongCall, where: str, requests: str = "") -> list[Reading]:
    """What stands in the table; `where` tells one call from the other.

    `requests` says what became of those that loaded the HTTP port, where it was.
    """
    note = (
        f"{call.seconds:g} s; the bench sent its latest packet {call.sent_late_s * 1e3:.1f} ms"
        f" late, and the machine stood still for {call.stood_still_s * 1e3:.0f} ms at most"
    )
    if requests:
        note += f"; {requests}"
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
