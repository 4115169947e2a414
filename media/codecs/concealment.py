"""Sound in place of lost packets for codecs that cannot make it up themselves.

Speech goes on for a while as it was (`media.codecs.extrapolation`) and is faded out. Nothing is
delayed for it. Where the sound after the gap is here already, it is led over to that, gone back
from.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from media.codecs.extrapolation import NEEDED_S, USEFUL_S, extrapolated
from media.frame import FloatArray

_FULL_S: Final = 0.005  # nothing is faded before this
_SILENT_AFTER_S: Final = 0.080
_RECOVERY_S: Final = 0.003
_RECOVERY_PER_GAP: Final = 0.1  # a longer gap drifts further from the true pitch: join it slower
_LONGEST_RECOVERY_S: Final = 0.010
_LONGEST_BRIDGE_S: Final = 0.060
_START_S: Final = 0.0025
"""Where nothing was heard before: so long the first sample's own height is worked off."""


class Concealment:
    """One decoder's memory of what was heard, and what to play when nothing is."""

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._history = np.zeros(round(USEFUL_S * rate_hz), dtype=np.float32)
        self._going_on = self._history[:0]  # what is made up for the whole gap
        self._made_up = 0
        self._ever_heard = False

    @property
    def silent(self) -> bool:
        """Whether what `made_up` gives next is nothing but zeros."""
        return not self._ever_heard or self._made_up >= round(_SILENT_AFTER_S * self._rate_hz)

    @property
    def in_gap(self) -> bool:
        """Whether sound has been made up since the last that was heard."""
        return self._made_up > 0

    def lately(self) -> FloatArray:
        """What was heard last and was made up since: of a long gap its start, while it sounds."""
        return np.concatenate((self._history, self._going_on[: self._made_up]))

    def heard(self, samples: FloatArray) -> FloatArray:
        """Take decoded samples; the same again, cross-faded with the made up ones after a gap."""
        joined = samples
        if self._made_up or not self._ever_heard:
            joined = self._joined(samples)
            self._made_up = 0
            self._ever_heard = True
        self._remember(joined)
        return joined

    def made_up(self, count: int) -> FloatArray:
        """`count` samples that go on from what was played last."""
        if self.silent:
            self._made_up += count
            return np.zeros(count, dtype=np.float32)
        if not self._made_up:
            self._begin()
        made_up = self._going_on[self._made_up : self._made_up + count]
        self._made_up += count
        if made_up.size == count:
            return made_up.copy()
        return np.concatenate((made_up, np.zeros(count - made_up.size, dtype=np.float32)))

    def bridged(self, count: int, following: FloatArray) -> FloatArray | None:
        """`count` samples that lead over to `following`, which must be heard next.

        None where it is too short to tell anything, or the gap too long.
        """
        rate_hz = self._rate_hz
        gap = self._made_up + count
        if self.silent or following.size <= NEEDED_S * rate_hz or gap > _LONGEST_BRIDGE_S * rate_hz:
            return None
        coming = extrapolated(following[::-1], count, rate_hz)[::-1]
        going = self.made_up(count)
        weight = np.linspace(0.0, 1.0, count, dtype=np.float32)
        return going + weight * (coming - going)

    def _remember(self, samples: FloatArray) -> None:
        kept = self._history.size - samples.size
        if kept <= 0:
            self._history[:] = samples[-self._history.size :]
            return
        self._history[:kept] = self._history[samples.size :]
        self._history[kept:] = samples

    def _begin(self) -> None:
        count = round((_SILENT_AFTER_S) * self._rate_hz)
        gap_s = np.arange(count, dtype=np.float32) / np.float32(self._rate_hz)
        fade = (np.float32(_SILENT_AFTER_S) - gap_s) / np.float32(_SILENT_AFTER_S - _FULL_S)
        self._going_on = extrapolated(self._history, count, self._rate_hz)
        self._going_on *= np.minimum(fade, np.float32(1.0))

    def _joined(self, samples: FloatArray) -> FloatArray:
        """The start of `samples` cross-faded with the end of what is made up, or with silence."""
        if not self._ever_heard:
            return self._started(samples)
        gap_s = self._made_up / self._rate_hz
        fade_s = min(max(_RECOVERY_S, gap_s * _RECOVERY_PER_GAP), _LONGEST_RECOVERY_S)
        length = min(round(fade_s * self._rate_hz), samples.size)
        made_up = self.made_up(length)
        weight = np.linspace(0.0, 1.0, length, endpoint=False, dtype=np.float32)
        joined = samples.copy()
        joined[:length] = made_up + weight * (samples[:length] - made_up)
        return joined

    def _started(self, samples: FloatArray) -> FloatArray:
        """The first sound of all rises from zero, and no fade takes from its first consonant."""
        length = min(round(_START_S * self._rate_hz), samples.size)
        started = samples.copy()
        started[:length] -= samples[0] * np.linspace(1.0, 0.0, length, endpoint=False)
        return started
