"""TLS of HTTPS: the certificate that the settings name, read anew when its files change."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Final

import structlog

from conf.certificates.folder import CertificateError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conf.certificates.folder import Certificates, OwnCertificate

log = structlog.get_logger(__name__)

CIPHERS: Final = "ECDHE+AESGCM:ECDHE+CHACHA20:!aNULL:@SECLEVEL=2"
"""Of TLS 1.2; those of 1.3 are all strong (RFC 9325 §4.2)."""

Stamp = tuple[tuple[int, int, int], ...]


class RenewedContext:
    """A TLS context whose certificate is that of the files as they are when somebody connects.

    When new files cannot be used, the certificate that was read before stays in use, and the log
    says why, once per change.
    """

    def __init__(self, certificates: Certificates, name: str) -> None:
        """Read the certificate `name`.

        Raises:
            CertificateError: it cannot be used.
        """
        self._certificates = certificates
        self._name = name
        self._stamp = self._stamp_now()
        self._current = _context(certificates.own(name), on_hello=self._on_hello)

    @property
    def context(self) -> ssl.SSLContext:
        """What the listener is given."""
        return self._current

    def become(self, other: RenewedContext) -> None:
        """Show the certificate of another one to those who connect from now on."""
        self._name, self._stamp, self._current = other._name, other._stamp, other._current

    def use(self, name: str) -> None:
        """Show another certificate to those who connect from now on.

        Raises:
            CertificateError: it cannot be used; the one before stays.
        """
        self._current = _context(self._certificates.own(name), on_hello=self._on_hello)
        self._name = name
        self._stamp = self._stamp_now()

    def _on_hello(
        self, connection: ssl.SSLObject, _server_name: str | None, _context: ssl.SSLContext
    ) -> None:
        """Let a connection that begins have the newest certificate."""
        stamp = self._stamp_now()
        if stamp != self._stamp:
            self._stamp = stamp
            self._renew()
        connection.context = self._current

    def _renew(self) -> None:
        try:
            own = self._certificates.own(self._name)
            self._current = _context(own, on_hello=self._on_hello)
        except CertificateError as error:
            log.error("the new certificate cannot be used; the old one stays", reason=str(error))
        else:
            log.info("the certificate of HTTPS was renewed", certificate=self._name)

    def _stamp_now(self) -> Stamp:
        folder = self._certificates.folder
        return tuple(_stamp(folder / f"{self._name}{ending}") for ending in (".pem", ".key"))


def _context(own: OwnCertificate, *, on_hello: Callable[..., None]) -> ssl.SSLContext:
    """Terms that a browser of today accepts and that keep no secret of an older one.

    Raises:
        CertificateError: OpenSSL does not take the certificate.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(CIPHERS)
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(["http/1.1"])
    context.sni_callback = on_hello
    try:
        context.load_cert_chain(own.chain, own.key, password=_no_password)
    except OSError as error:  # ssl.SSLError is one
        raise CertificateError(f"{own.chain}: cannot be used for TLS: {error}") from error
    return context


def _no_password() -> str:
    """Encrypted keys are refused before; nothing may ask at the terminal."""
    return ""


def _stamp(path: Path) -> tuple[int, int, int]:
    """What changes when somebody writes the file, or puts another in its place."""
    try:
        found = path.stat()
    except OSError:
        return (0, 0, 0)
    return found.st_mtime_ns, found.st_size, found.st_ino
