"""Round trips from times that the peer sends back (RFC 3550 §6.4.1, RFC 3611 §4.5)."""

from __future__ import annotations

from collections import deque
from typing import Final

DELAY_UNITS_PER_S: Final = 65536

_REMEMBERED: Final = 8
_LONGEST_S: Final = 10.0
_COARSENESS_S: Final = 0.05  # of clocks: a round trip that is below 0 by more was never one


class SentTimes:
    """The last wall clock times that we sent, with when that was.

    When is measured by a clock that nobody sets, so that a wall clock that jumps does not matter; a
    time that we never sent tells nothing.
    """

    def __init__(self) -> None:
        self._sent: deque[tuple[int, float]] = deque(maxlen=_REMEMBERED)

    def add(self, middle: int, now: float) -> None:
        """We send the time of which these are the middle 32 bits, at monotonic second `now`."""
        self._sent.append((middle, now))

    def clear(self) -> None:
        """Forget them."""
        self._sent.clear()

    def round_trip_s(self, middle: int, delay: int, arrived: float) -> float | None:
        """A − LSR − DLSR in seconds; None where it cannot be true, or there is nothing to tell.

        `delay` is in units of 1/65536 s.
        """
        for sent, sent_at in reversed(self._sent):
            if sent == middle:
                round_trip = arrived - sent_at - delay / DELAY_UNITS_PER_S
                is_possible = -_COARSENESS_S <= round_trip < _LONGEST_S
                return max(round_trip, 0.0) if is_possible else None
        return None
