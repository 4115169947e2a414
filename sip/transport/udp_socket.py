"""One bound UDP socket that knows which of the machine's addresses each datagram used.

Answers have to leave from the address that the request was sent to (RFC 3581 §4), or phones and
NATs drop them. A socket bound to every address learns and sets that by ancillary data
(RFC 3542 §6.1; ip(7), IP_PKTINFO).
"""

import socket
import struct
from typing import Final, NamedTuple

from sip.flow import Address, Flow, Transport
from sip.ip_literal import is_ipv6
from sip.transport.socket_address import SocketAddress, address_of, socket_address

_IP_PKTINFO: Final = 8  # Linux; Python 3.11 does not name it
_INFO4: Final = struct.Struct("=i4s4s")  # interface, local address, address in the header
_INFO6: Final = struct.Struct("=16si")  # local address, interface
_RCVBUFFORCE: Final = 33  # Linux; beyond what the system allows everybody, where we may
_MEMINFO: Final = 55  # Linux
_MEMINFO_DROPS: Final = struct.Struct("=32xI")  # the ninth of its numbers
_LONGEST: Final = 65535
_ANCILLARY_BYTES: Final = socket.CMSG_SPACE(_INFO6.size)

Ancillary = list[tuple[int, int, bytes]]

BUFFER_BYTES: Final = 4 * 2**20
"""What may wait to be read. The usual 208 KiB hold 150 requests: at 10,000 a second of a scanner
they are full after 15 ms in which the speaker is busy, and the next caller's INVITE is lost."""


class Datagram(NamedTuple):
    """What arrived, as the system gives it: most of a flood is dropped for its source alone."""

    data: bytes
    name: SocketAddress
    ancillary: Ancillary

    @property
    def host(self) -> str:
        """The address of the sender, without the interface of a link-local one."""
        return self.name[0]


class UdpSocket:
    """Sends and receives datagrams; never blocks. Takes over `bound`, which is non-blocking."""

    def __init__(self, bound: socket.socket) -> None:
        self._socket = bound
        self.ipv6 = bound.family == socket.AF_INET6
        host, self.port = bound.getsockname()[:2]
        self._default_host: str = host
        try:
            bound.setsockopt(socket.SOL_SOCKET, _RCVBUFFORCE, BUFFER_BYTES)
        except OSError:  # not privileged: as much as the system allows
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
        if self.ipv6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
        else:
            bound.setsockopt(socket.IPPROTO_IP, _IP_PKTINFO, 1)

    def fileno(self) -> int:
        """For the loop's readers."""
        return self._socket.fileno()

    def receive(self) -> Datagram | None:
        """The next datagram that is waiting, or None."""
        try:
            data, ancillary, _, name = self._socket.recvmsg(_LONGEST, _ANCILLARY_BYTES)
        except BlockingIOError:
            return None
        return Datagram(data, name, ancillary)

    def flow_of(self, datagram: Datagram) -> Flow:
        """Who sent it, and to which address of ours (any, where unknown)."""
        local = Address(self._local_host(datagram.ancillary), self.port)
        return Flow(Transport.UDP, local, address_of(datagram.name))

    def send(self, data: bytes, local_host: str, to: Address) -> None:
        """Send from `local_host`, if that is an address of this machine, to the IP literal `to`.

        Raises:
            BlockingIOError: the buffer is full just now.
            OSError: there is no way to that address, or the datagram is too long for one.
        """
        destination = socket_address(to)
        source = self._source(local_host)
        if source:
            try:
                self._socket.sendmsg([data], source, 0, destination)
            except BlockingIOError:
                raise
            except OSError:
                pass  # the address may have left the machine: let the routes choose another
            else:
                return
        self._socket.sendto(data, destination)

    @property
    def overflowed(self) -> int:
        """How many datagrams the system has dropped as the buffer was full; 0 where unknown."""
        try:
            figures = self._socket.getsockopt(socket.SOL_SOCKET, _MEMINFO, _MEMINFO_DROPS.size)
            return int(_MEMINFO_DROPS.unpack(figures)[0])
        except (OSError, struct.error):  # closed, or an older system
            return 0

    def close(self) -> None:
        """Give the port back."""
        self._socket.close()

    def _local_host(self, ancillary: Ancillary) -> str:
        for level, kind, info in ancillary:
            if level == socket.IPPROTO_IP and kind == _IP_PKTINFO and len(info) >= _INFO4.size:
                return socket.inet_ntop(socket.AF_INET, _INFO4.unpack_from(info)[1])
            if (
                level == socket.IPPROTO_IPV6
                and kind == socket.IPV6_PKTINFO
                and len(info) >= _INFO6.size
            ):
                return socket.inet_ntop(socket.AF_INET6, _INFO6.unpack_from(info)[0])
        return self._default_host

    def _source(self, host: str) -> Ancillary:
        host = host.partition("%")[0]
        if is_ipv6(host) is not self.ipv6 or not host:
            return []
        try:
            packed = socket.inet_pton(socket.AF_INET6 if self.ipv6 else socket.AF_INET, host)
        except OSError:
            return []  # a name: whoever built the flow left the choice to the routes
        if self.ipv6:
            return [(socket.IPPROTO_IPV6, socket.IPV6_PKTINFO, _INFO6.pack(packed, 0))]
        return [(socket.IPPROTO_IP, _IP_PKTINFO, _INFO4.pack(0, packed, bytes(4)))]
