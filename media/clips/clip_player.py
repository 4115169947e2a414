"""Cuts a clip into frames: repeated without a gap, held at a place, ended without a click."""

from __future__ import annotations

from typing import Final

import numpy as np

from media.frame import FRAME_SAMPLES, FloatArray, silence

CLOSING_SAMPLES: Final = 240
"""The last 5 ms fall to zero, because a file may end anywhere in a wave."""

_PLACES: Final = np.arange(FRAME_SAMPLES)


class ClipPlayer:
    """The place within one clip that is played `repeat` times more, or endlessly when -1."""

    def __init__(self, samples: FloatArray, repeat: int) -> None:
        if samples.ndim != 1 or samples.dtype != np.float32 or not samples.size:
            raise ValueError(
                f"samples: {samples.dtype} of shape {samples.shape}; "
                "a clip is one row of float32, at least one sample"
            )
        if repeat < -1:
            raise ValueError(f"repeat: {repeat} is below -1 (endlessly)")
        self._samples = samples
        self._total = samples.size * (repeat + 1) if repeat >= 0 else None
        self._position = 0
        self._held: int | None = None
        self._frame = silence()

    @property
    def is_over(self) -> bool:
        """Whether all of it was handed out."""
        return self._total is not None and self._position >= self._total

    def mark(self) -> None:
        """Remember this place, for `return_to_mark`; a mark that is there already stays."""
        if self._held is None:
            self._held = self._position

    def forget_mark(self) -> None:
        """Go on from here."""
        self._held = None

    def return_to_mark(self) -> None:
        """Go back to where the mark was set, so that nothing is missed that faded out after it."""
        if self._held is not None:
            self._position = self._held

    def next_frame(self) -> FloatArray:
        """The next 480 samples, zeros after the end; valid until the next call."""
        size = self._samples.size
        start = self._position % size
        if start + FRAME_SAMPLES <= size:
            np.copyto(self._frame, self._samples[start : start + FRAME_SAMPLES])
        else:
            self._samples.take(_PLACES + start, mode="wrap", out=self._frame)
        if self._total is None:
            self._position = start + FRAME_SAMPLES
            return self._frame
        left = self._total - self._position
        if left < FRAME_SAMPLES + CLOSING_SAMPLES:
            self._frame *= np.clip((left - _PLACES) / CLOSING_SAMPLES, 0.0, 1.0)
        self._position += FRAME_SAMPLES
        return self._frame
