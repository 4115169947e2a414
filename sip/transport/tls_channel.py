"""TLS on one connection as a value in memory: bytes of the wire in, text out, and back."""

import contextlib
import ssl
from dataclasses import dataclass
from typing import Final

from sip.ip_literal import ip_literal
from sip.transport.tls_identity import CertificateNames
from sip.transport.tls_trouble import TlsFailure, WrongCertificate, in_words, wrong_name

_READ_BYTES: Final = 65536


@dataclass(frozen=True, slots=True)
class TlsTerms:
    """What one end asks for."""

    context: ssl.SSLContext
    server_side: bool
    domain: str = ""
    """What a client is looking for, and says so (SNI)."""

    or_domain: str = ""
    """Another name for it, or empty; the one that is said where `domain` is an IP address."""

    verify: bool = True
    """Whether a client sees to it that the server's certificate names `domain`."""

    pinned: frozenset[bytes] = frozenset()
    """Certificates in DER that prove a server whatever they name."""

    @property
    def server_name(self) -> str:
        """What SNI says: no address where there is a name, and no zone that only we know."""
        literal = ip_literal(self.domain) is not None
        return (self.or_domain if literal and self.or_domain else self.domain).partition("%")[0]

    def met_by(self, names: CertificateNames, certificate: bytes | None) -> bool:
        """Whether a server that shows this is the one that is looked for."""
        if certificate is not None and certificate in self.pinned:
            return True
        return names.prove(self.domain) or (bool(self.or_domain) and names.prove(self.or_domain))


class TlsChannel:
    """One end of a TLS connection. Opens no socket and reads no clock.

    `receive` takes what came from the wire; after each call of `start`, `receive`, `send` and
    `close` what `output` returns has to go there. What is kept of the peer is one record at most.
    """

    def __init__(self, terms: TlsTerms) -> None:
        self._terms = terms
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self.established = False
        self.ended = False
        """The peer has said that nothing more comes."""
        self.identities: tuple[str, ...] = ()
        """What the peer has proved to be; known once established."""
        self.certificate: bytes | None = None
        """What the peer has shown, in DER; known once established."""
        self.version = ""
        """Such as `TLSv1.3`; known once established."""
        try:
            self._tls = terms.context.wrap_bio(
                self._incoming,
                self._outgoing,
                server_side=terms.server_side,
                server_hostname=terms.server_name or None,
            )
        except ValueError as error:  # UnicodeError is one: no name that DNS could hold
            raise TlsFailure(f"has no name to look for: {error}") from error

    def start(self) -> None:
        """Say the first words of the handshake, if they are ours to say.

        Raises:
            TlsFailure: there is nothing that both could agree on.
        """
        self._shake_hands()

    def receive(self, data: bytes) -> bytes:
        """Take bytes of the wire; return the text that they complete.

        Raises:
            WrongCertificate: the peer does not prove who it should be.
            TlsFailure: no TLS, or not with this peer. `output` may still hold an alert for it.
        """
        self._incoming.write(data)
        if not self.established:
            self._shake_hands()
        return self._read() if self.established else b""

    def send(self, text: bytes) -> None:
        """Encrypt text for the peer.

        Raises:
            TlsFailure: the connection is of no use any more.
        """
        try:
            self._tls.write(text)
        except ssl.SSLError as error:
            raise TlsFailure(in_words(error)) from error

    def close(self) -> None:
        """Tell the peer that nothing more comes."""
        if self.established:
            with contextlib.suppress(ssl.SSLError):  # its own farewell need not be here yet
                self._tls.unwrap()

    def output(self) -> bytes:
        """What has to go to the peer now."""
        return self._outgoing.read()

    def _shake_hands(self) -> None:
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return
        except ssl.SSLCertVerificationError as error:
            raise WrongCertificate(in_words(error)) from error
        except ssl.SSLError as error:
            raise TlsFailure(in_words(error)) from error
        self._recognise()
        self.version = self._tls.version() or ""
        self.established = True

    def _recognise(self) -> None:
        """See who the peer is, and whether it is the one who was asked for."""
        terms = self._terms
        names = CertificateNames.of(self._tls.getpeercert() or {})
        self.certificate = self._tls.getpeercert(binary_form=True)
        if not terms.server_side and terms.verify and not terms.met_by(names, self.certificate):
            raise WrongCertificate(wrong_name(names, terms.domain, terms.or_domain))
        self.identities = names.identities

    def _read(self) -> bytes:
        text = bytearray()
        try:
            while chunk := self._tls.read(_READ_BYTES):
                text += chunk
            self.ended = True
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLZeroReturnError:
            self.ended = True
        except ssl.SSLError as error:
            raise TlsFailure(in_words(error)) from error
        return bytes(text)
