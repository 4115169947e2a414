"""Two ends of SRTP in memory, and what passes between them."""

from __future__ import annotations

from media.rtp.packet import plain_packet
from media.security.srtp import SrtpContext, SrtpKeys, SrtpSuite

CM80 = SrtpSuite.AES_CM_128_HMAC_SHA1_80


def key(suite: SrtpSuite, seed: int) -> bytes:
    """Key and salt, another one for each seed."""
    return bytes((seed + number) & 0xFF for number in range(suite.key_octets))


def pair(suite: SrtpSuite = CM80) -> tuple[SrtpContext, SrtpContext]:
    """Two ends that know each other's key."""
    one, other = key(suite, 1), key(suite, 101)
    return SrtpContext(SrtpKeys(suite, one, other)), SrtpContext(SrtpKeys(suite, other, one))


def numbered(number: int) -> bytes:
    """The plain packet of that number."""
    return plain_packet(0, number & 0xFFFF, number * 160 & 0xFFFF_FFFF, 5, b"sound", marker=False)


def protected(context: SrtpContext, number: int) -> bytes:
    return context.protect(numbered(number))


def opened(context: SrtpContext, packets: list[bytes]) -> int:
    """How many of them an end believes."""
    return sum(context.open(packet) is not None for packet in packets)


def fresh(local: int, remote: int, suite: SrtpSuite = CM80) -> SrtpKeys:
    """Keys of these seeds."""
    return SrtpKeys(suite, key(suite, local), key(suite, remote))
