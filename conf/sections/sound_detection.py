"""Whether it is loud near the speaker: the section `[sound_detection]`."""

from typing import Annotated, Final

from conf.sections.table import Table
from conf.values.constraints import Range

LOWEST_DBFS: Final = -90.0


class SoundDetectionSettings(Table):
    """Sound at the microphone as an alarm: the condition `audio.input_level`."""

    enabled: bool = False
    """Whether the microphone is watched. Nothing of what it hears is kept or sent."""
    alarm_level_dbfs: Annotated[float, Range(LOWEST_DBFS, 0)] = -45.0
    """From which level on, of any 10 ms, the condition is true; of full scale, after
    `audio.input_gain_db`. VAPIX has it in percent (`AlarmLevel`): 0 is -90, 100 is 0."""
    quiet_after_s: Annotated[float, Range(0.1, 600)] = 2.0
    """How long it must be quieter than that, by 3 dB, before the condition is false again."""
