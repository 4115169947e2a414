"""How loud sound is: root mean square and peak, in dB of full scale."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from media.frame import FRAME_SAMPLES, RATE_HZ, FloatArray

SILENCE_DBFS: Final = -100.0
"""What stands for no sound at all, and for everything below 16 bits."""

CLIPPED: Final = 0.999
"""A frame with a sample of this magnitude has come to the end of its scale: 16 bits end there."""


_HELD: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """Of all the sound that passed one place."""

    rms_dbfs: float = SILENCE_DBFS
    """Over the whole time, pauses included; a sine at full scale has -3."""
    peak_dbfs: float = SILENCE_DBFS
    clipped_fraction: float = 0.0
    """Share of the frames (10 ms) that came to the end of the scale, 0 to 1."""
    seconds: float = 0.0
    """How much sound was looked at; 0: none, and the other figures mean nothing."""


class LevelMeter:
    """Adds up frames. They are reckoned ten at a time: one of them costs no more than a copy."""

    __slots__ = ("_clipped", "_energy", "_frames", "_held", "_peak", "_waiting")

    def __init__(self) -> None:
        self._energy = 0.0
        self._peak = 0.0
        self._frames = 0
        self._clipped = 0
        self._held: FloatArray | None = None
        self._waiting = 0

    def add(self, frame: FloatArray | None) -> None:
        """Take the next 480 samples; None is silence."""
        self._frames += 1
        if frame is None:
            return
        if self._held is None:
            self._held = np.empty((_HELD, FRAME_SAMPLES), dtype=np.float32)
        self._held[self._waiting] = frame
        self._waiting += 1
        if self._waiting == _HELD:
            self.settle()

    def add_all(self, other: LevelMeter) -> None:
        """Take all that another meter was given."""
        other.settle()
        self._frames += other._frames
        self._energy += other._energy
        self._clipped += other._clipped
        self._peak = max(self._peak, other._peak)

    def settle(self) -> None:
        """Reckon what waits. After that and until more is added, any thread may ask for `level`."""
        if self._held is None or not self._waiting:
            return
        held = self._held[: self._waiting]
        self._waiting = 0
        sound = held.reshape(-1)
        self._energy += float(sound.dot(sound))
        peaks = np.maximum(held.max(axis=1), -held.min(axis=1))
        self._peak = max(self._peak, float(peaks.max()))
        self._clipped += int(np.count_nonzero(peaks >= CLIPPED))

    @property
    def level(self) -> Level:
        """What all frames came to."""
        self.settle()
        if not self._frames:
            return Level()
        samples = self._frames * FRAME_SAMPLES
        return Level(
            rms_dbfs=_dbfs(math.sqrt(self._energy / samples)),
            peak_dbfs=_dbfs(self._peak),
            clipped_fraction=self._clipped / self._frames,
            seconds=samples / RATE_HZ,
        )


def _dbfs(magnitude: float) -> float:
    return max(20 * math.log10(magnitude), SILENCE_DBFS) if magnitude > 0 else SILENCE_DBFS
