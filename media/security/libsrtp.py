"""SRTP sessions of libsrtp (RFC 3711, RFC 7714, RFC 6188): one direction under one master key.

libsrtp keeps the roll-over counter across losses and the replay window.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any, Final, TypeAlias

import pylibsrtp as library
from pylibsrtp import _binding

from media.errors import MisuseError
from media.security.srtp_suite import SrtpSuite

REPLAY_WINDOW: Final = 1024
"""Packets: what a burst of late ones may span; libsrtp's own 128 are 2.5 s."""
LONGEST_WALK: Final = 64
"""Roll-overs that `walked` makes up for: a day of packets of 20 ms."""
LONGEST_PACKET: Final = 1500
"""Octets, before or after: no datagram on an Ethernet is longer."""
_LONGEST_TRAILER: Final = library.SRTP_MAX_SRTCP_TRAILER_LEN

_Step: TypeAlias = Callable[..., int]  # of session, packet and its length, in place

_HEADER: Final = struct.Struct("!BBHII")  # of RTP: a packet with nothing in it

OUTBOUND: Final[int] = library.Policy.SSRC_ANY_OUTBOUND
INBOUND: Final[int] = library.Policy.SSRC_ANY_INBOUND

_PROTECT: Final[_Step] = _binding.lib.srtp_protect
_PROTECT_CONTROL: Final[_Step] = _binding.lib.srtp_protect_rtcp
_OPEN: Final[_Step] = _binding.lib.srtp_unprotect
_OPEN_CONTROL: Final[_Step] = _binding.lib.srtp_unprotect_rtcp

_PROFILES: Final = {
    SrtpSuite.AEAD_AES_256_GCM: library.Policy.SRTP_PROFILE_AEAD_AES_256_GCM,
    SrtpSuite.AEAD_AES_128_GCM: library.Policy.SRTP_PROFILE_AEAD_AES_128_GCM,
    SrtpSuite.AES_CM_128_HMAC_SHA1_80: library.Policy.SRTP_PROFILE_AES128_CM_SHA1_80,
    SrtpSuite.AES_CM_128_HMAC_SHA1_32: library.Policy.SRTP_PROFILE_AES128_CM_SHA1_32,
    # The binding has no profile for AES-256 in counter mode; the cipher is put into these.
    SrtpSuite.AES_256_CM_HMAC_SHA1_80: library.Policy.SRTP_PROFILE_AES128_CM_SHA1_80,
    SrtpSuite.AES_256_CM_HMAC_SHA1_32: library.Policy.SRTP_PROFILE_AES128_CM_SHA1_32,
}
_LONG_CIPHERS: Final = (SrtpSuite.AES_256_CM_HMAC_SHA1_80, SrtpSuite.AES_256_CM_HMAC_SHA1_32)
_CIPHER: Final = struct.Struct("=Ii")
"""How `srtp_crypto_policy_t` begins: kind of cipher, octets of key and salt."""
_AES_ICM_128: Final = (1, 30)
_AES_ICM_256: Final = (5, 46)


class Session:
    """One direction under one master key with its salt, for any SSRC.

    Each packet is worked on in the same memory, and copied there and back.
    """

    def __init__(self, suite: SrtpSuite, key: bytes, direction: int) -> None:
        """For packets that are OUTBOUND or INBOUND.

        Raises:
            MisuseError: the key is not as long as the suite wants it.
        """
        self._owner = library.Session(_policy(suite, key, direction))  # gives the memory back
        self._session = self._owner._srtp[0]
        self._octets = _binding.ffi.new("char[]", LONGEST_PACKET + _LONGEST_TRAILER)
        self._packet = _binding.ffi.buffer(self._octets)
        self._length = _binding.ffi.new("int *")

    def protect(self, packet: bytes) -> bytes:
        """An RTP packet as SRTP.

        Raises:
            MisuseError: libsrtp does not, mostly as it has protected one of that number before.
        """
        return self._protected(_PROTECT, packet)

    def protect_control(self, packet: bytes) -> bytes:
        """An RTCP packet as SRTCP.

        Raises:
            MisuseError: libsrtp does not.
        """
        return self._protected(_PROTECT_CONTROL, packet)

    def open(self, packet: bytes) -> bytes | None:
        """The RTP packet in an SRTP packet; None: the key does not prove it to be new and right."""
        return self._opened(_OPEN, packet)

    def open_control(self, packet: bytes) -> bytes | None:
        """The RTCP packet in an SRTCP packet; None as with `open`."""
        return self._opened(_OPEN_CONTROL, packet)

    def _protected(self, step: _Step, packet: bytes) -> bytes:
        length = self._length
        size = length[0] = len(packet)
        if size > LONGEST_PACKET:
            raise MisuseError(f"a packet of {size} octets is longer than {LONGEST_PACKET}")
        self._packet[:size] = packet
        if error := step(self._session, self._octets, length):
            raise MisuseError(f"a packet cannot be protected: {library.ERRORS[error]}")
        protected: bytes = self._packet[: length[0]]
        return protected

    def _opened(self, step: _Step, packet: bytes) -> bytes | None:
        length = self._length
        size = length[0] = len(packet)
        if size > LONGEST_PACKET:
            return None
        self._packet[:size] = packet
        if step(self._session, self._octets, length):
            return None
        opened: bytes = self._packet[: length[0]]
        return opened


def _policy(suite: SrtpSuite, key: bytes, direction: int) -> library.Policy:
    if len(key) != suite.key_octets:
        raise MisuseError(f"{suite.value}: a key of {len(key)} octets, not {suite.key_octets}")
    policy = library.Policy(key=key, ssrc_type=direction, srtp_profile=_PROFILES[suite])
    policy.window_size = REPLAY_WINDOW
    if suite in _LONG_CIPHERS:
        _lengthen(policy._policy.rtp)
        _lengthen(policy._policy.rtcp)
    return policy


def _lengthen(crypto_policy: Any) -> None:
    """Let AES-256 take the place of AES-128 in a policy that has it in counter mode."""
    memory = _binding.ffi.buffer(_binding.ffi.addressof(crypto_policy))
    if _CIPHER.unpack_from(memory) != _AES_ICM_128:
        raise MisuseError("this build of libsrtp has another layout: no AES-256 in counter mode")
    _CIPHER.pack_into(memory, 0, *_AES_ICM_256)


def walked(suite: SrtpSuite, key: bytes, *, ssrc: int, index: int) -> Session:
    """An INBOUND session that has got as far as packet `index` of `ssrc` (RFC 3711 §3.3.1).

    For a peer that keeps its roll-over counter when its key changes: libsrtp cannot be told of
    one. So the session is given packets of its own making, two for each roll-over.

    Raises:
        MisuseError: there are more roll-overs than LONGEST_WALK.
    """
    if index >> 16 > LONGEST_WALK:
        raise MisuseError(f"{index >> 16} roll-overs are more than {LONGEST_WALK}")
    there, here = Session(suite, key, OUTBOUND), Session(suite, key, INBOUND)
    for step in (*range(0, index, 0x7FFF), index):
        packet = _HEADER.pack(0x80, 0, step & 0xFFFF, 0, ssrc)
        here.open(there.protect(packet))
    return here
