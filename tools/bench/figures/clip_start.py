"""From a key on the phone to the first sound of the clip that it starts."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from tools.bench.caller import Call
from tools.bench.device import Address, Setup, Sound
from tools.bench.figure import Figure
from tools.bench.keypad import Keypad
from tools.bench.reading import Reading, times
from tools.bench.sip_text import PCMU_AND_KEYS

if TYPE_CHECKING:
    from pathlib import Path

    from tools.bench.device import Device, Maker
    from tools.bench.figure import Run

PRESSES = 30
HEARD_WITHIN_S = 5.0
QUIET_S = 0.3
CHANCE_S = 0.1
QUANTITY = "key → sound"


def measure(maker: Maker, run: Run) -> list[Reading]:
    """Press the key in a call, watch what is played until it is loud; again and again."""
    with key_device(maker, run.folder_for(maker)) as device:
        return times(maker.name, QUANTITY, delays_of(device))


def key_device(maker: Maker, folder: Path) -> Device:
    """A device of which a key starts a clip, and whose loudspeaker is watched."""
    return maker.start(Setup(sound=Sound.WATCHED, key_plays=True), folder)


def delays_of(device: Device) -> list[float]:
    """Seconds from each of `PRESSES` keys of one call to the sound that it starts."""
    keypad = Keypad(device.sip.host)
    try:
        address = Address(device.sip.host, keypad.port)
        with Call(device.sip, device.uri(), address, PCMU_AND_KEYS) as call:
            sound = call.answered().sound
            delays = [_one_press(device, keypad, sound) for _ in range(PRESSES)]
            call.hang_up()
    finally:
        keypad.close()
    return delays


def _one_press(device: Device, keypad: Keypad, sound: Address) -> float:
    # A part of it by chance: silence is seen to end in step with the device's own clock.
    device.tap.wait_for_silence(QUIET_S + random.uniform(0, CHANCE_S))  # noqa: S311
    pressed = keypad.press(1, sound)
    return device.tap.wait_for_sound(HEARD_WITHIN_S) - pressed


CLIP_START = Figure(
    name="clip-start",
    title="Key → first sound of a clip",
    measure=measure,
    reach={f"{QUANTITY}, median": 30.0},
)
