"""The peer's RTP packets: who may send them, in which order they belong, and their sound."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final

from media.codecs import Codec
from media.codecs.comfort_noise import STATIC_PAYLOAD_TYPE, comfort_noise, is_comfort_noise
from media.errors import MalformedPacket
from media.frame import FloatArray
from media.playout.jitter_buffer import Fate, JitterBuffer, MediaPacket
from media.playout.playout import Playout
from media.rtp.loss_pattern import LossPattern
from media.rtp.named_event import NamedEventPacket
from media.rtp.packet import RtpPacket
from media.rtp.packet_rate import PacketRate
from media.rtp.peer_latch import PeerLatch
from media.rtp.source import Place, RtpSource
from media.sdp.negotiation import AgreedStream

SHORTEST_S: Final = 0.002
"""Of a packet of sound; Opus has the shortest, with 2.5 ms. Each costs as much as a long one, and
a flood of them would take all of the engine's time."""
EVENTS_PER_S: Final = 150.0
"""Packets of named events that are told: each costs a turn of the main loop. A key that is held has
100 a second where packets are short, and its end is said three times."""
EVENTS_KEPT: Final = 128
"""Packets of named events kept for whoever takes them: 2.5 s of one key. The oldest go first."""


class ReceptionCounters:
    """What came, packet by packet."""

    __slots__ = (
        "control_foreign",
        "control_foreign_source",
        "doubled",
        "foreign",
        "foreign_source",
        "late",
        "malformed",
        "octets",
        "received",
        "reordered",
        "source_changes",
        "unknown_type",
    )

    def __init__(self) -> None:
        self.received = 0
        self.octets = 0
        self.late = 0
        self.doubled = 0
        self.reordered = 0
        self.unknown_type = 0
        self.malformed = 0
        self.foreign = 0
        self.foreign_source: tuple[str, int] | None = None
        self.control_foreign = 0
        self.control_foreign_source: tuple[str, int] | None = None
        self.source_changes = 0


class RtpReceiver:
    """One peer's RTP. Times are monotonic seconds."""

    def __init__(
        self,
        agreed: AgreedStream,
        latch: PeerLatch,
        is_looped: Callable[[RtpPacket, tuple[str, int]], bool],
        *,
        headroom_s: float = 0.0,
    ) -> None:
        """`is_looped` tells whether a packet from an admitted source is one of our own."""
        self.counters = ReceptionCounters()
        self.heard_at: float | None = None
        self.events: deque[NamedEventPacket] = deque(maxlen=EVENTS_KEPT)
        self.event_rate = PacketRate(at_once=EVENTS_KEPT, per_s=EVENTS_PER_S)
        self.source: RtpSource | None = None
        """The SSRC that is listened to."""
        self.buffer = JitterBuffer(agreed.codec.clock_rate_hz, headroom_s + agreed.codec.headroom_s)
        self.playout = Playout(self.buffer)
        self._agreed = agreed
        self._latch = latch
        self._is_looped = is_looped
        self.pattern = LossPattern()
        self.packet_ms = agreed.ptime_ms
        """Length of the packet of sound that came last."""
        self.codec = agreed.codec
        """Its codec."""
        self._lost_before = 0  # by the sources before this one
        self._doubted: tuple[RtpPacket, float] | None = None
        self._sounding = False

    @property
    def lost(self) -> int:
        """Packets lost of all sources so far; doubles of one can hide a loss (RFC 3550 A.3)."""
        current = self.source.lost if self.source else 0
        return self._lost_before + max(current, 0)

    def update(self, agreed: AgreedStream) -> None:
        """Go on with what was agreed to anew."""
        self._agreed = agreed

    def receive(
        self, data: bytes, source: tuple[str, int], arrived: float, *, authentic: bool = False
    ) -> None:
        """Take one datagram; whatever is wrong with it is counted.

        `authentic`: the peer's key has proved it.
        """
        try:
            packet = RtpPacket.parse(data)
        except MalformedPacket:
            self.counters.malformed += 1
            return
        place = self._place(packet)
        continues = (
            place is not None and self.source is not None and place.sequence > self.source.highest
        )
        if not self._latch.admits(source, arrived, continues=continues, authentic=authentic):
            self.counters.foreign += 1
            self.counters.foreign_source = source
            return
        if self._is_looped(packet, source):
            return
        if not self._is_known(packet):
            self.counters.unknown_type += 1
            self._count_unknown(place)
            return
        self._latch.heard(source, arrived, newest=continues or place is None)
        self.heard_at = arrived
        self.counters.received += 1
        self.counters.octets += len(packet.payload)
        if place is None:
            self._doubt(packet, arrived)
        else:
            self._take(packet, place, arrived)

    def play(self, now: float) -> FloatArray | None:
        """The next 480 samples at 48 kHz, or None."""
        if self._agreed.direction.receives:
            frame = self.playout.frame(now)
            self._sounding = frame is not None
            return frame
        if not self._sounding:
            return None
        self._sounding = False
        self.buffer.reset(self.buffer.clock_rate_hz)
        return self.playout.last_frame()

    def _is_known(self, packet: RtpPacket) -> bool:
        if packet.payload_type in self._agreed.telephone_event_accepts:
            return True
        codec = self._codec_of(packet.payload_type)
        return codec is not None and is_sound(packet.payload, codec)

    def _codec_of(self, payload_type: int) -> Codec | None:
        """The agreed codec; comfort noise of telephone sound needs no agreement (RFC 3551 §6)."""
        codec = self._agreed.accepts.get(payload_type)
        if codec is None and payload_type == STATIC_PAYLOAD_TYPE:
            noise = comfort_noise(self._agreed.codec.clock_rate_hz)
            return noise if noise.static_payload_type == payload_type else None
        return codec

    def count_foreign_control(self, source: tuple[str, int]) -> None:
        """A report or a handshake came from somebody else than the peer."""
        self.counters.control_foreign += 1
        self.counters.control_foreign_source = source

    def _count_unknown(self, place: Place | None) -> None:
        """A packet of another type has a number of the same row all the same: it is not lost."""
        if self.source is not None and place is not None:
            self.source.count(place)
            self.pattern.add(place.sequence, useful=True)

    def _place(self, packet: RtpPacket) -> Place | None:
        if self.source is None or self.source.ssrc != packet.ssrc:
            return None
        return self.source.place(packet)

    def _doubt(self, packet: RtpPacket, arrived: float) -> None:
        """Another SSRC, or numbers out of all reach: two in a row begin a new source (A.1).

        The first packet of a stream needs no second one, and no packet is lost to doubt.
        """
        doubted = self._doubted
        if self.source is None:
            self._begin(packet, arrived)
        elif (
            doubted is not None
            and doubted[0].ssrc == packet.ssrc
            and (doubted[0].sequence + 1) & 0xFFFF == packet.sequence
        ):
            self.counters.source_changes += 1
            self._begin(*doubted)
            place = self._place(packet)
            if place is not None:
                self._take(packet, place, arrived)
        else:
            self._doubted = packet, arrived

    def _begin(self, packet: RtpPacket, arrived: float) -> None:
        if self.source is not None:
            self._lost_before += max(self.source.lost, 0)
            self.pattern.restart()
        self._doubted = None
        codec = self._codec_of(packet.payload_type) or self._agreed.codec
        self.source = RtpSource(packet, codec.clock_rate_hz)
        self.buffer.reset(codec.clock_rate_hz)
        place = self.source.place(packet)
        if place is not None:
            self._take(packet, place, arrived)

    def _take(self, packet: RtpPacket, place: Place, arrived: float) -> None:
        codec = self._codec_of(packet.payload_type)
        if codec and self.source and codec.clock_rate_hz != self.source.clock_rate_hz:
            self._begin(packet, arrived)  # its time stamps count in other units (RFC 7160)
            return
        if self.source is not None:
            self.source.count(place)
        if codec is None:
            self.pattern.add(place.sequence, useful=True)
            if self.event_rate.admits(arrived):
                self.events.append(
                    NamedEventPacket(
                        packet.payload_type, packet.payload, packet.timestamp, packet.marker
                    )
                )
            return
        if self.source is not None:
            self.source.time(place, arrived)
        duration = codec.duration(packet.payload)
        fate = self.buffer.put(MediaPacket(*place, duration, codec, packet.payload, arrived))
        if not is_comfort_noise(codec):
            self.codec, self.packet_ms = codec, duration * 1000 // codec.clock_rate_hz
        self.pattern.add(place.sequence, useful=fate in (Fate.KEPT, Fate.REORDERED))
        if fate is Fate.DOUBLED:
            self.counters.doubled += 1
        elif fate is Fate.LATE:
            self.counters.late += 1
        elif fate is Fate.REORDERED:
            self.counters.reordered += 1


def is_sound(payload: bytes, codec: Codec) -> bool:
    """Whether a payload is of a length that the codec has, and not too short to be worth it."""
    return codec.duration(payload) >= SHORTEST_S * codec.clock_rate_hz
