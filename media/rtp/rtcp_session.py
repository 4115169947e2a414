"""The RTCP of one call: our reports, and what the peer's tell (RFC 3550 §6)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from media.rtp.extended_report import ExtendedReport, VoipMetrics
from media.rtp.extended_session import ExtendedSession
from media.rtp.rtcp import (
    CNAME,
    ControlPacket,
    Goodbye,
    ReceiverReport,
    ReportBlock,
    SenderReport,
    SourceDescription,
    compound,
    middle_32,
    ntp_timestamp,
)
from media.rtp.rtcp_clock import DELAY_UNITS_PER_S, SentTimes
from media.rtp.rtcp_schedule import RtcpSchedule
from media.rtp.sender import RtpSender
from media.rtp.source import RtpSource

_OCTETS_PER_S: Final = 10_000.0  # one G.711 stream with its headers: what RTCP takes 5 % of
_WORTH_TELLING: Final = 50  # packets between two reports: a second of sound
_SENDING_FOR_S: Final = 10.0  # two report intervals without RTP, and one is a sender no more


class RtcpSession:
    """Times are monotonic seconds, `wall` is seconds since 1970."""

    def __init__(
        self,
        sender: RtpSender,
        cname: str,
        random: Callable[[], float],
        extended: ExtendedSession,
    ) -> None:
        self.extended = extended
        self.peer_said_goodbye = False
        self.round_trip_s: float | None = None
        self.peer_report: ReportBlock | None = None
        """How the peer receives us, by its last report."""
        self.deaf_reports = 0
        """The peer's last reports in a row by which nothing of ours came since the one before."""
        self._told_at = 0  # packets we had sent by its last report that counts for that
        self._told_highest: int | None = None  # sequence number of ours that it had
        self._sender = sender
        self._cname = cname
        self._description = SourceDescription.with_cname(sender.ssrc, cname)
        self._farewell: bytes | None = None  # of an SSRC that was ours
        self._random = random
        self._schedule: RtcpSchedule | None = None
        self._last_sr: tuple[int, float] | None = None  # middle of its NTP time, arrival
        self._sent_reports = SentTimes()
        self._ever_sent = False

    def due(
        self,
        now: float,
        wall: float,
        source: RtpSource | None,
        metrics: Callable[[], VoipMetrics | None],
    ) -> bytes | None:
        """The report to send now, if it is time.

        `source` is whom we listen to; `metrics` tells how that sounds, for peers that want to know.
        """
        if self._farewell is not None:
            farewell, self._farewell = self._farewell, None
            return farewell
        schedule = self._schedule
        if schedule is None:
            schedule = RtcpSchedule(now, octets_per_s=_OCTETS_PER_S, random=self._random)
            self._schedule = schedule
        if now < schedule.deadline:
            return None
        members = 1 + (source is not None)
        we_send = self._is_sender(now)
        senders = we_send + (source is not None)
        if not schedule.is_due(now, members=members, senders=senders, we_send=we_send):
            return None
        parts: list[ControlPacket] = [self._report(now, wall, source), self._description]
        blocks = self.extended.blocks(now, wall, we_send=we_send, metrics=metrics)
        if blocks:
            parts.append(ExtendedReport(ssrc=self._sender.ssrc, blocks=blocks))
        report = compound(parts)
        schedule.sent(now, len(report), members=members, senders=senders, we_send=we_send)
        self._ever_sent = True
        return report

    def goodbye(self, now: float, wall: float, source: RtpSource | None) -> bytes | None:
        """The last packet, if the peer has ever heard of us (§6.3.7)."""
        if not self._ever_sent and not self._sender.packets:
            return None
        last = Goodbye(ssrcs=(self._sender.ssrc,))
        return compound((self._report(now, wall, source), self._description, last))

    def renamed(self, given_up: int) -> None:
        """Our SSRC is another one: say goodbye for the one that is `given_up` (§8.2)."""
        if self._ever_sent or self._sender.packets_before:
            parts = (ReceiverReport(ssrc=given_up), self._description, Goodbye(ssrcs=(given_up,)))
            self._farewell = compound(parts)
        self._description = SourceDescription.with_cname(self._sender.ssrc, self._cname)
        self._sent_reports.clear()
        self.peer_report = None

    def is_own(self, packets: tuple[ControlPacket, ...]) -> bool:
        """Whether a description among them has our own name: what we sent has come back."""
        return any(
            (CNAME, self._cname) in items
            for packet in packets
            if isinstance(packet, SourceDescription)
            for _, items in packet.chunks
        )

    def receive(
        self,
        packets: tuple[ControlPacket, ...],
        size: int,
        source: RtpSource | None,
        arrived: float,
    ) -> None:
        """Take a compound packet of the peer's, `size` octets long."""
        if self._schedule is not None:
            self._schedule.received(size)
        self._judge_hearing(packets)
        for packet in packets:
            match packet:
                case SenderReport(ntp=ntp, reports=blocks):
                    if source is None or source.ssrc == packet.ssrc:
                        self._last_sr = middle_32(ntp), arrived
                    self._learn(blocks, arrived)
                case ReceiverReport(reports=blocks):
                    self._learn(blocks, arrived)
                case Goodbye(ssrcs=ssrcs):
                    if source is None or source.ssrc in ssrcs:
                        self.peer_said_goodbye = True
                case ExtendedReport():
                    self._believe(self.extended.receive(packet, self._sender.ssrc, arrived))
                case SourceDescription():
                    pass

    def _is_sender(self, now: float) -> bool:
        sent_at = self._sender.sent_at
        return sent_at is not None and now - sent_at < _SENDING_FOR_S

    def _report(
        self, now: float, wall: float, source: RtpSource | None
    ) -> SenderReport | ReceiverReport:
        reports = () if source is None else (source.report(*self._since_last_sr(now)),)
        if not self._is_sender(now):
            return ReceiverReport(ssrc=self._sender.ssrc, reports=reports)
        ntp = ntp_timestamp(wall)
        self._sent_reports.add(middle_32(ntp), now)
        return SenderReport(
            ssrc=self._sender.ssrc,
            ntp=ntp,
            rtp_timestamp=self._sender.timestamp_at(now),
            packets=self._sender.packets,
            octets=self._sender.octets,
            reports=reports,
        )

    def _since_last_sr(self, now: float) -> tuple[int, int]:
        """LSR and DLSR of our report blocks."""
        if self._last_sr is None:
            return 0, 0
        middle, arrived = self._last_sr
        delay = round((now - arrived) * DELAY_UNITS_PER_S)
        return middle, max(0, min(delay, 0xFFFF_FFFF))

    def _judge_hearing(self, packets: tuple[ControlPacket, ...]) -> None:
        """Whether the peer hears us: whoever does tells of our packets (RFC 3550 §6.4), and of a
        higher number each time.

        A way that is closed shows in no loss: nothing is told of somebody who was never heard, and
        of whoever is not heard any more the last number stays and loss is 0.
        """
        reports = [each for each in packets if isinstance(each, SenderReport | ReceiverReport)]
        if not reports:
            return
        blocks = [block for report in reports for block in report.reports]
        highest = next((b.highest_sequence for b in blocks if b.ssrc == self._sender.ssrc), None)
        has_heard = highest is not None and highest != self._told_highest
        sent = self._sender.packets_before + self._sender.packets
        if has_heard:
            self.deaf_reports = 0
        elif sent - self._told_at < _WORTH_TELLING:
            return
        else:
            self.deaf_reports += 1
        self._told_at, self._told_highest = sent, highest

    def _learn(self, blocks: tuple[ReportBlock, ...], arrived: float) -> None:
        """Take what is said about us; the round trip is A − LSR − DLSR (§6.4.1)."""
        for block in blocks:
            if block.ssrc != self._sender.ssrc:
                continue
            self.peer_report = block
            self._believe(
                self._sent_reports.round_trip_s(block.last_sr, block.delay_since_last_sr, arrived)
            )

    def _believe(self, round_trip_s: float | None) -> None:
        if round_trip_s is not None:
            self.round_trip_s = round_trip_s
