"""Speech a little longer or shorter: what the jitter buffer's slack asks for, where it can be done.

Quiet sound is cut or stretched by 10 ms at once. Speech loses or gets a pitch period of its own (as
WSOLA does), and only where it looks like what follows it: the less, the more it matters.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from media.frame import FloatArray
from media.playout.slack import AIM_S
from media.playout.splice import best_match, lengthened, shortened

_QUIET_MEAN_SQUARE: Final = 10 ** (-50 / 10)
_QUIET_BELOW_SPEECH: Final = 10 ** (-25 / 10)
_LOUDNESS_KEPT: Final = 0.995  # per packet: a talker's level is remembered for seconds
_ADJUSTMENT_S: Final = 0.010
_SHORTEST_PERIOD_S: Final = 0.004
_NEVER: Final = 2.0
_LIKENESS: Final = (
    (-0.100, -1.0),
    (-AIM_S, 0.5),  # packets come too late now
    (0.0, 0.9),
    (0.040, _NEVER),  # a delay that can be borne until the talker takes breath
    (0.100, 0.5),
    (float("inf"), -1.0),
)
"""Up to which surplus in seconds, how much a pitch period of speech must look like the next."""

LOOKED_AT_S: Final = 2 * _ADJUSTMENT_S
"""Sound that is needed to shorten some of it."""

_NOTHING: Final = np.zeros(0, dtype=np.float32)


class TimeScaling:
    """Of one voice, packet by packet."""

    def __init__(self, rate_hz: int) -> None:
        self._longest = round(_ADJUSTMENT_S * rate_hz)
        self._shortest = round(_SHORTEST_PERIOD_S * rate_hz)
        self._loudness = 0.0
        self._before = _NOTHING  # the end of the last packet

    def scaled(self, sound: FloatArray, surplus_s: float) -> FloatArray:
        """One packet's `sound`, shorter for a surplus above 0, longer below 0, or as it is."""
        power = float(np.dot(sound, sound)) / sound.size
        kept = self._loudness * _LOUDNESS_KEPT
        self._loudness = max(kept, power)
        before, self._before = self._before, sound
        if not surplus_s:
            return sound
        if sound.size >= 2 * self._longest:
            lag = self._lag(sound, power, surplus_s)
            if not lag:
                return sound
            return shortened(sound, lag) if surplus_s > 0 else lengthened(sound, lag)
        if surplus_s > 0 or min(before.size, sound.size) < self._longest:
            return sound
        before = before[-self._longest :]
        lag = self._lag(np.concatenate((before, sound)), power, surplus_s)
        if not lag:
            return sound
        return lengthened(np.concatenate((before[-lag:], sound)), lag)[lag:]

    def interrupted(self) -> None:
        """Tell that something else is heard between the last packet and the next."""
        self._before = _NOTHING

    def _lag(self, sound: FloatArray, power: float, surplus_s: float) -> int:
        """Samples to leave out or to put in at the start of `sound`; may be 0."""
        if power < max(_QUIET_MEAN_SQUARE, self._loudness * _QUIET_BELOW_SPEECH):
            return self._longest
        needed = next(needed for up_to_s, needed in _LIKENESS if surplus_s < up_to_s)
        if needed == _NEVER:
            return 0
        lag, likeness = best_match(sound, self._shortest, self._longest)
        return lag if likeness >= needed else 0
