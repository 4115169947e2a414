"""Speech in packets of 20 ms, encoded by the bench itself, of which some are lost on the way."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from tools.bench import g711
from tools.bench.device import Address
from tools.bench.errors import NoSoundHeard
from tools.bench.leg import port_pair
from tools.bench.rtp_packet import PACKET_S, RtpPacket, read_rtp, write_rtp
from tools.bench.voices import RATE_HZ, Samples, resampled

BIT_RATE = 32000
"""Of Opus."""
EXPECTED_LOSS_PERCENT = 10
"""What its redundancy is made for; below that its encoder makes none at this bit rate."""
COMPLEXITY = 10


@dataclass(frozen=True, slots=True)
class StreamCodec:
    """A codec as the bench sends it."""

    name: str
    formats: tuple[str, ...]
    """Payload type and attributes of the session description."""
    units: int
    """RTP clock units in a packet."""
    payloads: Callable[[Samples], list[bytes]]
    """Of sound at 16 kHz."""

    @property
    def payload_type(self) -> int:
        """The number in the packets."""
        return int(self.formats[0])


def _frames(samples: Samples, size: int) -> Iterator[Samples]:
    return (samples[at : at + size] for at in range(0, samples.size - size + 1, size))


def _pcmu(samples: Samples) -> list[bytes]:
    return [g711.encode(frame) for frame in _frames(resampled(samples, RATE_HZ, 8000), 160)]


def _g722(samples: Samples) -> list[bytes]:
    from G722 import G722  # noqa: PLC0415  (only for this figure)

    encoder = G722(RATE_HZ, 64000)
    numbers = np.clip(np.rint(samples * 32768), -32768, 32767).astype(np.int16)
    return [bytes(encoder.encode(frame)) for frame in _frames_of(numbers, 320)]


def _frames_of(numbers: NDArray[np.int16], size: int) -> Iterator[NDArray[np.int16]]:
    return (numbers[at : at + size] for at in range(0, numbers.size - size + 1, size))


def _opus(samples: Samples) -> list[bytes]:
    import opuslib_next  # noqa: PLC0415  (only for this figure)

    encoder = opuslib_next.Encoder(48000, 1, opuslib_next.APPLICATION_VOIP)
    encoder.bitrate, encoder.complexity = BIT_RATE, COMPLEXITY
    encoder.signal = opuslib_next.SIGNAL_VOICE
    encoder.inband_fec, encoder.packet_loss_perc = 1, EXPECTED_LOSS_PERCENT
    high = resampled(samples, RATE_HZ, 48000)
    return [encoder.encode_float(frame.tobytes(), frame.size) for frame in _frames(high, 960)]


def _l16(samples: Samples) -> list[bytes]:
    numbers = np.clip(np.rint(samples * 32767), -32768, 32767).astype(">i2")
    return [numbers[at : at + 320].tobytes() for at in range(0, numbers.size - 319, 320)]


PCMU = StreamCodec("PCMU", ("0", "rtpmap:0 PCMU/8000"), 160, _pcmu)
G722 = StreamCodec("G722", ("9", "rtpmap:9 G722/8000"), 160, _g722)
OPUS = StreamCodec("opus", ("96", "rtpmap:96 opus/48000/2", "fmtp:96 useinbandfec=1"), 960, _opus)
L16 = StreamCodec("L16/16000", ("97", "rtpmap:97 L16/16000"), 320, _l16)


class PacketStream:
    """Two ports, what is sent from the first of them, and what comes back to it if it is kept."""

    def __init__(self, host: str = "127.0.0.1", *, keep: bool = False) -> None:
        self._rtp, self._rtcp = port_pair(host)
        self._keep = keep
        self._began = 0.0
        self._returned: list[tuple[float, RtpPacket]] = []
        self.address = Address(*self._rtp.getsockname()[:2])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._rtp.close()
        self._rtcp.close()

    def send(
        self, codec: StreamCodec, payloads: list[bytes], lost: frozenset[int], remote: Address
    ) -> float:
        """Send each packet when it is due, but for the lost ones; how late the latest one was."""
        start, latest = time.monotonic(), 0.0
        self._began = start
        for number, payload in enumerate(payloads):
            due = start + number * PACKET_S
            time.sleep(max(0.0, due - time.monotonic()))
            if number not in lost:
                latest = max(latest, time.monotonic() - due)
                packet = write_rtp(
                    number,
                    number * codec.units,
                    self.address.port,
                    payload,
                    marker=number == 0,
                    payload_type=codec.payload_type,
                )
                self._rtp.sendto(packet, remote)
            self._drain()
        return latest

    def returned_l16(self) -> Samples:
        """What came back in `L16` while something was sent, from the moment the first packet left.

        Raises:
            NoSoundHeard: nothing did.
        """
        if not self._returned:
            raise NoSoundHeard("nothing came back")
        first = self._returned[0][1].timestamp
        offsets = [(packet.timestamp - first) & 0xFFFF_FFFF for _, packet in self._returned]
        # The quickest packet tells when the first sample was spoken.
        begins = min(
            at - self._began - offset / RATE_HZ - PACKET_S
            for (at, _), offset in zip(self._returned, offsets, strict=True)
        )
        lead = max(round(begins * RATE_HZ), 0)
        sound = np.zeros(lead + max(offsets) + L16.units, dtype=np.float32)
        for offset, (_, packet) in zip(offsets, self._returned, strict=True):
            samples = np.frombuffer(packet.payload, ">i2").astype(np.float32) / np.float32(32768)
            sound[lead + offset : lead + offset + samples.size] = samples
        return sound

    def _drain(self) -> None:
        """Take what the device sends."""
        while True:
            try:
                data = self._rtp.recv(2048, socket.MSG_DONTWAIT)
            except BlockingIOError:
                return
            packet = read_rtp(data) if self._keep else None
            if packet is not None and packet.payload_type == L16.payload_type:
                self._returned.append((time.monotonic(), packet))


def random_losses(packets: int, share: float, seed: int) -> frozenset[int]:
    """Each packet is lost or not whatever becomes of the others."""
    lost = np.random.default_rng(seed).random(packets) < share
    return frozenset(np.flatnonzero(lost).tolist())


def burst_losses(packets: int, share: float, seed: int, mean_length: float = 3.0) -> frozenset[int]:
    """Losses that come in rows of `mean_length` packets on average (Gilbert's model)."""
    generator = np.random.default_rng(seed)
    begins = share / (1 - share) / mean_length
    lost, is_lost = [], False
    for number in range(packets):
        is_lost = generator.random() < (1 - 1 / mean_length if is_lost else begins)
        if is_lost:
            lost.append(number)
    return frozenset(lost)
