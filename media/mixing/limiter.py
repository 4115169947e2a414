"""Keeps a mix below full scale without clipping it.

A frame is cut into blocks of 1 ms. The gain is a line from one block's edge to the next, and at
each edge it is low enough for the blocks on both sides of it; so nothing can pass the ceiling,
neither a sample nor the wave between two, and the gain falls during the millisecond before a peak.
It rises again when there was no peak for `HOLD_MS`: were it to rise between the crests of a deep
tone, that would be heard as distortion.
"""

from __future__ import annotations

import itertools
from collections import deque
from typing import Final

import numpy as np

from media.frame import FRAME_SAMPLES, FloatArray, linear, silence
from media.mixing.true_peak import AFTER, BEFORE, HIGHEST_RISE, between, windows

CEILING_DB: Final = -0.5
"""Room for what a card's filter adds to the wave as it is reckoned here."""

_BLOCK: Final = 48
DELAY_SAMPLES: Final = _BLOCK + AFTER

HOLD_MS: Final = 12
"""More than half a wave of 45 Hz; few loudspeakers of this kind give what is deeper."""

_BLOCKS: Final = FRAME_SAMPLES // _BLOCK
_CEILING: Final = linear(CEILING_DB)
_HARMLESS: Final = _CEILING / HIGHEST_RISE
"""Where no sample passes this, the wave does not pass the ceiling."""
_ABSURD: Final = linear(48.0)
"""No mix of sound is so loud; what is not sound shall not silence what comes after it."""
_RELEASE: Final = linear(0.1)
"""Rise per millisecond: 6 dB in 60 ms."""
_SILENCE: Final = silence()
_ALONG: Final[FloatArray] = np.linspace(1 / _BLOCK, 1.0, _BLOCK, dtype=np.float32)


class Limiter:
    """Limits a sequence of frames; the output is `DELAY_SAMPLES` behind the input."""

    def __init__(self) -> None:
        # What went out and is still needed, the frame that goes out, and what waits.
        self._line = silence(BEFORE + FRAME_SAMPLES + DELAY_SAMPLES)
        self._kept, self._tail = self._line[: BEFORE + DELAY_SAMPLES], self._line[FRAME_SAMPLES:]
        self._latest = self._line[BEFORE + DELAY_SAMPLES :]
        self._out = silence()
        self._waiting = self._line[BEFORE : BEFORE + FRAME_SAMPLES]
        # The samples whose wave is known with the latest frame, and was not before.
        self._known = self._line[BEFORE + _BLOCK : BEFORE + _BLOCK + FRAME_SAMPLES]
        self._seen = windows(self._line[_BLOCK:])
        self._around = self._line[_BLOCK:]
        self._tail_is_silent = True
        self._gain = 1.0
        self._allowed = 1.0  # of the block that goes out next
        self._held: deque[float] = deque(maxlen=HOLD_MS)

    def limit(self, frame: FloatArray | None) -> FloatArray | None:
        """The next frame out, valid until the next call; None stands for silence both ways.

        What is not a number is silence, and nothing is louder than 48 dB above full scale.
        """
        if frame is None and self._tail_is_silent:
            self._gain = self._allowed = 1.0
            self._held.clear()
            return None
        self._kept[:] = self._tail
        self._latest[:] = _SILENCE if frame is None else frame
        self._tail_is_silent = frame is None
        peak = _peak(self._around)
        # A gain of 1 after the last frame means that nothing in the tail asks for less.
        if self._gain >= 1.0 and peak <= _HARMLESS:
            self._allowed = 1.0
            return self._copied()
        if not peak <= _ABSURD:
            self._make_sane()
        gains = self._gains()
        return self._copied() if gains is None else np.multiply(self._waiting, gains, out=self._out)

    def _copied(self) -> FloatArray:
        self._out[:] = self._waiting
        return self._out

    def _make_sane(self) -> None:
        np.nan_to_num(self._latest, copy=False, nan=0.0, posinf=0.0, neginf=0.0)
        np.clip(self._latest, -_ABSURD, _ABSURD, out=self._latest)

    def _gains(self) -> FloatArray | None:
        """The gain of each sample of the next frame out, a row of blocks laid end to end."""
        samples = np.abs(self._known).reshape(_BLOCKS, -1).max(axis=1)
        wave = np.abs(between(self._seen)).reshape(_BLOCKS, -1).max(axis=1)
        peaks = np.maximum(samples, wave).tolist()
        allowed = [self._allowed, *(min(1.0, _CEILING / peak) if peak else 1.0 for peak in peaks)]
        self._allowed = allowed[-1]
        if self._gain >= 1.0 and min(allowed) >= 1.0:
            return None
        edges = [self._gain]
        for here, following in itertools.pairwise(allowed):
            self._held.append(here)
            edges.append(min(following, edges[-1] * _RELEASE, *self._held))
        self._gain = edges[-1]
        if self._gain >= 1.0:
            self._held.clear()
        starts = np.array(edges[:-1], dtype=np.float32)[:, None]
        ends = np.array(edges[1:], dtype=np.float32)[:, None]
        return (starts + (ends - starts) * _ALONG).reshape(FRAME_SAMPLES)


def _peak(sound: FloatArray) -> float:
    """The largest magnitude. `argmax` costs a third of `max`, which goes through a reduction."""
    highest: float = sound.item(sound.argmax())
    lowest: float = sound.item(sound.argmin())
    return max(highest, -lowest)
