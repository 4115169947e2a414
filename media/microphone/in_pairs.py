"""Work on the microphone's frames, done for two of them at a time.

What works every 10 ms finds the processor's caches filled by others each time: there most of the
canceller's cost was the fetching of what it remembers. The second frame of a pair finds all that
in place. The price is one frame of delay.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from media.frame import FloatArray, silence

Work: TypeAlias = Callable[[FloatArray, FloatArray | None], FloatArray]
"""On a frame of the microphone, and what the loudspeaker played meanwhile (None: silence)."""


class InPairs:
    """Calls `work` for two frames in every second tick; each comes out 10 ms late."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._microphone, self._loudspeaker = silence(), silence()
        self._has_played = False
        self._waits = False
        self._first, self._second = silence(), silence()

    def process(self, microphone: FloatArray, loudspeaker: FloatArray | None) -> FloatArray:
        """Take a frame, and give the one before it: valid until the next call."""
        self._waits = not self._waits
        if self._waits:
            self._microphone[:] = microphone
            self._has_played = loudspeaker is not None
            if loudspeaker is not None:
                self._loudspeaker[:] = loudspeaker
            return self._second
        self._first[:] = self._work(
            self._microphone, self._loudspeaker if self._has_played else None
        )
        self._second[:] = self._work(microphone, loudspeaker)
        return self._first

    def reset(self) -> None:
        """Forget the frames on their way."""
        self._waits = False
        self._second.fill(0.0)
