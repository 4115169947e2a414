"""Whether loudspeaker and microphone work, as the bus tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from media.engine.events import DeviceBack, DeviceLost

if TYPE_CHECKING:
    from media.engine.events import EngineEvent
    from speaker.events import Bus

NAME: Final = "audio.device"


class SoundCondition:
    """The condition `audio.device` of `output` and of `input`: true while sound moves there."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        for role in ("output", "input"):
            bus.set(NAME, True, of=role, reason="")

    def on_sound_event(self, event: EngineEvent) -> None:
        """Note what the engine tells of its devices."""
        match event:
            case DeviceLost(role, reason):
                self._bus.set(NAME, False, of=role, reason=reason)
            case DeviceBack(role):
                self._bus.set(NAME, True, of=role, reason="")
            case _:
                pass
