"""Adds up what sounds, each source at its own gain; every change of a gain is a ramp."""

from __future__ import annotations

from typing import Final

import numpy as np

from media.frame import FRAME_SAMPLES, FloatArray, silence

RAMP_FRAMES: Final = 2
"""Every change of gain takes 20 ms: short for the ear, too slow to click."""

OPENING_SAMPLES: Final = 240
"""A call that is let in amid its sound is as loud as it shall be after 5 ms: the first word may be
under way."""

_RISE: Final[FloatArray] = np.linspace(1 / FRAME_SAMPLES, 1.0, FRAME_SAMPLES, dtype=np.float32)
_OPENING: Final[FloatArray] = np.minimum(
    np.arange(1, FRAME_SAMPLES + 1, dtype=np.float32) / OPENING_SAMPLES, np.float32(1.0)
)


class GainRamp:
    """A gain factor that reaches what it aims at in `RAMP_FRAMES` frames, in a straight line."""

    def __init__(self, gain: float = 0.0) -> None:
        self._gain = gain
        self._target = gain
        self._frames_left = 0
        self._opens = False
        self._curve = silence()

    @property
    def is_silent(self) -> bool:
        """Whether nothing passes, now and until another aim."""
        return self._target == 0.0 and self._frames_left == 0

    def aim(self, gain: float) -> None:
        """Head for `gain` (a factor, 0 or more) from wherever the ramp stands."""
        if gain != self._target:
            self._target = gain
            self._frames_left = RAMP_FRAMES

    def begin(self, gain: float) -> None:
        """Be at `gain` from the next frame on: for sound that itself begins at zero."""
        self._gain = self._target = gain
        self._frames_left = 0

    def open(self, gain: float) -> None:
        """Be at `gain` after an opening of 5 ms: for sound that was there, but never heard."""
        self.begin(gain)
        self._opens = True

    def step(self) -> FloatArray | float:
        """The gain of the next frame: one factor for all of it, or a curve of one per sample.

        The curve is valid until the next call.
        """
        if self._opens:
            self._opens = False
            if not self._frames_left:
                return np.multiply(_OPENING, np.float32(self._gain), out=self._curve)
            self._gain = 0.0  # sent elsewhere before any of it was heard
        if not self._frames_left:
            return self._gain
        step = (self._target - self._gain) / self._frames_left
        np.multiply(_RISE, np.float32(step), out=self._curve)
        self._curve += np.float32(self._gain)
        self._frames_left -= 1
        self._gain = self._gain + step if self._frames_left else self._target
        return self._curve


class Mixer:
    """Sums the frames of one tick. Owns its buffers: nothing is allocated while it runs."""

    def __init__(self) -> None:
        self._sum = silence()
        self._scaled = silence()
        self._has_sound = False
        self._output = GainRamp(1.0)

    def set_output_gain(self, gain: float) -> None:
        """Set the gain of the whole mix, a factor; 0 mutes."""
        self._output.aim(gain)

    @property
    def is_muted(self) -> bool:
        """Whether the gain of the mix lets nothing pass."""
        return self._output.is_silent

    def add(self, frame: FloatArray, ramp: GainRamp) -> FloatArray | None:
        """Add one source's frame at its gain; steps the ramp.

        What was added, valid until the next call; None for nothing.
        """
        gain = ramp.step()
        if isinstance(gain, float):
            if gain == 0.0:
                return None
            if gain != 1.0:
                frame = np.multiply(frame, np.float32(gain), out=self._scaled)
        else:
            frame = np.multiply(frame, gain, out=self._scaled)
        if self._has_sound:
            self._sum += frame
        else:
            self._sum[:] = frame
            self._has_sound = True
        return frame

    def take(self) -> FloatArray | None:
        """The mix since the last call, valid until the next `add`; None for silence."""
        gain = self._output.step()
        if not self._has_sound:
            return None
        self._has_sound = False
        if not isinstance(gain, float):
            self._sum *= gain
        elif gain == 0.0:
            return None
        elif gain != 1.0:
            self._sum *= np.float32(gain)
        return self._sum
