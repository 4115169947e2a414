"""Sound between two threads, one that writes and one that reads, without a lock."""

from __future__ import annotations

import numpy as np

from media.frame import FloatArray


class Ring:
    """Holds up to `capacity` samples. One thread writes, one other reads.

    Each side moves only its own counter, after the samples are in place; a counter is one
    reference, which the interpreter swaps in one step. Nobody ever waits.
    """

    def __init__(self, capacity: int) -> None:
        self._samples = np.zeros(capacity, dtype=np.float32)
        self._written = 0
        self._read = 0

    @property
    def level(self) -> int:
        """Samples that wait. The writer sees it too high at worst, the reader too low."""
        return self._written - self._read

    def write(self, samples: FloatArray) -> int:
        """Append what there is room for; how many samples that was."""
        count = min(samples.size, self._samples.size - self.level)
        start = self._written % self._samples.size
        first = min(count, self._samples.size - start)
        self._samples[start : start + first] = samples[:first]
        self._samples[: count - first] = samples[first:count]
        self._written += count
        return count

    def read(self, into: FloatArray) -> int:
        """Fill `into` from its start with the oldest samples; how many there were."""
        count = min(into.size, self.level)
        start = self._read % self._samples.size
        first = min(count, self._samples.size - start)
        into[:first] = self._samples[start : start + first]
        into[first:count] = self._samples[: count - first]
        self._read += count
        return count

    def drop(self, count: int) -> None:
        """Forget the oldest `count` samples, or all there are. For the reader."""
        self._read += min(count, self.level)
