"""By how much packets come before they are asked for, over the last seconds."""

from __future__ import annotations

from typing import Final

import numpy as np

_REMEMBERED: Final = (
    512  # packets: 10 s at 20 ms, so that a spike each few seconds is not forgotten
)
_KNOWN_AFTER: Final = 50
_COUNTED_OUT: Final = 0.02  # the share of packets that may come too late
_RECKONED_EVERY: Final = 8  # packets

LEAST_S: Final = 0.002
"""Below this, the next wobble of the network or of our own tick would be heard."""
ENOUGH_S: Final = 0.016
"""Above this, a whole adjustment of 10 ms can go without coming near `LEAST_S`."""
AIM_S: Final = 0.006
"""What adjustments aim at."""


class Slack:
    """The recent slack of packets in seconds, negative for those that came too late.

    `headroom_s` more than calls can afford is left alone: for a sender whose pace is uneven now and
    then, and for listeners who do not answer.
    """

    def __init__(self, headroom_s: float = 0.0) -> None:
        self._headroom_s = headroom_s
        self._ring = np.zeros(_REMEMBERED)
        self.clear()

    def clear(self) -> None:
        """Forget all: the time line that it was reckoned on is gone."""
        self._count = 0
        self._low = AIM_S

    def add(self, slack_s: float) -> None:
        """Remember one packet's."""
        self._ring[self._count % _REMEMBERED] = slack_s
        self._count += 1
        if self._count % _RECKONED_EVERY == 0 or slack_s < self._low:
            filled = self._ring[: min(self._count, _REMEMBERED)]
            rank = int(filled.size * _COUNTED_OUT)
            self._low = float(np.partition(filled, rank)[rank])

    def shift(self, by_s: float) -> None:
        """All turns are later by so much from now on, or earlier if negative."""
        if self._count:
            self._ring += by_s
            self._low += by_s

    @property
    def is_known(self) -> bool:
        """Whether enough packets came to say anything."""
        return self._count >= _KNOWN_AFTER

    @property
    def low_s(self) -> float:
        """The slack that nearly all packets have at least."""
        return self._low

    @property
    def high_s(self) -> float:
        """The slack of the fastest packet."""
        return float(self._ring[: min(self._count, _REMEMBERED)].max(initial=-np.inf))

    @property
    def surplus_s(self) -> float:
        """Seconds that all turns could be earlier (above 0) or should be later (below 0).

        That they should be later can be told from the first late packet on.
        """
        if self._low < LEAST_S:
            return self._low - AIM_S
        if self._low > ENOUGH_S + self._headroom_s and self.is_known:
            return self._low - self._headroom_s - AIM_S
        return 0.0
