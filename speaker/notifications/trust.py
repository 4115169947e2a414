"""Whom the speaker believes when it tells others by TLS: the public CAs, and those that were added.

Those that were added are the certificates in the data folder that the speaker has no key of.
"""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import structlog

from conf.certificates.name import CERTIFICATE_NAME

if TYPE_CHECKING:
    from pathlib import Path

log = structlog.get_logger(__name__)


class Trust:
    """Makes the terms of outgoing TLS. Reads files, so it belongs on a thread of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._complained: set[tuple[str, str]] = set()

    def context(self, *, validate: bool) -> ssl.SSLContext:
        """Terms for one connection: whoever uses them may add to them."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if not validate:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            return context
        # A server's own certificate, or a CA in the middle of a chain, may be what is trusted.
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        context.load_default_certs()
        for path in self._added():
            try:
                context.load_verify_locations(path)
            except OSError as error:  # ssl.SSLError is one
                self._complain(str(path), str(error))
        return context

    def _added(self) -> list[Path]:
        return [
            path
            for path in sorted(self._folder.glob("*.pem"))
            if CERTIFICATE_NAME.fullmatch(path.stem) and self._is_without_key(path)
        ]

    def _complain(self, file: str, why: str) -> None:
        """Once: a line of the log may itself be what is sent by this trust."""
        if (file, why) not in self._complained:
            self._complained.add((file, why))
            log.warning("a certificate cannot be used", file=file, why=why)

    def _is_without_key(self, path: Path) -> bool:
        if path.with_suffix(".key").exists():
            return False
        try:
            return b"PRIVATE KEY-----" not in path.read_bytes()
        except OSError:
            return False
