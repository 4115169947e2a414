"""Nonces that prove by themselves who made them, and when (RFC 7616 §5.4)."""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from typing import Final

from sip.authentication.digest import Algorithm

_TAG_BYTES: Final = 16
_FIELD_BYTES: Final = 6
_FORM: Final = re.compile(rf"[0-9a-f]{{{2 * (_TAG_BYTES + 2 * _FIELD_BYTES)}}}")


@dataclass(frozen=True, slots=True)
class Nonce:
    """A challenge's nonce: nothing has to be remembered of it until it comes back.

    Its text is 28 bytes in hexadecimal digits: a tag that nobody can make without the secret, and
    the fields, hidden by what the tag and the secret yield. So nobody learns from it how long we
    have been up, nor how many others were challenged, nor on whose account.
    """

    issued_ms: int
    """When it was made, in milliseconds of the clock that `now` is read from."""

    serial: int
    """No two challenges have the same, so that no two clients count the same nonce."""

    def write(self, secret: bytes, realm: str, algorithm: Algorithm) -> str:
        """The text on the wire: good for `algorithm` and `realm` only."""
        claim = b"".join(
            number.to_bytes(_FIELD_BYTES, "big") for number in (self.issued_ms, self.serial)
        )
        tag = _tag(claim, secret, realm, algorithm)
        return (tag + _hidden(claim, secret, tag)).hex()

    @classmethod
    def read(cls, text: str, secret: bytes, realm: str, algorithm: Algorithm) -> Nonce | None:
        """The nonce that `write` wrote with the same arguments; None: somebody else did."""
        if not _FORM.fullmatch(text):
            return None
        octets = bytes.fromhex(text)
        tag, hidden = octets[:_TAG_BYTES], octets[_TAG_BYTES:]
        claim = _hidden(hidden, secret, tag)
        if not hmac.compare_digest(tag, _tag(claim, secret, realm, algorithm)):
            return None
        return cls(
            int.from_bytes(claim[:_FIELD_BYTES], "big"),
            int.from_bytes(claim[_FIELD_BYTES:], "big"),
        )


def _tag(claim: bytes, secret: bytes, realm: str, algorithm: Algorithm) -> bytes:
    sealed = b"tag" + claim + f"{algorithm.value}:{realm}".encode()
    return hmac.digest(secret, sealed, "sha256")[:_TAG_BYTES]


def _hidden(claim: bytes, secret: bytes, tag: bytes) -> bytes:
    """The claim made unreadable; and from that, the claim (the construction of RFC 5297)."""
    mask = hmac.digest(secret, b"mask" + tag, "sha256")
    return bytes(octet ^ cover for octet, cover in zip(claim, mask, strict=False))
