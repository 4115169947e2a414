"""A deep, smooth tone, and who makes it: where it has an edge, something clicked."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from media.codecs import Codec
from media.codecs.registry import BY_TITLE
from media.devices.loop import LoopInput
from media.frame import FRAME_SAMPLES, RATE_HZ, FloatArray
from media.rtp.packet import plain_packet
from tests.media.streams import PEER
from tests.media.wire import WirePath

LEVEL = 0.1
"""So many sounds at once stay below the limiter's ceiling, whose own bends are no clicks."""

TONE_HZ = 150.0

SHARPEST = LEVEL / 10
"""A step of a tenth of the sound's peak; the sound's own bends are a hundredth of that."""

LINEAR = BY_TITLE["L16/48000"]
CODECS = {0: BY_TITLE["PCMU"], 9: BY_TITLE["G722"], 97: LINEAR}


def tone(rate_hz: int, start: int, count: int) -> FloatArray:
    """Samples of it, by number."""
    return (LEVEL * np.cos(2 * np.pi * TONE_HZ * np.arange(start, start + count) / rate_hz)).astype(
        np.float32
    )


@dataclass
class Peer:
    """Sends a tone in packets of 10 ms, by whichever codec is wanted, with numbers of its own."""

    path: WirePath
    ssrc: int
    payload_type: int = 0
    speaks: bool = True
    number: int = 0
    encoders: dict[int, object] = field(default_factory=dict)

    @property
    def codec(self) -> Codec:
        return CODECS[self.payload_type]

    def send(self, now: float) -> None:
        self.number += 1
        if not self.speaks:
            return
        count = self.codec.rate_hz // 100
        encoder = self.encoders.setdefault(self.payload_type, self.codec.encoder(""))
        payload = encoder.encode(tone(self.codec.rate_hz, self.number * count, count))  # type: ignore[attr-defined]
        stamp = self.number * self.codec.clock_rate_hz // 100
        packet = plain_packet(
            self.payload_type, self.number & 0xFFFF, stamp, self.ssrc, payload, marker=False
        )
        self.path.deliver(packet, PEER, now)


class Humming(LoopInput):
    """A microphone that hears a deep tone and, if told, the loudspeaker."""

    def __init__(self) -> None:
        super().__init__()
        self._tick = 0

    def read(self, into: FloatArray, played: FloatArray | None, now: float) -> None:
        time = (self._tick * FRAME_SAMPLES + np.arange(FRAME_SAMPLES)) / RATE_HZ
        into[:] = LEVEL * np.cos(2 * np.pi * TONE_HZ * time)
        self._tick += 1
