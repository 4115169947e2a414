"""The ciphers of SRTP by their names, and how long their keys are."""

from __future__ import annotations

import enum
from typing import Final, NamedTuple


class KeyLengths(NamedTuple):
    """Octets of master key and master salt."""

    key: int
    salt: int


class SrtpSuite(enum.Enum):
    """Ciphers by their names in `a=crypto`, in our order of preference.

    RFC 4568 §6.2, RFC 6188 §4, RFC 7714 §14.2: authenticated encryption first, short tags last.
    """

    AEAD_AES_256_GCM = "AEAD_AES_256_GCM"
    AEAD_AES_128_GCM = "AEAD_AES_128_GCM"
    AES_256_CM_HMAC_SHA1_80 = "AES_256_CM_HMAC_SHA1_80"
    AES_CM_128_HMAC_SHA1_80 = "AES_CM_128_HMAC_SHA1_80"
    AES_256_CM_HMAC_SHA1_32 = "AES_256_CM_HMAC_SHA1_32"
    AES_CM_128_HMAC_SHA1_32 = "AES_CM_128_HMAC_SHA1_32"

    @property
    def lengths(self) -> KeyLengths:
        """Of the master key and the master salt."""
        return _LENGTHS[self]

    @property
    def key_octets(self) -> int:
        """Length of master key and master salt together."""
        return sum(self.lengths)


_LENGTHS: Final = {
    SrtpSuite.AEAD_AES_256_GCM: KeyLengths(32, 12),
    SrtpSuite.AEAD_AES_128_GCM: KeyLengths(16, 12),
    SrtpSuite.AES_256_CM_HMAC_SHA1_80: KeyLengths(32, 14),
    SrtpSuite.AES_CM_128_HMAC_SHA1_80: KeyLengths(16, 14),
    SrtpSuite.AES_256_CM_HMAC_SHA1_32: KeyLengths(32, 14),
    SrtpSuite.AES_CM_128_HMAC_SHA1_32: KeyLengths(16, 14),
}

NAMES: Final = {suite.value: suite for suite in SrtpSuite} | {
    "AES_CM_256_HMAC_SHA1_80": SrtpSuite.AES_256_CM_HMAC_SHA1_80,
    "AES_CM_256_HMAC_SHA1_32": SrtpSuite.AES_256_CM_HMAC_SHA1_32,
}
"""What peers call them: some spell the two of RFC 6188 as its drafts did."""

OFFERED: Final = (
    SrtpSuite.AEAD_AES_256_GCM,
    SrtpSuite.AES_256_CM_HMAC_SHA1_80,
    SrtpSuite.AES_CM_128_HMAC_SHA1_80,
    SrtpSuite.AES_CM_128_HMAC_SHA1_32,
)
"""Suites in our offers; the others are taken where a peer has them: whoever has those has one of
these."""
BRIEFLY_OFFERED: Final = (SrtpSuite.AEAD_AES_256_GCM, SrtpSuite.AES_CM_128_HMAC_SHA1_80)
"""By UDP, the best and the one that everybody has: with more of them most INVITEs would be longer
than 1300 octets and go by TCP (RFC 3261 §18.1.1), which many a phone does not take."""
