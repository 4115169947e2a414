"""Packets that name the master key they are under (MKI, RFC 3711 §3.1)."""

from __future__ import annotations

from typing import Final, Protocol

from media.security import libsrtp
from media.security.srtp_suite import SrtpSuite

_TAGS: Final = {
    # In AES-GCM the tag is part of the encrypted payload, and the MKI comes last (RFC 7714 §8.2).
    SrtpSuite.AEAD_AES_256_GCM: (0, 0),
    SrtpSuite.AEAD_AES_128_GCM: (0, 0),
    SrtpSuite.AES_256_CM_HMAC_SHA1_80: (10, 10),
    SrtpSuite.AES_CM_128_HMAC_SHA1_80: (10, 10),
    SrtpSuite.AES_256_CM_HMAC_SHA1_32: (4, 10),
    SrtpSuite.AES_CM_128_HMAC_SHA1_32: (4, 10),
}
"""Octets behind the MKI, in SRTP and in SRTCP, whose tag is never short (RFC 4568 §6.2.2)."""


class Session(Protocol):
    """What protects or opens packets under one master key."""

    def protect(self, packet: bytes) -> bytes:
        """RTP as SRTP; raises MisuseError where it must not be."""

    def protect_control(self, packet: bytes) -> bytes:
        """RTCP as SRTCP, likewise."""

    def open(self, packet: bytes) -> bytes | None:
        """SRTP as RTP; None for what the key does not prove."""

    def open_control(self, packet: bytes) -> bytes | None:
        """SRTCP as RTCP, likewise."""


def identified(session: libsrtp.Session, suite: SrtpSuite, identifier: bytes) -> Session:
    """The session, with the identifier in its packets; an empty one is none."""
    return _IdentifiedSession(session, suite, identifier) if identifier else session


class _IdentifiedSession:
    """Puts the identifier before the tag, which does not cover it, and takes it out again.

    libsrtp has a way of its own, which its binding lacks.
    """

    def __init__(self, session: libsrtp.Session, suite: SrtpSuite, identifier: bytes) -> None:
        self._session = session
        self._identifier = identifier
        self._tag, self._control_tag = _TAGS[suite]

    def protect(self, packet: bytes) -> bytes:
        return self._marked(self._session.protect(packet), self._tag)

    def protect_control(self, packet: bytes) -> bytes:
        return self._marked(self._session.protect_control(packet), self._control_tag)

    def open(self, packet: bytes) -> bytes | None:
        bare = self._unmarked(packet, self._tag)
        return None if bare is None else self._session.open(bare)

    def open_control(self, packet: bytes) -> bytes | None:
        bare = self._unmarked(packet, self._control_tag)
        return None if bare is None else self._session.open_control(bare)

    def _marked(self, packet: bytes, tag_octets: int) -> bytes:
        tag_at = len(packet) - tag_octets
        return packet[:tag_at] + self._identifier + packet[tag_at:]

    def _unmarked(self, packet: bytes, tag_octets: int) -> bytes | None:
        """None: the packet is under another master key."""
        tag_at = len(packet) - tag_octets
        begins = tag_at - len(self._identifier)
        if begins < 0 or packet[begins:tag_at] != self._identifier:
            return None
        return packet[:begins] + packet[tag_at:]
