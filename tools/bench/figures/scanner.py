"""How long a caller waits for the first word while a scanner sends 10,000 requests a second."""

from __future__ import annotations

import contextlib
import re
import sys
import time
from typing import TYPE_CHECKING

from tools.bench.caller import Call
from tools.bench.child import Child
from tools.bench.device import Address, Setup
from tools.bench.errors import BenchError, CallFailed
from tools.bench.figure import Figure
from tools.bench.reading import Reading, times

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tools.bench.device import Device, Maker
    from tools.bench.figure import Run

SCANNER = "127.0.0.66"
PER_SECOND = 10_000
SECONDS = 10.0
BETWEEN_CALLS_S = 0.05
WARM_UP_CALLS = 5
SOUND = Address("127.0.0.1", 9)
FLOODS = ("OPTIONS", "REGISTER", "INVITE")
"""What svmap sends, what svwar sends, and calls without end."""


def measure(maker: Maker, run: Run) -> list[Reading]:
    """Call in peace, then beside each kind of scan, which comes from an address of its own."""
    seconds = run.seconds or SECONDS
    with maker.start(Setup(calls=8), run.folder_for(maker)) as device:
        _warm_up(device)
        readings = times(maker.name, "INVITE → first word", _calls(device, seconds))
    for method in FLOODS:
        try:
            readings += _beside_scanner(maker, run, method, seconds)
        except BenchError as error:
            quantity = f"INVITE → first word, {method} flood, worst"
            readings.append(Reading(maker.name, quantity, None, "", str(error)))
    return readings


def _beside_scanner(maker: Maker, run: Run, method: str, seconds: float) -> list[Reading]:
    """A device of its own: calls that another scanner has left behind are not to matter."""
    folder = run.folder_for(maker)
    with maker.start(Setup(calls=8), folder) as device:
        _warm_up(device)
        with _scanning(device, method, folder) as scanner:
            found = _calls(device, seconds)
    quantity = f"INVITE → first word, {method} flood"
    return _with_note(times(maker.name, quantity, found), scanner)


def _warm_up(device: Device) -> None:
    for _ in range(WARM_UP_CALLS):
        _first_word(device)


def _calls(device: Device, seconds: float) -> list[float]:
    until = time.monotonic() + seconds
    found = []
    while time.monotonic() < until:
        found.append(_first_word(device))
        time.sleep(BETWEEN_CALLS_S)
    return found


def _first_word(device: Device) -> float:
    with Call(device.sip, device.uri(), SOUND) as call:
        after_s = call.first_word()
        with contextlib.suppress(CallFailed):  # the end of a call is lost as easily as its begin
            call.give_up()
    return after_s


@contextlib.contextmanager
def _scanning(device: Device, method: str, folder: Path) -> Iterator[Path]:
    """A scanner at work; yields its folder."""
    place = folder / "scanner"
    place.mkdir()
    scanner = Child(
        [
            *(sys.executable, "-m", "tools.bench.scanner"),
            *(device.sip.host, str(device.sip.port), SCANNER, method, str(PER_SECOND)),
        ],
        place,
    )
    try:
        scanner.wait_for_line(re.compile(r"^scanning", re.MULTILINE))
        yield place
    finally:
        scanner.end()


def _with_note(readings: list[Reading], scanner: Path) -> list[Reading]:
    """Say in the first remark what the scanner really managed to send."""
    sent = re.findall(
        r"^sent (\d+) in ([\d.]+) s", (scanner / "output.log").read_text(), re.MULTILINE
    )
    rate = float(sent[-1][0]) / float(sent[-1][1]) if sent else 0.0
    first, *others = readings
    note = f"{first.note}, {rate:.0f} requests per second"
    return [Reading(first.device, first.quantity, first.value, first.unit, note), *others]


SCANNER_DELAY = Figure(
    name="scanner",
    title="A scanner beside the callers",
    measure=measure,
    reach={f"INVITE → first word, {method} flood, worst": 50.0 for method in FLOODS},
)
