"""The sound of one call as its phone sees it: RTP sent, RTP received, each with its time."""

from __future__ import annotations

import socket
import struct
import time
from typing import TYPE_CHECKING, NamedTuple

from tools.bench.rtp_packet import PACKET_SAMPLES, PCMU, RtpPacket, read_rtp, write_rtp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tools.bench.device import Address
    from tools.bench.srtp import Srtp

SO_TIMESTAMPNS = 35
"""Linux: the kernel notes when a datagram came, however late it is read. Python names it not."""

_TIMESPEC = struct.Struct("@qq")
_SPACE = socket.CMSG_SPACE(_TIMESPEC.size)
_PORT_TRIES = 64


class Arrival(NamedTuple):
    """A packet and when (seconds of the wall clock) the kernel had it."""

    at: float
    packet: RtpPacket


class Leg:
    """Sends a stretch of sound over and over, packet by packet, and takes what returns."""

    def __init__(
        self,
        payloads: Sequence[bytes],
        *,
        payload_type: int = PCMU,
        units: int = PACKET_SAMPLES,
        srtp: Srtp | None = None,
        host: str = "127.0.0.1",
        keep: bool = False,
        late_s: Sequence[float] = (),
    ) -> None:
        """Send `payloads`, 20 ms each; `keep` what arrives instead of only counting it.

        `units`: of the RTP clock in a packet. `srtp`: encrypts what is sent; what arrives and does
        not prove to be the device's is none of ours.
        `late_s`: by how many seconds packet after packet leaves later than its turn, over and over,
        as if a network in between had kept it; empty: not at all.

        Raises:
            ValueError: `payloads` is empty.
        """
        if not payloads:
            raise ValueError("a leg needs at least one payload to send")
        self._late_s = tuple(late_s) or (0.0,)
        self._payloads = tuple(payloads)
        self._payload_type, self._units = payload_type, units
        self.srtp = srtp
        """What the call's keys are kept by; None: the sound is plain."""
        self._keep = keep
        self._rtp, self._rtcp = port_pair(host)
        self._rtp.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self._remote: Address | None = None
        self.port: int = self._rtp.getsockname()[1]
        self.departures: list[float] = []
        """When (seconds of the wall clock) each packet left, or would have without its lateness."""
        self.arrivals: list[Arrival] = []
        self.received = 0
        self.longest_gap_s = 0.0
        """The longest time between two packets that came one after the other, since `mark`."""
        self._marked = 0
        self._last_at: float | None = None

    def aim(self, remote: Address) -> None:
        """Send there from now on."""
        self._remote = remote

    @property
    def next_late_s(self) -> float:
        """By how much the packet whose turn it is leaves later than that."""
        return self._late_s[len(self.departures) % len(self._late_s)]

    def send_next(self) -> None:
        """Send the packet whose turn it is."""
        if self._remote is None:
            raise ValueError("this leg does not know yet where to send")
        number = len(self.departures)
        packet = write_rtp(
            number,
            number * self._units,
            self.port,
            self._payloads[number % len(self._payloads)],
            marker=number == 0,
            payload_type=self._payload_type,
        )
        if self.srtp is not None:
            packet = self.srtp.protect(packet)
        self.departures.append(time.time() - self.next_late_s)
        self._rtp.sendto(packet, self._remote)

    def collect(self) -> None:
        """Take everything that has arrived."""
        while True:
            try:
                data, extra, _, _ = self._rtp.recvmsg(2048, _SPACE)
            except BlockingIOError:
                return
            packet = read_rtp(data) if self.srtp is None else self.srtp.read(data)
            if packet is None:
                continue
            at = _kernel_time(extra)
            self.received += 1
            if self._last_at is not None:
                self.longest_gap_s = max(self.longest_gap_s, at - self._last_at)
            self._last_at = at
            if self._keep:
                self.arrivals.append(Arrival(at, packet))

    def mark(self) -> None:
        """Count the packets and their longest gap from here on."""
        self._marked, self.longest_gap_s = self.received, 0.0

    @property
    def received_since_mark(self) -> int:
        """Packets that have arrived since `mark`, or at all without one."""
        return self.received - self._marked

    def close(self) -> None:
        """Close both ports."""
        self._rtp.close()
        self._rtcp.close()


def port_pair(host: str) -> tuple[socket.socket, socket.socket]:
    """Sockets of an even port and the one above it: RTCP must find a listener, as at any phone."""
    for _ in range(_PORT_TRIES):
        rtp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        rtp.bind((host, 0))
        port = rtp.getsockname()[1]
        rtcp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            if port % 2 == 0:
                rtcp.bind((host, port + 1))
                rtp.setblocking(False)
                return rtp, rtcp
        except OSError:  # somebody has the port above: try another pair
            pass
        rtp.close()
        rtcp.close()
    raise OSError(f"no pair of free ports at {host} in {_PORT_TRIES} tries")


def _kernel_time(extra: list[tuple[int, int, bytes]]) -> float:
    for level, kind, data in extra:
        if level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS:
            seconds, nanoseconds = _TIMESPEC.unpack(data)
            return float(seconds + nanoseconds * 1e-9)
    raise OSError("the kernel did not say when a datagram came (SO_TIMESTAMPNS)")
