"""How many reports of a peer are looked at: a flood of them must not take the engine's time."""

from __future__ import annotations

from typing import Final

PER_S: Final = 20.0
"""A member sends one in 5 s; feedback (RFC 4585) is oftener, and a goodbye is beside them."""
AT_ONCE: Final = 8


class ControlRate:
    """Lets through `AT_ONCE` datagrams, and `PER_S` of them from then on."""

    def __init__(self) -> None:
        self.refused = 0
        self._room = float(AT_ONCE)
        self._at: float | None = None

    def admits(self, arrived: float) -> bool:
        """Whether one that came at monotonic second `arrived` is to be looked at."""
        if self._at is not None:
            passed_s = max(arrived - self._at, 0.0)
            self._room = min(self._room + passed_s * PER_S, float(AT_ONCE))
        self._at = arrived if self._at is None else max(arrived, self._at)
        if self._room < 1.0:
            self.refused += 1
            return False
        self._room -= 1.0
        return True
