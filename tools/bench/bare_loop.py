"""`python -m tools.bench.bare_loop`: the least that a call's sound can cost in this language.

Every RTP packet is decoded, brought to 48 kHz, brought back, encoded and returned, all by numpy on
whole packets: what a speaker has to do for a call at the least, without a speaker around it.
"""

from __future__ import annotations

import socket

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from tools.bench import g711
from tools.bench.rtp_packet import PACKET_SAMPLES, read_rtp, write_rtp

Samples = NDArray[np.float32]

FACTOR = 6
"""8 to 48 kHz."""
SPAN = 24
"""Length of both filters in samples of 8 kHz."""


class Filter:
    """A low-pass at 4 kHz over the sound that passes, `window` samples to each of its results."""

    def __init__(self, block: int, window: int, step: int, taps: Samples) -> None:
        self._past = window - step
        self._line = np.zeros(self._past + block, np.float32)
        self._windows = sliding_window_view(self._line, window)[::step]
        self._taps = taps

    def of(self, block: Samples) -> Samples:
        """The results for the next block."""
        self._line[: self._past] = self._line[len(block) :]
        self._line[self._past :] = block
        return (self._windows @ self._taps).ravel()


def main() -> None:
    """Say on which port, then serve until ended."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as opened:
        opened.bind(("127.0.0.1", 0))
        print(f"ready {opened.getsockname()[1]}", flush=True)
        serve(opened)


def serve(opened: socket.socket) -> None:
    """Return every packet, after its detour."""
    position = np.arange(SPAN * FACTOR) - SPAN * FACTOR // 2
    taps = (np.sinc(position / FACTOR) * np.hanning(SPAN * FACTOR)).astype(np.float32)
    up = Filter(PACKET_SAMPLES, SPAN, 1, taps.reshape(SPAN, FACTOR))
    down = Filter(PACKET_SAMPLES * FACTOR, SPAN * FACTOR, FACTOR, taps / np.float32(FACTOR))
    number = 0
    while True:
        data, source = opened.recvfrom(2048)
        packet = read_rtp(data)
        if packet is None or len(packet.payload) != PACKET_SAMPLES:
            continue
        room = up.of(g711.decode(packet.payload))
        payload = g711.encode(down.of(room))
        timestamp = number * PACKET_SAMPLES
        opened.sendto(write_rtp(number, timestamp, 1, payload, marker=False), source)
        number += 1


if __name__ == "__main__":
    main()
