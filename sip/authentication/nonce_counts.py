"""Which nonces have been used, and how often: against replays (RFC 7616 §5.4, §5.12)."""

from __future__ import annotations

from typing import Final

MAXIMUM_NONCES: Final = 1024
"""Nonces that are remembered at a time, all of them of clients that know a password."""


class NonceCounts:
    """The highest `nc` of each nonce, by its serial.

    When the table is full the oldest nonce is forgotten, and with it all that are older still: what
    is forgotten is used up, never new.
    """

    def __init__(self, maximum: int = MAXIMUM_NONCES) -> None:
        self._maximum = maximum
        self._highest: dict[int, int] = {}
        self._forgotten = -1

    def use(self, serial: int, count: int) -> bool:
        """Whether this is the first use of `count`, and it is above all earlier ones."""
        if serial <= self._forgotten or count <= self._highest.get(serial, 0):
            return False
        self._highest[serial] = count
        if len(self._highest) > self._maximum:
            self._forgotten = min(self._highest)
            del self._highest[self._forgotten]
        return True

    def __len__(self) -> int:
        return len(self._highest)
