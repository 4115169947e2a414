"""Which driver opens which sound URI. A new device is one file and one line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from media.devices.device import InputDevice, OutputDevice
from media.devices.loop import LoopInput
from media.devices.null import NullInput, NullOutput
from media.devices.room import RoomInput
from media.devices.sound_uri import LOOP, NULL, ROOM, SYSTEM, WAV, SoundUri
from media.devices.system import SystemInput, SystemOutput
from media.devices.wav import WavInput, WavOutput

OUTPUTS: Final[Mapping[str, Callable[[str], OutputDevice]]] = {
    SYSTEM: SystemOutput,
    NULL: lambda _: NullOutput(),
    WAV: WavOutput,
    LOOP: lambda _: NullOutput(),  # the microphone's driver does the looping
}

INPUTS: Final[Mapping[str, Callable[[str], InputDevice]]] = {
    SYSTEM: SystemInput,
    NULL: lambda _: NullInput(),
    WAV: WavInput,
    LOOP: lambda _: LoopInput(),
    ROOM: RoomInput,
}


def output_device(uri: SoundUri) -> OutputDevice:
    """The driver for a loudspeaker, not yet open."""
    return OUTPUTS[uri.scheme](uri.name)


def input_device(uri: SoundUri) -> InputDevice:
    """The driver for a microphone, not yet open."""
    return INPUTS[uri.scheme](uri.name)
