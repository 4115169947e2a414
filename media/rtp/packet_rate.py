"""How many packets of a kind are looked at: a flood of them must not take everybody's time."""

from __future__ import annotations


class PacketRate:
    """Lets through `at_once` packets, and `per_s` of them from then on."""

    def __init__(self, *, at_once: int, per_s: float) -> None:
        self.refused = 0
        self._at_once = float(at_once)
        self._per_s = per_s
        self._room = self._at_once
        self._at: float | None = None

    def admits(self, arrived: float) -> bool:
        """Whether one that came at monotonic second `arrived` is to be looked at."""
        if self._at is not None:
            passed_s = max(arrived - self._at, 0.0)
            self._room = min(self._room + passed_s * self._per_s, self._at_once)
        self._at = arrived if self._at is None else max(arrived, self._at)
        if self._room < 1.0:
            self.refused += 1
            return False
        self._room -= 1.0
        return True
