"""Nonces that prove by themselves who made them, and when (RFC 7616 §5.4)."""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from typing import Final

from sip.authentication.digest import Algorithm

_FORM: Final = re.compile(r"([0-9a-f]{1,12})\.([0-9a-f]{1,12})\.([0-9a-f]{32})")


@dataclass(frozen=True, slots=True)
class Nonce:
    """A challenge's nonce: nothing has to be remembered of it until it comes back."""

    issued_ms: int
    """When it was made, in milliseconds of the clock that `now` is read from."""

    serial: int
    """No two challenges have the same, so that no two clients count the same nonce."""

    def write(self, secret: bytes, realm: str, algorithm: Algorithm) -> str:
        """The text on the wire: good for `algorithm` and `realm` only."""
        claim = f"{self.issued_ms:x}.{self.serial:x}"
        return f"{claim}.{_seal(claim, secret, realm, algorithm)}"

    @classmethod
    def read(cls, text: str, secret: bytes, realm: str, algorithm: Algorithm) -> Nonce | None:
        """The nonce that `write` wrote with the same arguments; None: somebody else did."""
        form = _FORM.fullmatch(text)
        if form is None:
            return None
        expected = _seal(f"{form[1]}.{form[2]}", secret, realm, algorithm)
        if not hmac.compare_digest(expected, form[3]):
            return None
        return cls(int(form[1], 16), int(form[2], 16))


def _seal(claim: str, secret: bytes, realm: str, algorithm: Algorithm) -> str:
    """128 bits that nobody can make without `secret`."""
    sealed = f"{claim}.{algorithm.value}.{realm}".encode()
    return hmac.new(secret, sealed, "sha256").hexdigest()[:32]
