"""The terms of each TLS connection, from files that may be renewed while we run."""

import re
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sip.flow import TlsPeer
from sip.transport.tls_channel import TlsTerms
from sip.transport.tls_profile import NO_ACCOUNT, ClientProfile, ServerProfile, TlsVersion
from sip.transport.tls_trouble import TlsFailure

CIPHERS: Final = "ECDHE+AESGCM:ECDHE+CHACHA20:!aNULL:@SECLEVEL=2"
"""Of TLS 1.2; those of 1.3 are all strong. A lost key opens no old call, and every record is
authenticated (RFC 9325 §4.2); keys of less than 112 bits of strength and SHA-1 are refused."""

_PEM: Final = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)

_RANGE: Final = {
    TlsVersion.AUTO: (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3),
    TlsVersion.TLS_1_2: (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_2),
    TlsVersion.TLS_1_3: (ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_3),
}

Stamp = tuple[tuple[int, int, int] | None, ...]


@dataclass(frozen=True, slots=True)
class _Kept:
    context: ssl.SSLContext
    pinned: frozenset[bytes]
    stamp: Stamp


class TlsContexts:
    """Makes the terms of new connections; those that stand keep theirs.

    Whenever terms are asked for, the files are looked at, and read again if they have changed. When
    they cannot be read, the old ones stay in use and `on_trouble` is told why, once per change.
    `clients` maps the names of profiles, which may change at any time, to profiles.
    """

    def __init__(
        self,
        server: ServerProfile,
        clients: Mapping[str, ClientProfile],
        *,
        on_trouble: Callable[[str], None],
    ) -> None:
        """Read what the server needs.

        Raises:
            TlsFailure: it cannot be read.
        """
        self._server = server
        self._clients = clients
        self._on_trouble = on_trouble
        self._kept: dict[ServerProfile | ClientProfile, _Kept] = {}
        self.for_server()

    def for_server(self) -> TlsTerms:
        """Terms for somebody who has connected to us."""
        profile = self._server
        paths = (*profile.certificate.paths, *profile.trusted)
        kept = self._current(profile, paths, lambda: _server_context(profile))
        return TlsTerms(kept.context, server_side=True)

    def for_client(self, peer: TlsPeer) -> TlsTerms:
        """Terms for a connection of ours.

        Raises:
            TlsFailure: the profile is unknown, or its files cannot be read.
        """
        profile = self._clients.get(peer.profile) if peer.profile else NO_ACCOUNT
        if profile is None:
            raise TlsFailure(f"is asked for by {peer.profile!r}, which is no account any more")
        kept = self._current(profile, profile.paths, lambda: _client_context(profile))
        return _client_terms(profile, peer, kept.context, kept.pinned)

    def callers_are_trusted_by(self, profile: str) -> bool:
        """Whether the profile believes all CAs that a caller's certificate may come from."""
        client = self._clients.get(profile)
        return client is not None and set(self._server.trusted) <= set(client.trusted)

    def _current(
        self,
        profile: ServerProfile | ClientProfile,
        paths: tuple[Path, ...],
        make: Callable[[], ssl.SSLContext],
    ) -> _Kept:
        stamp = tuple(_stamp(path) for path in paths)
        kept = self._kept.get(profile)
        if kept is not None and kept.stamp == stamp:
            return kept
        try:
            fresh = _Kept(make(), _certificates_in(profile.trusted), stamp)
        except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
            trouble = f"{_named(paths)} cannot be used for TLS: {_why(error)}"
            if kept is None:
                raise TlsFailure(f"cannot be asked: {trouble}") from error
            self._on_trouble(f"{trouble}; what was read before stays in use")
            fresh = _Kept(kept.context, kept.pinned, stamp)
        self._kept[profile] = fresh
        return fresh


def terms_of(profile: ClientProfile, peer: TlsPeer) -> TlsTerms:
    """Terms for one connection of ours, from files that are read for it alone.

    Raises:
        TlsFailure: they cannot be read.
    """
    try:
        pinned = _certificates_in(profile.trusted)
        return _client_terms(profile, peer, _client_context(profile), pinned)
    except (OSError, ValueError) as error:
        raise TlsFailure(f"cannot be asked: {_why(error)}") from error


def _client_terms(
    profile: ClientProfile, peer: TlsPeer, context: ssl.SSLContext, pinned: frozenset[bytes]
) -> TlsTerms:
    return TlsTerms(
        context,
        server_side=False,
        domain=peer.domain,
        or_domain=peer.or_domain,
        verify=profile.verify,
        pinned=pinned,
    )


def _stamp(path: Path) -> tuple[int, int, int] | None:
    """What changes when somebody writes the file, or puts another in its place."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _server_context(profile: ServerProfile) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _harden(context, TlsVersion.AUTO)
    context.num_tickets = 0
    context.load_cert_chain(profile.certificate.chain, profile.certificate.key, password=_none)
    for path in profile.trusted:
        context.load_verify_locations(path)
    if profile.trusted:
        context.verify_mode = ssl.CERT_OPTIONAL
    return context


def _client_context(profile: ClientProfile) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False  # names are compared by the rules of SIP (`tls_identity`)
    _harden(context, profile.version)
    if profile.certificate is not None:
        context.load_cert_chain(profile.certificate.chain, profile.certificate.key, password=_none)
    if not profile.verify:
        context.verify_mode = ssl.CERT_NONE
    elif profile.trusted:
        for path in profile.trusted:
            context.load_verify_locations(path)
    else:
        context.load_default_certs()
    return context


def _harden(context: ssl.SSLContext, version: TlsVersion) -> None:
    context.minimum_version, context.maximum_version = _RANGE[version]
    context.set_ciphers(CIPHERS)
    # Every connection proves who is there; nobody resumes what a renewed trust would refuse.
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION | ssl.OP_NO_TICKET
    # A server's own certificate, or a CA in the middle of a chain, may be what is trusted.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN


def _certificates_in(paths: tuple[Path, ...]) -> frozenset[bytes]:
    texts = (path.read_text(encoding="ascii", errors="replace") for path in paths)
    return frozenset(
        ssl.PEM_cert_to_DER_cert(block) for text in texts for block in _PEM.findall(text)
    )


def _none() -> str:
    """The password of keys that have none: without it OpenSSL would ask on the terminal."""
    return ""


def _named(paths: tuple[Path, ...]) -> str:
    return " and ".join(str(path) for path in paths) or "the system's CAs"


def _why(error: OSError | ValueError) -> str:
    if isinstance(error, ssl.SSLError):
        return {
            "KEY_VALUES_MISMATCH": "the key does not belong to the certificate",
            "KEY_TYPE_MISMATCH": "the key does not belong to the certificate",
            "EE_KEY_TOO_SMALL": "the key is too short",
            "CA_MD_TOO_WEAK": "it is signed with a broken digest such as SHA-1",
            "NO_CERTIFICATE_OR_CRL_FOUND": "there is no certificate in it",
        }.get(error.reason or "", (error.reason or "no PEM, or its key is encrypted").lower())
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)
