"""Where packets are missing: by chance, or in bursts (RFC 3611 §4.7.2).

A burst starts and ends with a packet that was lost or of no use, and fewer than `GMIN` good ones
lie between two such in it; a single one among good ones is no burst. All else is gap.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

GMIN: Final = 16
"""Good packets in a row that end a burst (RFC 3611 §4.7.2 recommends this number)."""

_WINDOW: Final = 64  # packets that may still come, or change places
_MASK: Final = (1 << _WINDOW) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class LossFigures:
    """What has been settled so far, all in packets."""

    expected: int
    lost: int
    discarded: int
    """They came, and were of no use: too late."""
    bursts: int
    in_bursts: int
    """Packets of the bursts, the good ones among them included."""
    missing_in_bursts: int
    runs: int
    """Stretches of missing packets without a good one between them."""

    @property
    def missing(self) -> int:
        """Lost or discarded."""
        return self.lost + self.discarded

    @property
    def share(self) -> float:
        """Missing packets among all, 0 to 1."""
        return self.missing / self.expected if self.expected else 0.0

    @property
    def burst_ratio(self) -> float:
        """How much longer losses in a row are than by pure chance (ITU-T G.107 §7.5)."""
        return self.missing / self.runs * (1 - self.share) if self.runs else 1.0


class LossPattern:
    """Takes each packet of one numbering as it comes; settles what is 64 packets old."""

    def __init__(self) -> None:
        self._highest: int | None = None
        self._useful = 0  # bit n: the packet n before the highest
        self._came = 0
        self._expected = self._lost = self._discarded = 0
        self._bursts = self._in_bursts = self._missing_in_bursts = self._runs = 0
        self._good = 0  # in a row, up to now
        self._cluster = 0  # packets from the first missing one of what may become a burst
        self._cluster_missing = 0

    def add(self, sequence: int, *, useful: bool) -> None:
        """A packet came; `sequence` counts on without wrapping."""
        if self._highest is None:
            self._highest = sequence - 1
            self._useful = self._came = _MASK  # what was before it is nobody's loss
            self._expected -= _WINDOW
        ahead = sequence - self._highest
        if ahead > 0:
            self._advance(ahead)
            self._highest = sequence
            ahead = 0
        if -ahead < _WINDOW:
            self._came |= 1 << -ahead
            self._useful |= useful << -ahead

    def restart(self) -> None:
        """Another numbering begins: settle all of this one."""
        if self._highest is not None:
            self._advance(_WINDOW)
            self._highest = None

    def figures(self) -> LossFigures:
        """As of now; a burst that may still go on counts as far as it goes."""
        is_burst = self._cluster_missing > 1
        return LossFigures(
            expected=max(self._expected, 0),
            lost=self._lost,
            discarded=self._discarded,
            bursts=self._bursts + is_burst,
            in_bursts=self._in_bursts + self._cluster * is_burst,
            missing_in_bursts=self._missing_in_bursts + self._cluster_missing * is_burst,
            runs=self._runs,
        )

    def _advance(self, count: int) -> None:
        for _ in range(min(count, _WINDOW)):
            oldest = 1 << (_WINDOW - 1)
            self._settle(is_good=bool(self._useful & oldest), came=bool(self._came & oldest))
            self._useful = self._useful << 1 & _MASK
            self._came = self._came << 1 & _MASK
        if count > _WINDOW:
            self._settle_lost(count - _WINDOW)

    def _settle(self, *, is_good: bool, came: bool) -> None:
        self._expected += 1
        if is_good:
            self._good += 1
            if self._good == GMIN:
                self._end_cluster()
            return
        self._discarded += came
        self._lost += not came
        self._miss(1)

    def _settle_lost(self, count: int) -> None:
        self._expected += count
        self._lost += count
        self._miss(count)

    def _miss(self, count: int) -> None:
        if self._good or not self._cluster:
            self._runs += 1
        if self._cluster:
            self._cluster += self._good
        self._cluster += count
        self._cluster_missing += count
        self._good = 0

    def _end_cluster(self) -> None:
        if self._cluster_missing > 1:
            self._bursts += 1
            self._in_bursts += self._cluster
            self._missing_in_bursts += self._cluster_missing
        self._cluster = self._cluster_missing = 0
