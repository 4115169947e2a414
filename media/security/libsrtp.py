"""SRTP sessions of libsrtp (RFC 3711, RFC 7714, RFC 6188): one direction under one master key.

libsrtp keeps the roll-over counter across losses and the replay window.
"""

from __future__ import annotations

import struct
from typing import Any, Final

import pylibsrtp as library
from pylibsrtp import _binding

from media.errors import MisuseError
from media.security.srtp_suite import SrtpSuite

REPLAY_WINDOW: Final = 1024
"""Packets: what a burst of late ones may span; libsrtp's own 128 are 2.5 s."""
LONGEST_WALK: Final = 64
"""Roll-overs that `walk` makes up for: a day of packets of 20 ms."""

_HEADER: Final = struct.Struct("!BBHII")  # of RTP: a packet with nothing in it

OUTBOUND: Final[int] = library.Policy.SSRC_ANY_OUTBOUND
INBOUND: Final[int] = library.Policy.SSRC_ANY_INBOUND

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


def session(suite: SrtpSuite, key: bytes, direction: int) -> library.Session:
    """A session for any SSRC, OUTBOUND or INBOUND, under a master key with its salt.

    Raises:
        MisuseError: the key is not as long as the suite wants it.
    """
    if len(key) != suite.key_octets:
        raise MisuseError(f"{suite.value}: a key of {len(key)} octets, not {suite.key_octets}")
    policy = library.Policy(key=key, ssrc_type=direction, srtp_profile=_PROFILES[suite])
    policy.window_size = REPLAY_WINDOW
    if suite in _LONG_CIPHERS:
        _lengthen(policy._policy.rtp)
        _lengthen(policy._policy.rtcp)
    return library.Session(policy)


def _lengthen(crypto_policy: Any) -> None:
    """Let AES-256 take the place of AES-128 in a policy that has it in counter mode."""
    memory = _binding.ffi.buffer(_binding.ffi.addressof(crypto_policy))
    if _CIPHER.unpack_from(memory) != _AES_ICM_128:
        raise MisuseError("this build of libsrtp has another layout: no AES-256 in counter mode")
    _CIPHER.pack_into(memory, 0, *_AES_ICM_256)


def walked(suite: SrtpSuite, key: bytes, *, ssrc: int, index: int) -> library.Session:
    """An INBOUND session that has got as far as packet `index` of `ssrc` (RFC 3711 §3.3.1).

    For a peer that keeps its roll-over counter when its key changes: libsrtp cannot be told of
    one. So the session is given packets of its own making, two for each roll-over.

    Raises:
        MisuseError: there are more roll-overs than LONGEST_WALK.
    """
    if index >> 16 > LONGEST_WALK:
        raise MisuseError(f"{index >> 16} roll-overs are more than {LONGEST_WALK}")
    there, here = session(suite, key, OUTBOUND), session(suite, key, INBOUND)
    for step in (*range(0, index, 0x7FFF), index):
        packet = _HEADER.pack(0x80, 0, step & 0xFFFF, 0, ssrc)
        here.unprotect(bytes(there.protect(packet)))
    return here
