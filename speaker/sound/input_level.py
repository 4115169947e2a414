"""Whether it is loud near the speaker, as the bus tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from media.engine.commands import DetectSound
from media.engine.events import SoundDetected
from speaker.change import NOTHING, Prepared

if TYPE_CHECKING:
    from conf.sections.sound_detection import SoundDetectionSettings
    from media.engine.events import EngineEvent
    from speaker.calls.call_media import Sound
    from speaker.change import Change
    from speaker.events import Bus

NAME: Final = "audio.input_level"


class InputLevel:
    """The condition `audio.input_level`: true from the alarm level on. There is none while off."""

    def __init__(self, sound: Sound, bus: Bus) -> None:
        self._sound = sound
        self._bus = bus
        self._is_on = False

    async def prepare(self, change: Change) -> Prepared:
        """See `Part.prepare`."""
        if not change.concerns(lambda settings: settings.sound_detection):
            return NOTHING
        return Prepared(lambda _now: self._apply(change.new.sound_detection))

    def _apply(self, settings: SoundDetectionSettings) -> None:
        was_on, self._is_on = self._is_on, settings.enabled
        if self._is_on:
            self._bus.set(NAME, False)
        elif was_on:
            self._bus.forget(NAME)
        else:
            return
        self._sound.submit(
            DetectSound(
                alarm_level_dbfs=settings.alarm_level_dbfs if self._is_on else None,
                quiet_after_s=settings.quiet_after_s,
            )
        )

    def on_sound_event(self, event: EngineEvent) -> None:
        """Note what the engine tells of the microphone; it may have crossed a change."""
        if isinstance(event, SoundDetected) and self._is_on:
            self._bus.set(NAME, event.is_loud)
