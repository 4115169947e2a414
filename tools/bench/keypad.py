"""The keys of a phone, as telephone-events (RFC 4733) and nothing else."""

from __future__ import annotations

import socket
import struct
import time
from typing import TYPE_CHECKING

from tools.bench.rtp_packet import PACKET_SAMPLES, TELEPHONE_EVENT, write_rtp

if TYPE_CHECKING:
    from tools.bench.device import Address

_EVENT = struct.Struct("!BBH")
_END = 0x80
_VOLUME = 10
_END_COPIES = 3


class Keypad:
    """Sends key presses from a port of its own."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((host, 0))
        self.port: int = self._socket.getsockname()[1]
        self._sequence = 0
        self._presses = 0

    def press(self, digit: int, remote: Address) -> float:
        """Press a key for a packet's time and let go; when (monotonic seconds) it went down."""
        self._presses += 1
        timestamp = self._presses * 8000
        pressed = time.monotonic()
        for number in range(1 + _END_COPIES):
            end = _END if number else 0
            event = _EVENT.pack(digit, end | _VOLUME, PACKET_SAMPLES * (1 + bool(number)))
            packet = write_rtp(
                self._sequence, timestamp, self.port, event, marker=not number,
                payload_type=TELEPHONE_EVENT,
            )  # fmt: skip
            self._socket.sendto(packet, remote)
            self._sequence += 1
        return pressed

    def close(self) -> None:
        """Give the port back."""
        self._socket.close()
