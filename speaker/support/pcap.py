"""Recorded traffic as a file of tcpdump and Wireshark (libpcap's own format, raw IP packets).

The headers below the messages are made up: whoever hears the speaker's own sockets has seen none.
Addresses, ports and times are real; sequence numbers of TCP count what was heard.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from ipaddress import IPv4Address, ip_address
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from ipaddress import IPv6Address

Endpoint = tuple[str, int]
"""IP literal without a scope, and port."""

LINKTYPE_RAW: Final = 101
LONGEST_PACKET: Final = 65535
FILE_HEADER: Final = struct.pack("=IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, LONGEST_PACKET, LINKTYPE_RAW)
"""Of files whose times are in microseconds, in the byte order of this machine."""

LONGEST_SEGMENT: Final = 16 * 1024
"""Octets of TCP in one packet; UDP is cut at what one datagram can hold."""

LONGEST_DATAGRAM: Final = LONGEST_PACKET - 40 - 8

MOST_STREAMS: Final = 1024
"""Whose sequence numbers are remembered; the oldest start anew."""

_RECORD: Final = struct.Struct("=IIII")
_TCP, _UDP = 6, 17
_HOPS: Final = 64
_PUSH_AND_ACK: Final = 0x18
_WINDOW: Final = 65535


class Message(NamedTuple):
    """Something that was sent or has arrived."""

    at: float
    """Unix time, seconds."""
    source: Endpoint
    destination: Endpoint
    data: bytes
    is_stream: bool
    """Whether it came by TCP (or TLS, whose encryption has been taken off), else by UDP."""


@dataclass(slots=True)
class PcapWriter:
    """Makes records of messages; `FILE_HEADER` stands before the first."""

    _sent: dict[tuple[Endpoint, Endpoint], int] = field(default_factory=dict)
    """Octets in each direction of a connection."""

    def records(self, message: Message) -> Iterator[bytes]:
        """The records of one message; none if its ends are not of the same version of IP."""
        source, destination = ip_address(message.source[0]), ip_address(message.destination[0])
        if source.version != destination.version:
            return
        if message.is_stream:
            for at in range(0, len(message.data), LONGEST_SEGMENT):
                segment = self._segment(message, message.data[at : at + LONGEST_SEGMENT])
                yield _record(message.at, _packet(source, destination, _TCP, segment))
            return
        data = message.data[:LONGEST_DATAGRAM]
        ports = (message.source[1], message.destination[1])
        header = struct.pack("!HHHH", *ports, 8 + len(data), 0)
        yield _record(message.at, _packet(source, destination, _UDP, header + data))

    def _segment(self, message: Message, data: bytes) -> bytes:
        there = (message.source, message.destination)
        back = (message.destination, message.source)
        sequence, heard = self._sent.get(there, 0), self._sent.get(back, 0)
        self._sent.pop(there, None)
        self._sent[there] = sequence + len(data)
        if len(self._sent) > MOST_STREAMS:
            del self._sent[next(iter(self._sent))]
        numbers = ((sequence + 1) % 2**32, (heard + 1) % 2**32)
        ports = (message.source[1], message.destination[1])
        header = struct.pack("!HHIIBBHHH", *ports, *numbers, 5 << 4, _PUSH_AND_ACK, _WINDOW, 0, 0)
        return header + data


def _record(at: float, packet: bytes) -> bytes:
    seconds, fraction = divmod(at, 1.0)
    return _RECORD.pack(int(seconds), int(fraction * 1e6), len(packet), len(packet)) + packet


def _packet(
    source: IPv4Address | IPv6Address,
    destination: IPv4Address | IPv6Address,
    protocol: int,
    payload: bytes,
) -> bytes:
    """An IP packet around a UDP datagram or a TCP segment without its checksum."""
    ends = source.packed + destination.packed
    pseudo_header = ends + struct.pack("!II", len(payload), protocol)
    at = 6 if protocol == _UDP else 16
    checksum = _checksum(pseudo_header + payload) or 0xFFFF  # 0 would mean that there is none
    payload = payload[:at] + struct.pack("!H", checksum) + payload[at + 2 :]
    if isinstance(source, IPv4Address):
        length = 20 + len(payload)
        header = struct.pack("!BBHHHBBH", 0x45, 0, length, 0, 0x4000, _HOPS, protocol, 0) + ends
        header = header[:10] + struct.pack("!H", _checksum(header)) + header[12:]
    else:
        header = struct.pack("!IHBB", 6 << 28, len(payload), protocol, _HOPS) + ends
    return header + payload


def _checksum(data: bytes) -> int:
    """RFC 1071. A number of any length is its own sum of 16-bit words, modulo 65535."""
    if len(data) % 2:
        data += b"\0"
    rest = int.from_bytes(data, "big") % 0xFFFF
    return 0xFFFF - rest if rest or not any(data) else 0
