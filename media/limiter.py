"""Keeps a mix below full scale without clipping it.

A frame is cut into blocks of 1 ms. The gain is a line from one block's edge to the next, and at
each edge it is low enough for the blocks on both sides of it; so no sample can pass the ceiling,
and the gain falls during the millisecond before a peak, which is all the delay there is.
"""

from __future__ import annotations

import itertools
from typing import Final

import numpy as np

from media.frame import FRAME_SAMPLES, FloatArray, linear, silence

CEILING_DB: Final = -0.5
"""Room for the peaks between samples that a card's filter makes."""

DELAY_SAMPLES: Final = 48

_BLOCKS: Final = FRAME_SAMPLES // DELAY_SAMPLES
_CEILING: Final = linear(CEILING_DB)
_RELEASE: Final = linear(0.1)
"""Rise per millisecond: 6 dB in 60 ms."""
_SILENCE: Final = silence()
_ALONG: Final[FloatArray] = np.linspace(1 / DELAY_SAMPLES, 1.0, DELAY_SAMPLES, dtype=np.float32)


class Limiter:
    """Limits a sequence of frames; the output is `DELAY_SAMPLES` behind the input."""

    def __init__(self) -> None:
        self._line = silence(FRAME_SAMPLES + DELAY_SAMPLES)  # the frame out, and what waits
        self._out, self._tail = self._line[:FRAME_SAMPLES], self._line[FRAME_SAMPLES:]
        self._waited, self._latest = self._line[:DELAY_SAMPLES], self._line[DELAY_SAMPLES:]
        self._tail_is_silent = True
        self._gain = 1.0
        self._magnitudes = silence(DELAY_SAMPLES + FRAME_SAMPLES)

    def limit(self, frame: FloatArray | None) -> FloatArray | None:
        """The next frame out, valid until the next call; None stands for silence both ways."""
        if frame is None and self._tail_is_silent:
            self._gain = 1.0
            return None
        sound = _SILENCE if frame is None else frame
        gains = None
        # A gain of 1 after the last frame means that nothing in the tail asks for less.
        if self._gain < 1.0 or _peak(sound) > _CEILING:
            gains = self._gains(sound)
        self._waited[:] = self._tail
        self._latest[:] = sound
        self._tail_is_silent = frame is None
        if gains is not None:
            self._out *= gains
        return self._out

    def _gains(self, sound: FloatArray) -> FloatArray:
        """The gain of each sample of the next frame out, a row of blocks laid end to end."""
        np.abs(self._tail, out=self._magnitudes[:DELAY_SAMPLES])
        np.abs(sound, out=self._magnitudes[DELAY_SAMPLES:])
        peaks = self._magnitudes.reshape(_BLOCKS + 1, DELAY_SAMPLES).max(axis=1).tolist()
        allowed = [min(1.0, _CEILING / peak) if peak else 1.0 for peak in peaks]
        edges = [self._gain]
        for here, following in itertools.pairwise(allowed):
            edges.append(min(here, following, edges[-1] * _RELEASE))
        self._gain = edges[-1]
        starts = np.array(edges[:-1], dtype=np.float32)[:, None]
        ends = np.array(edges[1:], dtype=np.float32)[:, None]
        return (starts + (ends - starts) * _ALONG).reshape(FRAME_SAMPLES)


def _peak(sound: FloatArray) -> float:
    """The largest magnitude. `argmax` costs a third of `max`, which goes through a reduction."""
    highest: float = sound.item(sound.argmax())
    lowest: float = sound.item(sound.argmin())
    return max(highest, -lowest)
