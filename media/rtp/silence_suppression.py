"""What is sent in place of silence: now and then what the room sounds like (RFC 3389)."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from media.codecs.comfort_noise import ORDER, payload, reflection_coefficients
from media.frame import FloatArray
from media.microphone.voice_activity import VoiceActivity

REPEATED_EVERY_S: Final = 1.0
"""The noise is told of again, though it has not changed: a packet may have been lost."""
SOONEST_S: Final = 0.1
"""More often than that it is not told of, however it changes."""
QUIET_DB: Final = 40.0
"""Below overload (RMS); what is louder is sent whatever it is: music and tones are no speech."""
CHANGE_DB: Final = 3.0
"""A change of the level that is told of at once."""

_QUIET_POWER: Final = 10 ** (-QUIET_DB / 10)
_WEIGHT: Final = 0.3  # of a new packet in what the room sounds like
_LOWEST_POWER: Final = 1e-12
_WHITE: Final = 1e-4  # of the power, as white noise: keeps the coefficients of pure tones in range
_NOTHING: Final[npt.NDArray[np.float64]] = np.zeros(0)


class SilenceSuppression:
    """Decides packet by packet, for sound of `rate_hz`, whose noise has a clock of `clock_rate_hz`.

    Where the two differ (G.722) only the level is told: coefficients would mean another band.
    """

    def __init__(self, rate_hz: int, clock_rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._order = ORDER if rate_hz == clock_rate_hz else 0
        self._activity = VoiceActivity()
        self._is_speech = False  # somewhere in the unfinished packet
        self._lags = _NOTHING  # autocorrelation of the silence so far; none: there was none
        self._told_db: float | None = None  # None: speech was sent last
        self._since_told_s = 0.0

    def hear(self, frame: FloatArray) -> None:
        """Take 10 ms of what is to be sent, at 48 kHz."""
        self._is_speech |= self._activity.hears(frame)

    def replacement(self, sound: FloatArray) -> bytes | None:
        """What to send for the packet of the frames since the last call, `sound` at `rate_hz`.

        None: the sound itself. Else a payload of comfort noise; an empty one: nothing.
        """
        is_speech, self._is_speech = self._is_speech, False
        if is_speech or np.dot(sound, sound) >= _QUIET_POWER * sound.size:
            self._told_db, self._lags = None, _NOTHING
            return None
        self._learn(sound)
        self._since_told_s += sound.size / self._rate_hz
        level_db = float(-10 * np.log10(self._lags[0]))
        if not self._is_due(level_db):
            return b""
        self._told_db, self._since_told_s = level_db, 0.0
        return payload(level_db, reflection_coefficients(self._lags))

    def _learn(self, sound: FloatArray) -> None:
        samples = sound.astype(np.float64)
        lags = np.array(
            [np.dot(samples[: samples.size - lag], samples[lag:]) for lag in range(self._order + 1)]
        )
        lags /= samples.size
        lags[0] = lags[0] * (1 + _WHITE) + _LOWEST_POWER
        before = self._lags
        self._lags = before + _WEIGHT * (lags - before) if before.size else lags

    def _is_due(self, level_db: float) -> bool:
        if self._told_db is None or self._since_told_s >= REPEATED_EVERY_S:
            return True
        has_changed = abs(level_db - self._told_db) >= CHANGE_DB
        return has_changed and self._since_told_s >= SOONEST_S
