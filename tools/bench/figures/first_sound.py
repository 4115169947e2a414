"""From the INVITE to the first sound in the room: announcement of the one, ring of the other."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from tools.bench.caller import Call
from tools.bench.device import Address, Setup, Sound
from tools.bench.figure import Figure
from tools.bench.reading import Reading, times

if TYPE_CHECKING:
    from tools.bench.device import Device, Maker
    from tools.bench.figure import Run

CALLS = 20
HEARD_WITHIN_S = 5.0
QUIET_S = 0.3
"""Silence that shows that the sound of the call before has ended."""
CHANCE_S = 0.1
SOUND = Address("127.0.0.1", 9)


def measure(maker: Maker, run: Run) -> list[Reading]:
    """Call, watch what is played until it is loud, give the call up; again and again."""
    setup = Setup(sound=Sound.WATCHED, announces=True)
    with maker.start(setup, run.folder_for(maker)) as device:
        return times(maker.name, "INVITE → sound", [_one_call(device) for _ in range(CALLS)])


def _one_call(device: Device) -> float:
    # A part of it by chance: silence is seen to end in step with the device's own clock.
    device.tap.wait_for_silence(QUIET_S + random.uniform(0, CHANCE_S))  # noqa: S311
    with Call(device.sip, device.uri(), SOUND) as call:
        sent = call.invite()
        heard = device.tap.wait_for_sound(HEARD_WITHIN_S)
        call.cancel()
    return heard - sent


FIRST_SOUND = Figure(name="first-sound", title="INVITE → first sound in the room", measure=measure)
