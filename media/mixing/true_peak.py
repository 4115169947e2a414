"""Peaks of the wave between the samples (ITU-R BS.1770-5 annex 2): what a card makes of them.

The wave is looked at three times between each two samples, by a short polyphase filter. For sound
up to half the band that is exact to a tenth of a dB.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from media.frame import FloatArray

TAPS: Final = 12
BEFORE: Final = TAPS // 2 - 1
"""Samples before the left one of two that must be known, to know the wave between them."""
AFTER: Final = TAPS // 2
"""Samples after the left one that must be."""

_PARTS: Final = 4
_KAISER_BETA: Final = 4.0


def _phases() -> FloatArray:
    """A column for each place between two samples, gain 1 at DC."""
    places = np.arange(1, _PARTS) / _PARTS
    distance = (np.arange(TAPS) - BEFORE)[:, None] - places[None, :]
    window = np.i0(_KAISER_BETA * np.sqrt(1.0 - (distance / (TAPS / 2)) ** 2))
    taps = np.sinc(distance) * window
    return np.ascontiguousarray(taps / taps.sum(axis=0), dtype=np.float32)


_PHASES: Final = _phases()

HIGHEST_RISE: Final = float(np.abs(_PHASES).sum(axis=0).max())
"""By no larger factor can the wave pass the largest sample near it, as it is seen here."""


def windows(sound: FloatArray) -> FloatArray:
    """A view of `sound`, one row of `TAPS` samples for each place where they all are known."""
    return np.lib.stride_tricks.sliding_window_view(sound, TAPS)


def between(seen: FloatArray) -> FloatArray:
    """The wave at three places behind the sample `BEFORE` of each row of `windows`."""
    wave: FloatArray = np.matmul(seen, _PHASES)
    return wave


def highest_between(sound: FloatArray, above: float) -> float:
    """The largest magnitude of the wave beside samples whose own is larger than `above`; or 0.

    For long sound, of which only the crests are of interest. Beside the crests of a wave at a
    quarter of the rate, which are hidden best, samples reach 0.7 of it at least.
    """
    crests = np.flatnonzero(np.abs(sound) > above)
    rows = np.concatenate((crests - BEFORE - 1, crests - BEFORE))
    rows = rows[(rows >= 0) & (rows <= sound.size - TAPS)]
    return float(np.abs(between(windows(sound)[rows])).max(initial=0.0))
