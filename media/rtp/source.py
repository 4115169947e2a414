"""One synchronisation source as it is received: numbers without wrap, loss and jitter.

RFC 3550 appendix A.1 (sequence numbers), A.3 (loss), A.8 (jitter).
"""

from __future__ import annotations

from typing import Final, NamedTuple

from media.rtp.packet import RtpPacket
from media.rtp.rtcp import ReportBlock

LARGEST_DROPOUT: Final = 3000
"""A step ahead of more packets than this is no loss but another numbering."""
LARGEST_MISORDER: Final = 100
"""A step back of more packets than this is no reordering but another numbering."""

_SEQUENCES: Final = 1 << 16
_TIMESTAMPS: Final = 1 << 32
_LARGEST_TRANSIT_STEP_S: Final = 1.0
"""A larger step of the transit time is a jump of the sender's clock, and would stay in the
smoothed jitter for minutes."""


class Place(NamedTuple):
    """Where a packet belongs: its numbers counted on without wrapping."""

    sequence: int
    timestamp: int


class RtpSource:
    """The receiver's record of one SSRC, started by its first packet."""

    def __init__(self, first: RtpPacket, clock_rate_hz: int) -> None:
        self.ssrc = first.ssrc
        self.clock_rate_hz = clock_rate_hz
        self.received = 0
        self._base = (
            first.sequence + _SEQUENCES
        )  # so that a packet from before it is no less than 0
        self._highest = self._base - 1
        self._timestamp = first.timestamp + _TIMESTAMPS
        self._transit: float | None = None
        self._jitter_s = 0.0
        self._expected_before = 0
        self._received_before = 0

    def place(self, packet: RtpPacket) -> Place | None:
        """Where the packet belongs; None when its number is too far from all that came so far.

        Changes nothing: tell `count` of the packet once it is believed.
        """
        ahead = (packet.sequence - self._highest) % _SEQUENCES
        if ahead >= _SEQUENCES - LARGEST_MISORDER:
            ahead -= _SEQUENCES
        elif ahead > LARGEST_DROPOUT:
            return None
        step = (packet.timestamp - self._timestamp) % _TIMESTAMPS
        if step >= _TIMESTAMPS // 2:
            step -= _TIMESTAMPS
        return Place(self._highest + ahead, self._timestamp + step)

    def count(self, place: Place) -> None:
        """Take the packet at `place` into the figures of loss."""
        self.received += 1
        if place.sequence > self._highest:
            self._highest = place.sequence
            self._timestamp = place.timestamp

    def time(self, place: Place, arrived: float) -> None:
        """Take it into the jitter too. Not for named events, whose time stamps stand still.

        `arrived`: monotonic seconds.
        """
        transit = arrived - place.timestamp / self.clock_rate_hz
        if self._transit is not None:
            step = abs(transit - self._transit)
            if step < _LARGEST_TRANSIT_STEP_S:
                self._jitter_s += (step - self._jitter_s) / 16
        self._transit = transit

    @property
    def highest(self) -> int:
        """The number of the newest packet."""
        return self._highest

    @property
    def jitter_s(self) -> float:
        """Interarrival jitter, smoothed (RFC 3550 §6.4.1)."""
        return self._jitter_s

    @property
    def lost(self) -> int:
        """Expected less received; negative when there were more doubles than losses."""
        return self._expected - self.received

    def report(self, last_sr: int, delay_since_last_sr: int) -> ReportBlock:
        """The block of our next report on this source; starts the next interval of its loss."""
        expected = self._expected - self._expected_before
        lost = expected - (self.received - self._received_before)
        self._expected_before, self._received_before = self._expected, self.received
        fraction = min(256 * lost // expected, 255) if expected > 0 and lost > 0 else 0
        return ReportBlock(
            ssrc=self.ssrc,
            fraction_lost=fraction,
            packets_lost=max(-0x80_0000, min(self.lost, 0x7F_FFFF)),
            highest_sequence=(self._highest - _SEQUENCES) & 0xFFFF_FFFF,
            jitter=min(int(self._jitter_s * self.clock_rate_hz), 0xFFFF_FFFF),
            last_sr=last_sr,
            delay_since_last_sr=delay_since_last_sr,
        )

    @property
    def _expected(self) -> int:
        return self._highest - self._base + 1
