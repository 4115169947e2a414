"""Which counts of which nonces have been used: against replays (RFC 7616 §5.4, §5.12)."""

from __future__ import annotations

from typing import Final

MAXIMUM_NONCES: Final = 4096
"""Nonces that are remembered at a time. Only who knows a password gets one in here; the library
`axis` takes a new one for every request."""

WIDTH: Final = 128
"""How far behind the highest count a request may arrive: browsers and programs send many at once,
over several connections, and those overtake one another."""

HIGHEST_COUNT: Final = 0xFFFFFFFF


class NonceWindows:
    """The highest count of each nonce, by its serial, and which of those below it were used.

    When there are too many the oldest nonce is forgotten, and with it all that are older still:
    what is forgotten is used up, never new.
    """

    def __init__(self, maximum: int = MAXIMUM_NONCES) -> None:
        self._maximum = maximum
        self._windows: dict[int, tuple[int, int]] = {}
        self._forgotten = -1

    def use(self, serial: int, count: int) -> bool:
        """Whether this is the first use of `count`, which must not lag by `WIDTH` or more."""
        if serial <= self._forgotten or not 1 <= count <= HIGHEST_COUNT:
            return False
        highest, used = self._windows.get(serial, (0, 0))  # bit 0 of `used`: the highest itself
        if count > highest:
            used = (used << min(count - highest, WIDTH) | 1) & ((1 << WIDTH) - 1)
            highest = count
        else:
            bit = 1 << (highest - count) if highest - count < WIDTH else 0
            if not bit or used & bit:
                return False
            used |= bit
        self._windows[serial] = highest, used
        if len(self._windows) > self._maximum:
            self._forgotten = min(self._windows)
            del self._windows[self._forgotten]
        return True

    def __len__(self) -> int:
        return len(self._windows)
