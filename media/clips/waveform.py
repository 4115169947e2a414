"""The shape of a clip for the eye: its highest sample in each of many equal stretches of time."""

from __future__ import annotations

from typing import Final

import numpy as np

from media.frame import FRAME_SAMPLES, FloatArray

POINTS: Final = 500
"""What a page draws; a clip of fewer frames of 10 ms has one for each of them."""

_DIGITS: Final = 3


class WaveformMeter:
    """Looks at sound given piece by piece. Keeps one number for each 10 ms."""

    def __init__(self) -> None:
        self._peaks: list[FloatArray] = []
        self._rest = np.zeros(0, dtype=np.float32)

    def add(self, samples: FloatArray) -> None:
        """Go on with these."""
        sound = np.concatenate((self._rest, samples))
        whole = sound.size // FRAME_SAMPLES * FRAME_SAMPLES
        self._rest = sound[whole:]
        if whole:
            self._peaks.append(np.abs(sound[:whole]).reshape(-1, FRAME_SAMPLES).max(axis=1))

    def result(self, points: int = POINTS) -> tuple[float, ...]:
        """At most `points` numbers, 0 or more; full scale is 1."""
        last = [np.abs(self._rest).max(keepdims=True)] if self._rest.size else []
        peaks = np.concatenate([np.zeros(0, np.float32), *self._peaks, *last])
        if peaks.size > points:
            peaks = np.maximum.reduceat(peaks, np.arange(points) * peaks.size // points)
        return tuple(round(float(peak), _DIGITS) for peak in peaks)


def waveform_of(samples: FloatArray) -> tuple[float, ...]:
    """The shape of a whole clip."""
    meter = WaveformMeter()
    meter.add(samples)
    return meter.result()
