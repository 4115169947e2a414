"""When the samples of a growing file were played, though they are written several at a time."""

from __future__ import annotations

from collections import deque

REMEMBERED_S = 2.0
"""A hitch in the playing shifts all that follows; older sightings tell nothing about it."""


class PlayTime:
    """Reckons from when which length of the file was first seen.

    A device that writes every 50 ms shows a sample up to 50 ms after it was played. But it plays
    in real time, so that the quickest of the latest sightings tells where in time all samples are.
    """

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._sightings: deque[tuple[float, float]] = deque()
        """When something was seen, and what start of the file that speaks for; both in seconds."""

    def seen(self, now: float, length: int) -> None:
        """The file was first found to be `length` samples long at `now`."""
        self._sightings.append((now, now - length / self._rate_hz))
        while self._sightings[0][0] < now - REMEMBERED_S:
            self._sightings.popleft()

    def end_of(self, sample: int) -> float:
        """When the device had played (monotonic seconds) the file up to and with `sample`.

        Raises:
            ValueError: nothing has been seen yet.
        """
        if not self._sightings:
            raise ValueError("the file has not been seen to grow")
        start = min(start for _, start in self._sightings)
        return start + (sample + 1) / self._rate_hz
