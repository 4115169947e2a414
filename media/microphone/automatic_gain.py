"""Brings voices near the microphone to one loudness.

WebRTC's own control was tried first: it begins each call at +15 dB, and so lifts the first seconds'
echo and noise, and asks a neural detector that cannot be told what is echo.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from media.frame import FRAME_SAMPLES, TICK_S, FloatArray, linear
from media.mixing.limiter import Limiter

SPEECH_DBFS: Final = -18.0
"""Level of the louder frames of speech to reach; their mean is 3 dB below."""
HIGHEST_GAIN_DB: Final = 24.0
"""What a voice some metres away needs; more would lift the room."""
LOWEST_GAIN_DB: Final = -12.0
LOUDEST_NOISE_DBFS: Final = -45.0
"""The gain stays so low that steady noise does not become louder than this."""
RISE_DB_PER_S: Final = 6.0
FALL_DB_PER_S: Final = 24.0

_QUIET: Final = 1e-10  # power of -100 dBFS
_LOUDER: Final = 1.0 - math.exp(-TICK_S / 0.1)
_QUIETER: Final = 1.0 - math.exp(-TICK_S / 1.0)
_NOISE_RISE: Final = 10.0 ** (3.0 * TICK_S / 10.0)
"""The noise is the quietest of late: its estimate rises by 3 dB a second until it is corrected."""
_ALONG: Final = np.linspace(1 / FRAME_SAMPLES, 1.0, FRAME_SAMPLES, dtype=np.float32)


class AutomaticGain:
    """Moves its gain while somebody speaks, and at no other time; peaks are limited (1 ms late)."""

    def __init__(self) -> None:
        self._limiter = Limiter()
        self.gain_db = 0.0
        """Gain now."""
        self._level: float | None = None  # of speech, as power
        self._noise = math.inf

    def adjust(self, microphone: FloatArray, *, is_speech: bool) -> FloatArray:
        """480 samples at the gain of the moment, valid until the next call."""
        power = float(np.dot(microphone, microphone)) / FRAME_SAMPLES + _QUIET
        self._noise = min(self._noise * _NOISE_RISE, power)
        before = linear(self.gain_db)
        if is_speech:
            self._note_speech(power)
        after = linear(self.gain_db)
        gain = np.float32(after) if after == before else before + (after - before) * _ALONG
        scaled = microphone * gain
        limited = self._limiter.limit(scaled)
        return scaled if limited is None else limited

    def reset(self) -> None:
        """Forget who spoke."""
        self._limiter = Limiter()
        self.gain_db, self._level, self._noise = 0.0, None, math.inf

    def _note_speech(self, power: float) -> None:
        if self._level is None:
            self._level = power
        self._level += (_LOUDER if power > self._level else _QUIETER) * (power - self._level)
        wanted_db = min(
            SPEECH_DBFS - _db(self._level),
            max(LOUDEST_NOISE_DBFS - _db(self._noise), 0.0),
            HIGHEST_GAIN_DB,
        )
        change_db = max(wanted_db, LOWEST_GAIN_DB) - self.gain_db
        self.gain_db += min(max(change_db, -FALL_DB_PER_S * TICK_S), RISE_DB_PER_S * TICK_S)


def _db(power: float) -> float:
    return 10.0 * math.log10(power)
