"""Who hears the microphone besides the calls: rings that other threads read."""

from __future__ import annotations

from typing import Final

from media.devices.ring import Ring
from media.engine.events import ListenerId
from media.frame import RATE_HZ, FloatArray

MAXIMUM_LISTENERS: Final = 32

CAPACITY_S: Final = 0.5
"""What a listener may be behind; who is later loses sound."""


def listening_ring() -> Ring:
    """One for a listener."""
    return Ring(round(CAPACITY_S * RATE_HZ))


class Listeners:
    """Those there are. With none a tick costs nothing."""

    def __init__(self) -> None:
        self._rings: dict[ListenerId, Ring] = {}
        self._failed: list[tuple[ListenerId, Exception]] = []

    def __len__(self) -> int:
        return len(self._rings)

    def add(self, listener: ListenerId, ring: Ring) -> bool:
        """Let one hear from now on; False: there are too many."""
        if len(self._rings) >= MAXIMUM_LISTENERS:
            return False
        self._rings[listener] = ring
        return True

    def remove(self, listener: ListenerId) -> None:
        """Let one hear no more."""
        self._rings.pop(listener, None)

    def hear(self, microphone: FloatArray) -> None:
        """Give 10 ms to each; one that fails hears no more."""
        for listener, ring in self._rings.items():
            try:
                ring.write(microphone)
            except Exception as fault:  # whatever it is, it is this one's
                self._failed.append((listener, fault))

    def take_failed(self) -> list[tuple[ListenerId, Exception]]:
        """Those that failed since the last call; they hear no more."""
        if not self._failed:
            return self._failed
        taken, self._failed = self._failed, []
        for listener, _ in taken:
            self.remove(listener)
        return taken
