"""Who we are in DTLS: a certificate made for the life of the program (RFC 5763 §5)."""

from __future__ import annotations

import datetime
import hmac
from collections.abc import Collection
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from OpenSSL import SSL

from media.errors import MisuseError
from media.security.fingerprint import Fingerprint
from media.security.srtp_suite import SrtpSuite

PROFILES: Final = {
    b"SRTP_AEAD_AES_256_GCM": SrtpSuite.AEAD_AES_256_GCM,
    b"SRTP_AEAD_AES_128_GCM": SrtpSuite.AEAD_AES_128_GCM,
    b"SRTP_AES128_CM_SHA1_80": SrtpSuite.AES_CM_128_HMAC_SHA1_80,
    b"SRTP_AES128_CM_SHA1_32": SrtpSuite.AES_CM_128_HMAC_SHA1_32,
}
"""By the names of OpenSSL, in our order of preference (RFC 5764 §4.1.2, RFC 7714 §14.2)."""

CIPHERS: Final = b"ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE+AES"
"""With forward secrecy only; CBC is still what many phones have."""

LONGEST_DATAGRAM: Final = 1200
"""Octets of what we send: no path takes fewer than 1280."""

_DTLS_1_2: Final = 0xFEFD
_FIRST_DAY: Final = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
_LAST_DAY: Final = datetime.datetime(2049, 12, 31, tzinfo=datetime.UTC)
"""The clock may not be right yet, and nobody judges this certificate but by its fingerprint."""


class DtlsIdentity:
    """A key on P-256, its self-signed certificate, and what we want of DTLS 1.2 (RFC 6347).

    Any certificate of a peer is taken during the handshake: its fingerprint is judged after it.
    Made in 1 to 2 ms. `suites` are those that the sound may have.
    """

    def __init__(self, suites: Collection[SrtpSuite] = tuple(PROFILES.values())) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sound")])  # tells nothing
        certificate = (
            x509.CertificateBuilder(name, name, key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(_FIRST_DAY)
            .not_valid_after(_LAST_DAY)
            .sign(key, hashes.SHA256())
        )
        der = certificate.public_bytes(serialization.Encoding.DER)
        self.fingerprint = Fingerprint.of(der)
        context = SSL.Context(SSL.DTLS_METHOD)
        context.set_min_proto_version(_DTLS_1_2)
        context.set_cipher_list(CIPHERS)
        context.set_options(SSL.OP_NO_QUERY_MTU | SSL.OP_NO_TICKET | SSL.OP_NO_RENEGOTIATION)
        context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
        context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, lambda *_unused: True)
        context.set_verify_depth(1)
        context.use_certificate(certificate)
        context.use_privatekey(key)
        context.set_cookie_generate_callback(_cookie_of)
        context.set_cookie_verify_callback(_is_its_cookie)
        profiles = [name for name, suite in PROFILES.items() if suite in suites]
        if profiles:
            context.set_tlsext_use_srtp(b":".join(profiles))
        self._context = context

    def connection(self, *, is_client: bool) -> SSL.Connection:
        """A new association in memory, which has not said anything yet.

        A server's that listens (`DTLSv1_listen`) has the cookie of the one it listens to as its
        application data.
        """
        connection = SSL.Connection(self._context, None)
        connection.set_ciphertext_mtu(LONGEST_DATAGRAM)
        if is_client:
            connection.set_connect_state()
        else:
            connection.set_accept_state()
        return connection


def _cookie_of(connection: SSL.Connection) -> bytes:
    cookie = connection.get_app_data()
    if not isinstance(cookie, bytes):
        raise MisuseError("a connection that listens has no cookie")
    return cookie


def _is_its_cookie(connection: SSL.Connection, cookie: bytes) -> bool:
    return hmac.compare_digest(cookie, _cookie_of(connection))
