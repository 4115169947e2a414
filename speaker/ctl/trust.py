"""Whose certificate is taken for the device's, when it is spoken to over HTTPS."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import re
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from speaker.ctl.trouble import NoAnswer, WrongUsage

if TYPE_CHECKING:
    from pathlib import Path

_FINGERPRINT: Final = re.compile(r"(?:.*=)?([0-9A-Fa-f]{2}(?::?[0-9A-Fa-f]{2}){31})")


def parse_fingerprint(text: str) -> bytes:
    """The SHA-256 of a certificate, as `speaker ctl certificates` or `openssl x509` tell it.

    Raises:
        ValueError: it is none.
    """
    match = _FINGERPRINT.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is not a SHA-256 fingerprint of 32 pairs of digits")
    return bytes.fromhex(match[1].replace(":", ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """By default: certificates for the name in the URL that the system's CAs vouch for."""

    anybody: bool = False
    """No certificate is looked at, and secrets may go in the clear."""
    fingerprint: bytes = b""
    """Only the certificate with this SHA-256, whatever it says."""
    ca: Path | None = None
    """Certificates of those who vouch, in PEM, in place of the system's."""

    def context(self) -> ssl.SSLContext:
        """How connections are made.

        Raises:
            WrongUsage: the file of the CA cannot be used.
        """
        try:
            context = ssl.create_default_context(cafile=self.ca and str(self.ca))
        except OSError as error:  # as errors of TLS are
            raise WrongUsage(f"{self.ca}: {error.strerror or 'holds no certificate'}") from error
        if self.anybody or self.fingerprint:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context

    def look_at(self, certificate: bytes) -> None:
        """Refuse a certificate (DER) that is not the one that was named.

        Raises:
            NoAnswer: it is another one.
        """
        found = hashlib.sha256(certificate).digest()
        if self.fingerprint and not hmac.compare_digest(found, self.fingerprint):
            raise NoAnswer(
                "the certificate is not the one that --fingerprint names: its SHA-256 is"
                f" {found.hex(':').upper()}"
            )


class TrustedConnection(http.client.HTTPSConnection):
    """Sends nothing before the certificate has been looked at."""

    def __init__(self, netloc: str, *, timeout_s: float, trust: Trust) -> None:
        super().__init__(netloc, timeout=timeout_s, context=trust.context())
        self._trust = trust

    def connect(self) -> None:
        """Connect, and look who is there."""
        super().connect()
        try:
            # The TLS socket stands in the place of the plain one; the stubs do not say so.
            if isinstance(self.sock, ssl.SSLSocket):
                self._trust.look_at(self.sock.getpeercert(binary_form=True) or b"")
        except BaseException:
            self.close()
            raise
