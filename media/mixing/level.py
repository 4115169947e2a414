"""How loud sound is: root mean square and peak, in dB of full scale."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, NamedTuple

from media.frame import FRAME_SAMPLES, RATE_HZ, FloatArray

SILENCE_DBFS: Final = -100.0
"""What stands for no sound at all, and for everything below 16 bits."""

CLIPPED: Final = 0.999
"""A frame with a sample of this magnitude has come to the end of its scale: 16 bits end there."""


class FrameLevel(NamedTuple):
    """Of one frame."""

    energy: float
    """Sum of the squares of its samples."""
    peak: float
    """The largest magnitude, 1.0 at full scale."""


SILENT: Final = FrameLevel(0.0, 0.0)


def measured(frame: FloatArray | None) -> FrameLevel:
    """The level of 480 samples; None is silence."""
    if frame is None:
        return SILENT
    # `argmax` costs a third of `max`, which goes through a reduction.
    highest, lowest = frame.item(frame.argmax()), frame.item(frame.argmin())
    return FrameLevel(float(frame.dot(frame)), max(highest, -lowest))


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
    """Adds up frames. Costs one addition and two comparisons each."""

    __slots__ = ("_clipped", "_energy", "_frames", "_peak")

    def __init__(self) -> None:
        self._energy = 0.0
        self._peak = 0.0
        self._frames = 0
        self._clipped = 0

    def add(self, frame: FrameLevel) -> None:
        """Take the next 10 ms."""
        self._frames += 1
        self._energy += frame.energy
        if frame.peak > self._peak:
            self._peak = frame.peak
        if frame.peak >= CLIPPED:
            self._clipped += 1

    def add_all(self, other: LevelMeter) -> None:
        """Take all that another meter was given."""
        self._frames += other._frames
        self._energy += other._energy
        self._clipped += other._clipped
        self._peak = max(self._peak, other._peak)

    @property
    def level(self) -> Level:
        """What all frames came to."""
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
