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
        """Give 10 ms to each."""
        for ring in self._rings.values():
            ring.write(microphone)
