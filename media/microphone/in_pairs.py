"""Work on the microphone's frames, done for two of them at a time.

What works every 10 ms finds the processor's caches filled by others each time: there most of the
canceller's cost was the fetching of what it remembers, and of its own code. Done half as often, it
is fetched half as often. The price is one frame of delay.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from media.frame import FRAME_SAMPLES, PAIR_SAMPLES, FloatArray, silence

Work: TypeAlias = Callable[[FloatArray, FloatArray | None], FloatArray]
"""On two frames of the microphone, and what the loudspeaker played meanwhile (None: silence)."""


class InPairs:
    """Calls `work` for two frames in every second tick; each comes out 10 ms late."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._microphone, self._loudspeaker = silence(PAIR_SAMPLES), silence(PAIR_SAMPLES)
        self._has_played = False
        self._waits = False
        self._second = silence()

    def process(self, microphone: FloatArray, loudspeaker: FloatArray | None) -> FloatArray:
        """Take a frame, and give the one before it: valid until the next call."""
        self._waits = not self._waits
        frame = slice(FRAME_SAMPLES) if self._waits else slice(FRAME_SAMPLES, PAIR_SAMPLES)
        self._microphone[frame] = microphone
        self._loudspeaker[frame] = 0.0 if loudspeaker is None else loudspeaker
        has_played = loudspeaker is not None
        if self._waits:
            self._has_played = has_played
            return self._second
        any_played = has_played or self._has_played
        both = self._work(self._microphone, self._loudspeaker if any_played else None)
        self._second = both[FRAME_SAMPLES:]
        return both[:FRAME_SAMPLES]

    def reset(self) -> None:
        """Forget the frames on their way."""
        self._waits = False
        self._second = silence()
