"""Encrypted sound with keys from the call's own messages: SRTP (RFC 3711) with SDES (RFC 4568)."""

from __future__ import annotations

import base64
import binascii
import re
import secrets

from pylibsrtp import Error, Policy, Session

from tools.bench.errors import Unreadable
from tools.bench.rtp_packet import RtpPacket, read_rtp

SUITE = "AES_CM_128_HMAC_SHA1_80"
"""The one that every device with SRTP has."""
KEY_OCTETS = 30
"""Master key and master salt together (RFC 4568 §6.2)."""

_CRYPTO = re.compile(rf"^a=crypto:\d+ {SUITE} inline:([A-Za-z0-9+/=]+)", re.MULTILINE)


class Srtp:
    """The keys of one call, of which the answer brings the second."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(KEY_OCTETS)
        self._outbound = Session(Policy(self._key, Policy.SSRC_ANY_OUTBOUND))
        self._inbound: Session | None = None

    @property
    def attribute(self) -> str:
        """What offers our key in a session description."""
        return f"crypto:1 {SUITE} inline:{base64.b64encode(self._key).decode()}"

    def take_answer(self, description: str) -> None:
        """Read the other side's key.

        Raises:
            Unreadable: there is none of our suite, or not of its length.
        """
        found = _CRYPTO.search(description)
        if found is None:
            raise Unreadable(f"no key of {SUITE} in the answer")
        try:
            key = base64.b64decode(found[1], validate=True)
        except binascii.Error as error:
            raise Unreadable(f"the key in the answer is not base64: {error}") from error
        if len(key) != KEY_OCTETS:
            raise Unreadable(f"the key in the answer has {len(key)} octets, not {KEY_OCTETS}")
        self._inbound = Session(Policy(key, Policy.SSRC_ANY_INBOUND))

    def protect(self, packet: bytes) -> bytes:
        """Encrypt an RTP packet and append its tag."""
        return self._outbound.protect(packet)

    def read(self, data: bytes) -> RtpPacket | None:
        """Read a packet of the device; None for one that does not prove to be that, or is old."""
        if self._inbound is None:
            return None
        try:
            return read_rtp(self._inbound.unprotect(data))
        except (Error, ValueError):  # a wrong tag, a repetition, or too long
            return None
