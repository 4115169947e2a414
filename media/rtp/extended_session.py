"""The extended reports of one call, both ways (RFC 3611)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from media.rtp.extended_report import (
    ExtendedBlock,
    ExtendedReport,
    ReceiverReferenceTime,
    ReferenceDelay,
    ReferenceDelays,
    VoipMetrics,
)
from media.rtp.rtcp import middle_32, ntp_timestamp
from media.rtp.rtcp_clock import DELAY_UNITS_PER_S, SentTimes
from media.sdp.agreement import WantedReports

MOST_DELAYS: Final = 8
"""Sub-blocks of one answer that are looked at: we are one of two."""


class ExtendedSession:
    """Times are monotonic seconds, `wall` is seconds since 1970."""

    def __init__(self, wanted: WantedReports) -> None:
        self.wanted = wanted
        """What the peer wants of us."""
        self.heard_there: VoipMetrics | None = None
        """How the peer says that we sound."""
        self.malformed = 0
        self._sent = SentTimes()
        self._reference: tuple[int, int, float] | None = None  # SSRC, middle of its time, arrival

    def blocks(
        self, now: float, wall: float, *, we_send: bool, metrics: Callable[[], VoipMetrics | None]
    ) -> tuple[ExtendedBlock, ...]:
        """What to report now; nothing unless the peer asked for it, here or in its own report."""
        blocks: list[ExtendedBlock] = []
        if self.wanted.receiver_time and not we_send:
            ntp = ntp_timestamp(wall)
            self._sent.add(middle_32(ntp), now)
            blocks.append(ReceiverReferenceTime(ntp))
        if self._reference is not None:
            ssrc, middle, arrived = self._reference
            delay = min(round((now - arrived) * DELAY_UNITS_PER_S), 0xFFFF_FFFF)
            blocks.append(ReferenceDelays((ReferenceDelay(ssrc, middle, max(delay, 0)),)))
            self._reference = None
        figures = metrics() if self.wanted.voip_metrics else None
        if figures is not None:
            blocks.append(figures)
        return tuple(blocks)

    def receive(self, report: ExtendedReport, own_ssrc: int, arrived: float) -> float | None:
        """Take the peer's report; the round trip in seconds, if it tells of it (§4.5)."""
        self.malformed += report.malformed
        round_trip_s = None
        for block in report.blocks:
            match block:
                case ReceiverReferenceTime(ntp):
                    self._reference = report.ssrc, middle_32(ntp), arrived
                case ReferenceDelays(delays):
                    for each in delays[:MOST_DELAYS]:
                        if each.ssrc == own_ssrc:
                            found = self._sent.round_trip_s(
                                each.last_reference, each.delay, arrived
                            )
                            round_trip_s = round_trip_s if found is None else found
                case VoipMetrics(ssrc=ssrc):
                    if ssrc == own_ssrc:
                        self.heard_there = block
        return round_trip_s
