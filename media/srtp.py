"""SRTP and SRTCP (RFC 3711, RFC 7714) by libsrtp: what both ends' keys make of packets.

libsrtp keeps the roll-over counter across losses and the replay window (128 packets).
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Final

import pylibsrtp as library

from media.errors import MisuseError

REPLAY_WINDOW: Final = 1024
"""Packets: what a burst of late ones may span; libsrtp's own 128 are 2.5 s."""


class SrtpSuite(enum.Enum):
    """Ciphers by their names in `a=crypto` (RFC 4568 §6.2, RFC 7714 §14.2), the strongest first."""

    AEAD_AES_256_GCM = "AEAD_AES_256_GCM"
    AEAD_AES_128_GCM = "AEAD_AES_128_GCM"
    AES_CM_128_HMAC_SHA1_80 = "AES_CM_128_HMAC_SHA1_80"
    AES_CM_128_HMAC_SHA1_32 = "AES_CM_128_HMAC_SHA1_32"

    @property
    def key_octets(self) -> int:
        """Length of master key and master salt together."""
        return _KEY_OCTETS[self]


_KEY_OCTETS: Final = {
    SrtpSuite.AEAD_AES_256_GCM: 32 + 12,
    SrtpSuite.AEAD_AES_128_GCM: 16 + 12,
    SrtpSuite.AES_CM_128_HMAC_SHA1_80: 16 + 14,
    SrtpSuite.AES_CM_128_HMAC_SHA1_32: 16 + 14,
}
_PROFILES: Final = {
    SrtpSuite.AEAD_AES_256_GCM: library.Policy.SRTP_PROFILE_AEAD_AES_256_GCM,
    SrtpSuite.AEAD_AES_128_GCM: library.Policy.SRTP_PROFILE_AEAD_AES_128_GCM,
    SrtpSuite.AES_CM_128_HMAC_SHA1_80: library.Policy.SRTP_PROFILE_AES128_CM_SHA1_80,
    SrtpSuite.AES_CM_128_HMAC_SHA1_32: library.Policy.SRTP_PROFILE_AES128_CM_SHA1_32,
}


@dataclass(frozen=True, slots=True)
class SrtpKeys:
    """What protects one stream. Keys hold the master key and the master salt, never shown."""

    suite: SrtpSuite
    local: bytes = field(repr=False)
    """Of what we send."""
    remote: bytes = field(repr=False)
    """Of what the peer sends."""


class SrtpContext:
    """Protects what goes out and opens what comes in, as long as a stream lasts.

    Raises MisuseError for a key that is not as long as its suite wants it.
    """

    def __init__(self, keys: SrtpKeys) -> None:
        self._keys = keys
        self._out = _session(keys.suite, keys.local, library.Policy.SSRC_ANY_OUTBOUND)
        self._in = _session(keys.suite, keys.remote, library.Policy.SSRC_ANY_INBOUND)

    def update(self, keys: SrtpKeys) -> None:
        """Go on with what was agreed to anew.

        A key that stays goes on where it was: to start it again would use its key stream twice.
        """
        if (keys.suite, keys.local) != (self._keys.suite, self._keys.local):
            self._out = _session(keys.suite, keys.local, library.Policy.SSRC_ANY_OUTBOUND)
        if (keys.suite, keys.remote) != (self._keys.suite, self._keys.remote):
            self._in = _session(keys.suite, keys.remote, library.Policy.SSRC_ANY_INBOUND)
        self._keys = keys

    def protect(self, packet: bytes) -> bytes:
        """An RTP packet of ours as SRTP."""
        return bytes(self._out.protect(packet))

    def protect_control(self, packet: bytes) -> bytes:
        """An RTCP packet of ours as SRTCP."""
        return bytes(self._out.protect_rtcp(packet))

    def open(self, packet: bytes) -> bytes | None:
        """The RTP packet in an SRTP packet; None: it is not the peer's, or a copy."""
        try:
            return bytes(self._in.unprotect(packet))
        except (library.Error, ValueError):
            return None

    def open_control(self, packet: bytes) -> bytes | None:
        """The RTCP packet in an SRTCP packet; None: it is not the peer's, or a copy."""
        try:
            return bytes(self._in.unprotect_rtcp(packet))
        except (library.Error, ValueError):
            return None


def _session(suite: SrtpSuite, key: bytes, direction: int) -> library.Session:
    if len(key) != suite.key_octets:
        raise MisuseError(f"{suite.value}: a key of {len(key)} octets, not {suite.key_octets}")
    policy = library.Policy(key=key, ssrc_type=direction, srtp_profile=_PROFILES[suite])
    policy.window_size = REPLAY_WINDOW
    return library.Session(policy)
