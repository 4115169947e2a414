"""Many timers behind one: which of them falls due first."""

import heapq
from collections.abc import Hashable
from typing import Generic, TypeVar

KeyT = TypeVar("KeyT", bound=Hashable)


class Deadlines(Generic[KeyT]):
    """One deadline (monotonic seconds) for each key.

    Setting one costs O(log n). Superseded heap entries are left to surface by themselves, and
    swept when they outnumber the live ones, so memory stays proportional to the live deadlines.
    """

    def __init__(self) -> None:
        self._due: dict[KeyT, float] = {}
        self._heap: list[tuple[float, int, KeyT]] = []
        self._serial = 0  # breaks ties by age, so that keys need no order

    def __len__(self) -> int:
        """How many keys have a deadline."""
        return len(self._due)

    @property
    def next(self) -> float | None:
        """The earliest deadline, or None."""
        heap = self._heap
        while heap and self._due.get(heap[0][2]) != heap[0][0]:
            heapq.heappop(heap)
        return heap[0][0] if heap else None

    def set(self, key: KeyT, due: float | None) -> None:
        """Move the deadline of `key` to `due`; None takes it away."""
        if due is None:
            self._due.pop(key, None)
        elif self._due.get(key) != due:
            self._due[key] = due
            self._serial += 1
            heapq.heappush(self._heap, (due, self._serial, key))
        if len(self._heap) > 2 * len(self._due) + 16:
            self._sweep()

    def take_due(self, now: float) -> list[KeyT]:
        """Remove the keys whose deadline has passed; earliest first."""
        taken = []
        while (due := self.next) is not None and due <= now:
            key = heapq.heappop(self._heap)[2]
            del self._due[key]
            taken.append(key)
        return taken

    def _sweep(self) -> None:
        self._heap = [entry for entry in self._heap if self._due.get(entry[2]) == entry[0]]
        heapq.heapify(self._heap)
