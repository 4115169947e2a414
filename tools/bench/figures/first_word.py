"""How much is lost of a word that begins with the 200 OK."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tools.bench import g711
from tools.bench.caller import Call
from tools.bench.device import Address, Setup, Sound
from tools.bench.errors import CallFailed, NoSoundHeard
from tools.bench.figure import Figure
from tools.bench.leg import Leg
from tools.bench.reading import Reading
from tools.bench.rtp_packet import PACKET_S
from tools.bench.shift import noise
from tools.bench.start_loss import start_loss_s
from tools.bench.traffic import Traffic

if TYPE_CHECKING:
    from tools.bench.device import Device, Maker
    from tools.bench.figure import Run

CALLS = 20
CALLS_ANNOUNCED = 5
SECONDS = 1.5
SPARE_PACKETS = 25
BETWEEN_CALLS_S = 0.5
"""The last word of a call that was hung up is heard to its end, under the next one's first."""
AT_ONCE, ANNOUNCED = "lost of the first word", "lost behind an announcement"


def measure(maker: Maker, run: Run) -> list[Reading]:
    """Calls that are answered at once, and calls that are announced in the room before."""
    readings = _of_calls(maker, run, AT_ONCE, CALLS, announces=False)
    try:
        readings += _of_calls(maker, run, ANNOUNCED, CALLS_ANNOUNCED, announces=True)
    except CallFailed as error:
        readings.append(Reading(maker.name, f"{ANNOUNCED}, worst", None, "ms", str(error)))
    return readings


def _of_calls(
    maker: Maker, run: Run, quantity: str, calls: int, *, announces: bool
) -> list[Reading]:
    setup = Setup(sound=Sound.LOOP, announces=announces)
    with maker.start(setup, run.folder_for(maker)) as device:
        losses = [1e3 * _one_call(device, number) for number in range(calls)]
    mean = sum(losses) / len(losses)
    return [
        Reading(maker.name, f"{quantity}, mean", mean, "ms", f"of {calls}"),
        Reading(maker.name, f"{quantity}, worst", max(losses), "ms"),
    ]


def _one_call(device: Device, number: int) -> float:
    """Noise from the moment of the 200 on, through the loudspeaker into the microphone and back."""
    sent = noise(round(SECONDS / PACKET_S) + SPARE_PACKETS, seed=number)
    leg = Leg(g711.payloads(sent), keep=True)
    try:
        with Call(device.sip, device.uri(), Address(device.sip.host, leg.port)) as call:
            leg.aim(call.answered().sound)
            with Traffic([leg]):
                time.sleep(SECONDS)
            call.hang_up()
        time.sleep(BETWEEN_CALLS_S)
        lost = start_loss_s(sent, leg.arrivals)
    finally:
        leg.close()
    if lost is None:
        raise NoSoundHeard(f"none of {leg.received} packets carried what was sent")
    return lost


FIRST_WORD = Figure(
    name="first-word",
    title="The first word",
    measure=measure,
    reach={f"{AT_ONCE}, worst": 0.0, f"{ANNOUNCED}, worst": 0.0},
)
