"""The settings of loudspeaker and microphone, as the sound engine takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from media.engine.commands import SetGains, ShapeMicrophone
from media.microphone.near_end import EchoCancellation
from media.microphone.noise_suppressor import NoiseSuppression
from speaker.change import NOTHING, Prepared

if TYPE_CHECKING:
    from conf.settings import AudioSettings
    from speaker.calls.call_media import Sound
    from speaker.change import Change
    from speaker.reports.call_reporter import CallReporter


class SoundControls:
    """Gains, mutes and what is done to the microphone: in calls that are up as well."""

    def __init__(self, sound: Sound, reporter: CallReporter) -> None:
        self._sound = sound
        self._reporter = reporter

    async def prepare(self, change: Change) -> Prepared:
        """See `Part.prepare`."""
        if not change.concerns(lambda settings: settings.audio):
            return NOTHING
        return Prepared(lambda _now: self._apply(change.new.audio))

    def _apply(self, audio: AudioSettings) -> None:
        self._sound.submit(
            SetGains(
                output_gain_db=audio.output_gain_db,
                output_muted=audio.output_muted,
                input_gain_db=audio.input_gain_db,
                input_muted=audio.input_muted,
                input_enabled=audio.input_enabled,
            )
        )
        self._sound.submit(
            ShapeMicrophone(
                echo_cancellation=EchoCancellation(audio.echo_cancellation),
                noise_suppression=NoiseSuppression(audio.noise_suppression),
                automatic_gain=audio.automatic_gain,
            )
        )
        self._reporter.equip(input_gain_db=audio.input_gain_db)
