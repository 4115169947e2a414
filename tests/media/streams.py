"""Streams of packets as data, for tests of what receives them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from media.codecs import g711
from media.frame import FRAME_SAMPLES, TICK_S, FloatArray
from media.rtp.packet import plain_packet
from media.sdp.negotiation import AgreedStream, Direction
from media.stream.rtp_stream import RtpStream

PEER = ("192.0.2.7", 4000)
PEER_CONTROL = ("192.0.2.7", 4001)
SSRC = 0x1234_5678
FIRST_TIMESTAMP = 0xFFFF_FF00
"""Of what `stream` sends."""
PACKET_S = 0.020
PACKET_SAMPLES = 160
SILENCE = np.zeros(FRAME_SAMPLES, dtype=np.float32)
"""A frame of ours."""
LOUD = g711.PCMU.encoder("").encode(np.full(PACKET_SAMPLES, 0.5, dtype=np.float32))
"""The payload of a packet."""


def agreed(**changes: object) -> AgreedStream:
    """G.711 both ways with named events as 101, or as `changes` say."""
    values: dict[str, object] = {
        "codec": g711.PCMU,
        "payload_type": 0,
        "accepts": {0: g711.PCMU, 8: g711.PCMA},
        "telephone_event": 101,
        "telephone_event_accepts": frozenset((101,)),
        "ptime_ms": 20,
        "direction": Direction.SENDRECV,
        "remote": PEER,
        "remote_control": PEER_CONTROL,
    }
    return AgreedStream(**(values | changes))  # type: ignore[arg-type]


def stream(**changes: object) -> RtpStream:
    """A fresh stream whose numbers are about to wrap, because that is where mistakes show."""
    return RtpStream(
        agreed(**changes),
        ssrc=0xAAAA_5555,
        first_sequence=0xFFFE,
        first_timestamp=FIRST_TIMESTAMP,
        cname="speaker@example.org",
    )


def packet(
    number: int,
    payload: bytes = bytes((0xFF,)) * PACKET_SAMPLES,
    *,
    payload_type: int = 0,
    ssrc: int = SSRC,
    first_sequence: int = 0,
    first_timestamp: int = 0,
    samples: int = PACKET_SAMPLES,
    marker: bool = False,
) -> bytes:
    """The `number`-th packet of a stream of packets of equal length."""
    return plain_packet(
        payload_type,
        (first_sequence + number) & 0xFFFF,
        (first_timestamp + number * samples) & 0xFFFF_FFFF,
        ssrc,
        payload,
        marker=marker,
    )


def payloads_of(sound: FloatArray, samples: int = PACKET_SAMPLES) -> list[bytes]:
    """µ-law payloads of whole packets."""
    encoder = g711.PCMU.encoder("")
    whole = sound.size // samples * samples
    return [encoder.encode(sound[at : at + samples]) for at in range(0, whole, samples)]


@dataclass
class Listener:
    """Plays a stream at each tick and hands it datagrams as their time comes."""

    core: RtpStream
    now: float = 1000.0
    heard: list[FloatArray | None] = field(default_factory=list)

    def listen(self, arrivals: Iterable[tuple[float, bytes]], ticks: int) -> None:
        """Play `ticks` frames; `arrivals` are (seconds from now, RTP datagram) in any order."""
        waiting = sorted(((self.now + at, data) for at, data in arrivals), key=lambda pair: pair[0])
        for _ in range(ticks):
            while waiting and waiting[0][0] <= self.now + 1e-9:  # sums of 0.01 are not exact
                at, data = waiting.pop(0)
                self.core.receive(data, PEER, at)
            self.heard.append(self.core.play(self.now))
            self.now += TICK_S

    @property
    def sound(self) -> FloatArray:
        """All that was played at 48 kHz, silence for nothing."""
        silence = np.zeros(480, dtype=np.float32)
        return np.concatenate([silence if frame is None else frame for frame in self.heard])

    @property
    def first_heard(self) -> int | None:
        """The number of the first tick that had sound."""
        return next((i for i, frame in enumerate(self.heard) if frame is not None), None)


def steady(
    payloads: Sequence[bytes], *, delays_s: Sequence[float] | None = None, lost: Sequence[int] = ()
) -> list[tuple[float, bytes]]:
    """One packet each 20 ms, with a delay of its own each if wanted, without the lost ones."""
    return [
        (i * PACKET_S + (delays_s[i] if delays_s is not None else 0.0), packet(i, payload))
        for i, payload in enumerate(payloads)
        if i not in lost
    ]
