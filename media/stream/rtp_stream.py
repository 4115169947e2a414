"""One call's sound, both ways, between RTP packets and frames of the engine."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Final, TypeAlias

from media.errors import MalformedPacket
from media.frame import RATE_HZ, TICK_S, FloatArray
from media.rtp.extended_report import VoipMetrics
from media.rtp.extended_session import ExtendedSession
from media.rtp.named_event import NamedEventPacket
from media.rtp.packet import RtpPacket, looks_like_rtcp
from media.rtp.packet_rate import PacketRate
from media.rtp.peer_latch import PeerLatch
from media.rtp.receiver import RtpReceiver
from media.rtp.rtcp import ControlPacket, ReceiverReport, SenderReport, parse_compound
from media.rtp.rtcp_session import RtcpSession
from media.rtp.sender import RtpSender
from media.rtp.ssrc_conflict import SsrcConflict
from media.sdp.negotiation import AgreedStream
from media.security.dtls_handshake import looks_like_dtls
from media.security.dtls_identity import DtlsIdentity
from media.stream.call_quality import CallQuality
from media.stream.statistics import StreamStatistics
from media.stream.stream_security import KeyNews, StreamSecurity
from nat.datagram_path import NOWHERE

Outgoing: TypeAlias = tuple[bytes, tuple[str, int]]
"""A datagram and where it goes."""

_FIRST_OF_RTP: Final = b"\x80"
"""RTP and RTCP begin with their version, 2; below it is what shares their ports (RFC 7983 §7)."""
REPORTS_AT_ONCE: Final = 8
REPORTS_PER_S: Final = 20.0
"""Datagrams of RTCP that are looked at. A member sends one in 5 s; feedback is oftener."""


class RtpStream:
    """The RTP and RTCP of one call (RFC 3550), without a socket, a clock or a thread.

    Used on one thread only. `now` and `arrived` are monotonic seconds, `wall` is seconds since
    1970 (Unix time). The peer's faults are counted in `statistics` and never raised. What is heard
    is kept back by `headroom_s` more than a conversation can bear.
    """

    def __init__(
        self,
        agreed: AgreedStream,
        *,
        ssrc: int,
        first_sequence: int,
        first_timestamp: int,
        cname: str,
        headroom_s: float = 0.0,
        identity: DtlsIdentity | None = None,
        follows: bool = True,
    ) -> None:
        """`identity` is who we are where keys are agreed on by DTLS.

        `follows`: whether the peer may go on from another address. Else the first source that is
        heard is the only one, for its reports too.
        """
        self._agreed = agreed
        self._follows = follows
        self._latch = PeerLatch(agreed.remote, follows=follows)
        self._control_latch = PeerLatch(agreed.remote_control)
        self._sender = RtpSender(
            agreed, ssrc=ssrc, first_sequence=first_sequence, first_timestamp=first_timestamp
        )
        self._receiver = RtpReceiver(agreed, self._latch, self._is_looped, headroom_s=headroom_s)
        # What is drawn here needs to differ between members, not to be secret: the intervals of
        # RTCP, and another SSRC if the peer has this one.
        self._random = random.Random(f"{ssrc} {first_sequence} {first_timestamp} {cname}")  # noqa: S311
        self._conflict = SsrcConflict(ssrc, lambda: self._random.getrandbits(32))
        self._control = RtcpSession(
            self._sender, cname, self._random.random, ExtendedSession(agreed.extended_reports)
        )
        self._control_heard_at: float | None = None
        self._control_rate = PacketRate(at_once=REPORTS_AT_ONCE, per_s=REPORTS_PER_S)
        self._security = StreamSecurity(agreed, identity)

    @property
    def agreed(self) -> AgreedStream:
        """What the two ends agreed to last."""
        return self._agreed

    @property
    def multiplexed(self) -> bool:
        """Whether RTCP goes out by the RTP port (RFC 5761)."""
        return self._agreed.multiplexed

    @property
    def sound_waits(self) -> bool:
        """Whether sound has come whose turn to be heard is not over."""
        return not self._receiver.buffer.is_empty or self._receiver.playout.has_sound

    @property
    def heard_at(self) -> float | None:
        """When RTP or RTCP of the peer arrived last; None before the first."""
        heard, control_heard = self._receiver.heard_at, self._control_heard_at
        if heard is None or control_heard is None:
            return control_heard if heard is None else heard
        return max(heard, control_heard)

    @property
    def peer_said_goodbye(self) -> bool:
        """Whether the peer's RTCP BYE arrived and no RTP since."""
        return self._control.peer_said_goodbye

    @property
    def statistics(self) -> StreamStatistics:
        """A snapshot of the counters and measures."""
        receiver, counters = self._receiver, self._receiver.counters
        report = self._control.peer_report
        clock_rate_hz = self._agreed.codec.clock_rate_hz
        round_trip_s = self._control.round_trip_s
        quality, there = self._quality(), self._control.extended.heard_there
        return StreamStatistics(
            packets_received=counters.received,
            octets_received=counters.octets,
            packets_lost=receiver.lost,
            packets_late=counters.late,
            packets_skipped=receiver.buffer.skipped,
            packets_doubled=counters.doubled,
            packets_reordered=counters.reordered,
            packets_of_unknown_type=counters.unknown_type,
            packets_malformed=counters.malformed,
            reports_refused=self._control_rate.refused,
            events_refused=receiver.event_rate.refused,
            packets_foreign=counters.foreign,
            foreign_source=counters.foreign_source,
            control_foreign=counters.control_foreign + self._security.refused,
            control_foreign_source=counters.control_foreign_source,
            heard_from=self._latch.source,
            source_moves=self._latch.moves,
            packets_looped=self._conflict.looped,
            ssrc_collisions=self._conflict.collisions,
            packets_unauthentic=self._security.unauthentic,
            packets_before_keys=self._security.too_early,
            jitter_ms=receiver.source.jitter_s * 1000 if receiver.source else 0.0,
            playout_delay_ms=receiver.buffer.delay_s * 1000,
            concealed_ms=receiver.playout.concealed_samples * 1000 // RATE_HZ,
            stretched_ms=round(receiver.playout.put_in_s * 1000),
            shortened_ms=round(receiver.playout.left_out_s * 1000),
            comfort_noise_ms=receiver.playout.noise_samples * 1000 // RATE_HZ,
            source_changes=counters.source_changes,
            sent_to=self._latch.destination,
            packets_sent=self._sender.packets_before + self._sender.packets,
            octets_sent=self._sender.octets_before + self._sender.octets,
            remote_fraction_lost=None if report is None else report.fraction_lost / 256,
            remote_deaf_reports=self._control.deaf_reports,
            remote_packets_lost=None if report is None else report.packets_lost,
            remote_jitter_ms=None if report is None else report.jitter * 1000 / clock_rate_hz,
            r_factor=None if quality is None else quality.r_factor,
            mos=None if quality is None else quality.mos,
            packets_extended_malformed=self._control.extended.malformed,
            remote_r_factor=None if there is None else there.told_r_factor,
            remote_mos=None if there is None else there.told_mos,
            remote_discarded=None if there is None else there.discard_rate / 256,
            round_trip_ms=None if round_trip_s is None else round_trip_s * 1000,
        )

    def update(self, agreed: AgreedStream, now: float) -> None:
        """Go on with what a new offer and answer agreed to: hold, resume, codec or address."""
        self._agreed = agreed
        self._security.update(agreed)
        self._control.extended.wanted = agreed.extended_reports
        if agreed.remote[0] not in NOWHERE:  # a hold does not make the peer move
            self._latch.state(agreed.remote, now)
            self._control_latch.state(agreed.remote_control, now)
        self._sender.update(agreed)
        self._receiver.update(agreed)

    def receive(self, data: bytes, source: tuple[str, int], arrived: float) -> None:
        """Take one datagram from the RTP port."""
        if data[:1] < _FIRST_OF_RTP:
            self._take_other(data, source, arrived)
            return
        if looks_like_rtcp(data) and data[1] & 0x7F not in self._agreed.accepts:
            # That of a peer that does not know RFC 5761 is taken here as well.
            begins = self._may_begin_with_report(source)
            if self._take_control(data, source, arrived, from_anywhere=begins) and begins:
                self._latch.reported(source)
            return
        opened = self._security.open(data)
        if opened is None:
            if self._security.awaits_keys and self._latch.admits(source, arrived):
                self._security.keep(data, source, arrived)
            return
        packets = self._receiver.counters.received
        is_authentic = not self._security.is_plain
        self._receiver.receive(opened, source, arrived, authentic=is_authentic)
        if self._receiver.counters.received != packets:
            self._control.peer_said_goodbye = False

    def receive_control(self, data: bytes, source: tuple[str, int], arrived: float) -> None:
        """Take one datagram from the RTCP port."""
        if looks_like_dtls(data):
            self._security.take_control_handshake(data, source)
        elif data[:1] < _FIRST_OF_RTP:
            self._receiver.counters.malformed += 1
        elif self._take_control(data, source, arrived):
            self._control_latch.heard(source, arrived)

    def play(self, now: float) -> FloatArray | None:
        """The next 10 ms of the peer's sound: 480 samples at 48 kHz, to be called every 10 ms.

        None when there is nothing to play: nothing came yet, the peer pauses, or we do not receive.
        The sound has faded to zero before the first None and rises from zero after the last, so
        None may be mixed as silence. The array is the caller's to change.
        """
        return self._receiver.play(now)

    def finish(self) -> None:
        """Tell that nothing more will come: what has come is played as it was said."""
        self._receiver.buffer.finish()

    def skip(self, ticks: int) -> None:
        """Tell that the time of so many ticks has passed without `play` and `capture`.

        What was to be played then is not played later, and what was to be sent is a pause.
        To be told before `receive` gets what came meanwhile.
        """
        self._receiver.buffer.give_up(ticks * TICK_S)
        self._sender.skip(ticks)

    def capture(self, frame: FloatArray, now: float) -> list[Outgoing]:
        """Take the next 10 ms of our sound (480 samples at 48 kHz); packets that are now full."""
        outgoing: list[Outgoing] = self._security.take_outgoing()
        if not self._security.may_send:
            self._sender.skip(1)
            return outgoing
        packet = self._sender.capture(frame, now)
        if packet is not None:
            packet = self._security.protect(packet)
        if packet is not None:
            outgoing.append((packet, self._latch.destination))
        return outgoing

    def control(self, now: float, wall: float) -> list[Outgoing]:
        """The RTCP that is due by now, mostly nothing. To be called every 10 ms or so."""
        if self._agreed.srtp is not None:
            self._security.count(self._receiver.counters.received + self._receiver.lost)
        return [
            *self._security.take_control_outgoing(),
            *self._addressed(self._control.due(now, wall, self._receiver.source, self._metrics)),
        ]

    def handshake_is_due(self, now: float) -> bool:
        """Whether `advance_handshake` has something to do. To be asked every 10 ms."""
        return self._security.is_due(now)

    def advance_handshake(self, now: float) -> None:
        """Do one step towards keys by DTLS, of about a millisecond; it is sent by `capture`.

        What the peer has said before its last message of the handshake came is heard then.
        """
        proved = self._security.advance(now)
        if proved is not None:
            self._latch.heard(proved, now)
            for packet, arrived in self._security.take_early(proved):
                self.receive(packet, proved, arrived)

    def take_key_news(self) -> list[KeyNews]:
        """What has become of keys since the last call."""
        return self._security.take_news()

    def take_key_packets_left(self) -> int | None:
        """How many packets the peer's key is still good for, when it is time for another one."""
        return self._security.take_packets_left()

    def goodbye(self, now: float, wall: float) -> list[Outgoing]:
        """The RTCP BYE that ends the stream; nothing if nothing was ever sent."""
        return self._addressed(self._control.goodbye(now, wall, self._receiver.source))

    def send_named_event(self, payloads: Sequence[bytes], payload_type: int) -> None:
        """Send one named event (RFC 4733) in place of our sound, one payload per packet interval.

        All packets carry the time stamp of the event's start, the first one the marker. Events
        queue; one that finds the queue full, or finds us not sending, is dropped.
        """
        self._sender.queue_event(payloads, payload_type)

    def take_named_events(self) -> list[NamedEventPacket]:
        """The telephone-event packets that came since the last call, oldest first."""
        if not self._receiver.events:
            return []
        taken = list(self._receiver.events)
        self._receiver.events.clear()
        return taken

    def _take_other(self, data: bytes, source: tuple[str, int], arrived: float) -> None:
        """Take what is neither RTP nor RTCP: a handshake; STUN, as of Linphone, is not for us."""
        if not looks_like_dtls(data):
            self._receiver.counters.malformed += 1
        elif self._latch.admits(source, arrived):
            self._security.take_handshake(data, source)
        else:
            self._receiver.count_foreign_control(source)

    def _take_control(
        self,
        data: bytes,
        source: tuple[str, int],
        arrived: float,
        *,
        from_anywhere: bool = False,
    ) -> bool:
        """Whether the datagram was RTCP of the peer's. Its key proves it, if there is one."""
        if self._security.is_plain and not self._may_report(source) and not from_anywhere:
            self._receiver.count_foreign_control(source)
            return False
        opened = self._security.open_control(data)
        if opened is None or not self._control_rate.admits(arrived):
            return False
        try:
            packets = parse_compound(opened)
        except MalformedPacket:
            self._receiver.counters.malformed += 1
            return False
        if self._is_looped_control(packets, source):
            return False
        self._control.receive(packets, len(opened), self._receiver.source, arrived)
        self._control_heard_at = arrived
        return True

    def _may_report(self, source: tuple[str, int]) -> bool:
        """Whether the host is the peer's, whatever the port is; of one that is kept to, both."""
        if not self._follows:
            return source == self._latch.source
        hosts = (self._latch.host, self._control_latch.host, self._agreed.remote_control[0])
        return source[0] in hosts

    def _may_begin_with_report(self, source: tuple[str, int]) -> bool:
        """Whether RTCP alone shows where the peer is: nothing else comes of one that only listens.

        The stated address counts, and of others the first one until the stated one reports.
        """
        if not self._agreed.multiplexed or self._latch.source is not None:
            return False
        stated = self._agreed.remote
        return source == stated or self._latch.destination in (stated, source)

    def _quality(self) -> CallQuality | None:
        """How the peer's sound comes out; None before there was any."""
        receiver = self._receiver
        if receiver.source is None:
            return None
        round_trip_s = self._control.round_trip_s
        return CallQuality(
            codec=receiver.codec,
            packet_ms=receiver.packet_ms,
            losses=receiver.pattern.figures(),
            playout_delay_ms=receiver.buffer.delay_s * 1000,
            round_trip_ms=None if round_trip_s is None else round_trip_s * 1000,
        )

    def _metrics(self) -> VoipMetrics | None:
        source, quality = self._receiver.source, self._quality()
        if source is None or quality is None:
            return None
        return quality.voip_metrics(source.ssrc)

    def _is_looped(self, packet: RtpPacket, source: tuple[str, int]) -> bool:
        """Whether the packet is one of ours; if the peer has our SSRC, we take another one."""
        if packet.ssrc != self._sender.ssrc:
            return False
        is_ours = self._sender.has_sent(packet.sequence, packet.timestamp)
        return not self._give_ssrc_up(source, is_ours=is_ours)

    def _is_looped_control(
        self, packets: tuple[ControlPacket, ...], source: tuple[str, int]
    ) -> bool:
        reports = (each for each in packets if isinstance(each, SenderReport | ReceiverReport))
        if all(report.ssrc != self._sender.ssrc for report in reports):
            return False
        return not self._give_ssrc_up(source, is_ours=self._control.is_own(packets))

    def _give_ssrc_up(self, source: tuple[str, int], *, is_ours: bool) -> bool:
        """RFC 3550 §8.2; False: it is a loop, and nothing has changed."""
        given_up = self._conflict.ssrc
        if not self._conflict.heard_from(source, is_ours=is_ours):
            return False
        # Below 2^15, so that SRTP's roll-over counter is not guessed wrong (RFC 3711 §3.3.1).
        self._sender.rename(self._conflict.ssrc, self._random.getrandbits(15))
        self._control.renamed(given_up)
        return True

    def _addressed(self, packet: bytes | None) -> list[Outgoing]:
        if packet is None or self._agreed.remote[0] in NOWHERE:
            return []
        protected = self._security.protect_control(packet)
        if protected is None:
            return []
        by_rtp = self._agreed.multiplexed
        return [(protected, (self._latch if by_rtp else self._control_latch).destination)]
