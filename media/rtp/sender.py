"""Our sound as RTP packets: frames of the engine in, one packet per packet time out."""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Iterable
from typing import Final

import numpy as np

from media.codecs import Codec
from media.frame import FRAME_SAMPLES, RATE_HZ, TICK_S, FloatArray
from media.resampling.whole_factor import resampler
from media.rtp.codec_change import Opening, end_softly, has_last_packet, needs_another_encoder
from media.rtp.packet import plain_packet
from media.rtp.silence_suppression import SilenceSuppression
from media.sdp.negotiation import AgreedStream

FRAME_MS: Final = round(TICK_S * 1000)
_REMEMBERED: Final = 256  # packets that we can tell for our own when they come back: 5 s
LONGEST_EVENT_QUEUE: Final = 32
"""Named events that wait; more keys than anybody presses while one is being sent."""


_NUMBERS: Final = struct.Struct("!HI")  # as they stand in a packet from its third octet on


class RtpSender:
    """Fills packets, numbers them, and puts named events in their place (RFC 4733 §2.5.1)."""

    def __init__(
        self, agreed: AgreedStream, *, ssrc: int, first_sequence: int, first_timestamp: int
    ) -> None:
        self.ssrc = ssrc
        self.packets = 0
        """Of this SSRC."""
        self.octets = 0
        """Their payload octets."""
        self.packets_before = 0
        """Of the SSRCs before this one."""
        self.octets_before = 0
        self._latest = [b""] * _REMEMBERED  # their sequence numbers and time stamps
        self.sent_at: float | None = None
        """When the last packet was made, in monotonic seconds."""
        self._sequence = first_sequence & 0xFFFF
        self._timestamp = first_timestamp & 0xFFFF_FFFF  # of the first sample in the packet
        self._reckoned_at: float | None = None
        self._marker = True
        self._agreed = agreed
        self._events: deque[tuple[int, deque[bytes]]] = deque()
        self._event_timestamp: int | None = None  # of the event being sent
        self._suppression: SilenceSuppression | None = None
        self._suppressed: Codec | None = None  # what the suppression is made for
        self._frames = 0  # in the unfinished packet
        self._sound = np.zeros(0, dtype=np.float32)  # of that packet, still at 48 kHz
        self._opening: Opening | None = None  # of that packet, if it is the first by a codec
        self._next: AgreedStream | None = None  # once that packet is sent
        self._adopt(agreed)

    def update(self, agreed: AgreedStream) -> None:
        """Go on with another codec, packet length or direction. Sound in the packet is kept.

        A codec that the peer agrees to still has that packet for its last.
        """
        if not agreed.direction.sends:
            self._skip(self._frames)
            self._frames = 0
            self._events.clear()
            self._event_timestamp = None
            self._opening = None
        self._next = None
        if self._is_heard and has_last_packet(self._agreed, agreed):
            self._next = agreed
            return
        kept = self._sound[: self._frames * FRAME_SAMPLES]
        self._adopt(agreed)
        # Frames that a shorter packet has no room for are left out; their time has passed.
        fitting = min(self._frames, self._sound.size // FRAME_SAMPLES - 1)
        self._skip(self._frames - fitting)
        self._frames = fitting
        if fitting:
            self._sound[: fitting * FRAME_SAMPLES] = kept[-fitting * FRAME_SAMPLES :]

    def _adopt(self, agreed: AgreedStream, *, was_last: bool = False) -> None:
        """`was_last`: a codec had a last packet."""
        codec, had = agreed.codec, self._agreed
        if not self._sound.size or needs_another_encoder(had, agreed):
            sent = self._sound[self._frames * FRAME_SAMPLES :]
            goes_on = self._is_heard and agreed.direction.sends
            self._opening = Opening(had.codec, codec, sent, is_silent=was_last) if goes_on else None
            self._encoder = codec.encoder(agreed.parameters)
            self._downsampler = resampler(RATE_HZ, codec.rate_hz)
        self._agreed = agreed
        self._adopt_silence(agreed)
        self._frame_units = round(codec.clock_rate_hz * TICK_S)
        frames = agreed.ptime_ms // FRAME_MS
        if self._sound.size != frames * FRAME_SAMPLES:
            self._sound = np.zeros(frames * FRAME_SAMPLES, dtype=np.float32)

    @property
    def _is_heard(self) -> bool:
        """Whether the next packet follows others closely."""
        return self.sent_at is not None and self._agreed.direction.sends

    def _adopt_silence(self, agreed: AgreedStream) -> None:
        codec = agreed.codec
        if agreed.comfort_noise is None:
            self._suppression = None
        elif self._suppression is None or codec != self._suppressed:
            self._suppression = SilenceSuppression(codec.rate_hz, codec.clock_rate_hz)
            self._suppressed = codec

    def rename(self, ssrc: int, first_sequence: int) -> None:
        """Go on as another SSRC (RFC 3550 §8.2), with its own count of packets.

        Time stamps go on, and sound: what is in the unfinished packet is sent in it.
        """
        self.ssrc = ssrc
        self.packets_before += self.packets
        self.octets_before += self.octets
        self.packets = self.octets = 0
        self._sequence = first_sequence & 0xFFFF
        self._marker = True

    def has_sent(self, sequence: int, timestamp: int) -> bool:
        """Whether one of our latest packets had these numbers."""
        return self._latest[sequence % _REMEMBERED] == _NUMBERS.pack(sequence, timestamp)

    def queue_event(self, payloads: Iterable[bytes], payload_type: int) -> None:
        """Send an event as soon as those before it are through; a full queue drops it."""
        waiting = deque(payloads)
        if waiting and self._agreed.direction.sends and len(self._events) < LONGEST_EVENT_QUEUE:
            self._events.append((payload_type, waiting))

    def capture(self, frame: FloatArray, now: float) -> bytes | None:
        """Take 480 samples at 48 kHz; the packet that they make full.

        All work waits for the whole packet: one pass over it costs half of one per frame.
        """
        self._reckoned_at = now
        if not self._agreed.direction.sends:
            self._skip(1)
            self._marker = True
            return None
        if self._suppression is not None:
            self._suppression.hear(frame)
        start = self._frames * FRAME_SAMPLES
        self._sound[start : start + FRAME_SAMPLES] = frame
        self._frames += 1
        if start + FRAME_SAMPLES < self._sound.size:
            return None
        sound = self._at_codec_rate()
        noise = None if self._suppression is None else self._suppression.replacement(sound)
        if self._events:
            packet: bytes | None = self._event_packet()
        elif noise is None:
            packet = self._sound_packet(sound)
        else:
            packet = self._noise_packet(noise)
        self._skip(self._frames)
        self._frames = 0
        if self._next is not None:
            agreed, self._next = self._next, None
            self._adopt(agreed, was_last=True)
        if packet is None:
            return None
        self._latest[self._sequence % _REMEMBERED] = packet[2:8]
        self._sequence = (self._sequence + 1) & 0xFFFF
        self.packets += 1
        self.sent_at = now
        return packet

    def skip(self, ticks: int) -> None:
        """Leave out so many frames: their time passed without `capture`.

        Time stamps go on with the time, as after any silence (RFC 3551 §4.1), so that the peer
        does not take all that follows for late.
        """
        self._skip(ticks)
        self._marker = True

    def timestamp_at(self, now: float) -> int:
        """The RTP time of monotonic second `now`, for sender reports (RFC 3550 §6.4.1)."""
        units = self._frames * self._frame_units
        if self._reckoned_at is not None:
            units += round((now - self._reckoned_at) * self._agreed.codec.clock_rate_hz)
        return (self._timestamp + units) & 0xFFFF_FFFF

    def _at_codec_rate(self) -> FloatArray:
        """The full packet's sound.

        What an event takes the place of goes through the filter all the same, so that what follows
        the event does not begin with a click.
        """
        sound = self._sound
        if self._opening is not None:
            self._opening.apply(sound, self._downsampler)
            self._opening = None
        if self._next is not None:
            end_softly(sound, self._agreed.codec)
        return sound if self._downsampler is None else self._downsampler.resample(sound)

    def _sound_packet(self, sound: FloatArray) -> bytes | None:
        payload = self._encoder.encode(sound)
        if not payload:
            self._marker = True  # the first one after silence begins a talkspurt (RFC 3551 §4.1)
            return None
        self.octets += len(payload)
        packet = plain_packet(
            self._agreed.payload_type,
            self._sequence,
            self._timestamp,
            self.ssrc,
            payload,
            marker=self._marker,
        )
        self._marker = False
        return packet

    def _noise_packet(self, payload: bytes) -> bytes | None:
        """What is sent in place of silence, mostly nothing."""
        self._marker = True  # on the first one with sound again
        if not payload or self._agreed.comfort_noise is None:
            return None
        self.octets += len(payload)
        return plain_packet(
            self._agreed.comfort_noise,
            self._sequence,
            self._timestamp,
            self.ssrc,
            payload,
            marker=False,
        )

    def _event_packet(self) -> bytes:
        payload_type, payloads = self._events[0]
        starts = self._event_timestamp is None
        if self._event_timestamp is None:
            self._event_timestamp = self._timestamp
        timestamp = self._event_timestamp
        payload = payloads.popleft()
        if not payloads:
            self._events.popleft()
            self._event_timestamp = None
        self.octets += len(payload)
        return plain_packet(
            payload_type, self._sequence, timestamp, self.ssrc, payload, marker=starts
        )

    def _skip(self, frames: int) -> None:
        """So much time is over: the next packet starts after it."""
        self._timestamp = (self._timestamp + frames * self._frame_units) & 0xFFFF_FFFF
