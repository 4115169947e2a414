"""Whether it is loud at the microphone: an alarm level with hysteresis."""

from __future__ import annotations

from typing import Final

from media.frame import FRAME_SAMPLES, TICK_S, FloatArray

HYSTERESIS_DB: Final = 3.0
"""Sound that stays near the level is one alarm and not many."""

DEAF_S: Final = 0.3
"""What the loudspeaker plays rings on in the room for so long."""

_OWN_SOUND_DBFS: Final = -60.0
"""Softer than this the loudspeaker sets off nobody's alarm."""


class SoundDetector:
    """Hears 10 ms at a time. Belongs to one thread.

    What the speaker plays itself begins no alarm: a rule that answers noise by a clip would never
    end. An alarm that has begun lasts over it.
    """

    def __init__(self, alarm_level_dbfs: float, *, quiet_after_s: float) -> None:
        """The level counts for the root mean square of 10 ms, without its direct current."""
        self.is_loud = False
        self._begins = _energy(alarm_level_dbfs)
        self._lasts = _energy(alarm_level_dbfs - HYSTERESIS_DB)
        self._own_sound = _energy(_OWN_SOUND_DBFS)
        self._quiet_ticks = max(1, round(quiet_after_s / TICK_S))
        self._quiet = 0
        self._deaf = 0

    def hear(
        self, microphone: FloatArray, gain: float, loudspeaker: FloatArray | None
    ) -> bool | None:
        """Whether it is loud from now on; None: nothing has changed.

        `gain` is what the microphone is to be multiplied by. `loudspeaker` is what it may hear of
        the speaker itself, None for nothing.
        """
        if loudspeaker is not None and float(loudspeaker.dot(loudspeaker)) > self._own_sound:
            self._deaf = round(DEAF_S / TICK_S)
        elif self._deaf:
            self._deaf -= 1
        mean = float(microphone.mean())
        energy = (float(microphone.dot(microphone)) - FRAME_SAMPLES * mean * mean) * gain * gain
        if not self.is_loud:
            begins = energy >= self._begins and not self._deaf  # no number is not loud either
            self.is_loud, self._quiet = begins, 0
            return True if begins else None
        self._quiet = 0 if energy >= self._lasts and not self._deaf else self._quiet + 1
        if self._quiet < self._quiet_ticks:
            return None
        self.is_loud = False
        return False


def _energy(level_dbfs: float) -> float:
    """Sum of the squares of 10 ms at a level."""
    return float(FRAME_SAMPLES * 10 ** (level_dbfs / 10))
