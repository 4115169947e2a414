"""Where DTLS clients knock: nobody is let in who has not proved its address (RFC 6347 §4.2.1)."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING, Final

from OpenSSL import SSL

from media.security.dtls_handshake import LARGEST_HANDSHAKE, DtlsHandshake

if TYPE_CHECKING:
    from media.security.dtls_identity import DtlsIdentity
    from media.security.dtls_setup import DtlsTerms

Address = tuple[str, int]

_NUMBER: Final = slice(5, 11)
"""Where a record has its number (RFC 6347 §4.1)."""


class DtlsDoor:
    """Answers hellos with HelloVerifyRequest, and remembers nothing of who sent them.

    A hello costs its sender more octets than its answer has, and us 10 µs. The second hello, with
    the cookie, is where a handshake begins. Anybody can send a hello in another's name: without the
    cookie that would have the other one sent our certificate, five times over, and would fill the
    places of those who are not where the description names the peer.

    The secret lasts as long as the door, which is as long as one association is being made. Of a
    hello in fragments the first one has to hold the cookie; the others count once it is let in.
    """

    def __init__(self, identity: DtlsIdentity, terms: DtlsTerms) -> None:
        self._identity = identity
        self._terms = terms
        self._secret = secrets.token_bytes(32)
        self._listening: SSL.Connection | None = None

    def knock(self, hello: bytes, source: Address) -> DtlsHandshake | list[bytes]:
        """A handshake that has begun, or what is to be sent to `source`, which may be nothing."""
        connection = self._listening or self._identity.connection(is_client=False)
        self._listening = connection
        connection.set_app_data(self._cookie(source))
        connection.bio_write(hello)
        try:
            connection.DTLSv1_listen()
        except SSL.WantReadError:
            return _written(connection)
        except SSL.Error:
            self._listening = None  # whatever state it is in
            return []
        self._listening = None
        return DtlsHandshake(self._identity, self._terms, welcomed=connection)

    def _cookie(self, source: Address) -> bytes:
        host, port = source
        return hmac.digest(self._secret, f"{host} {port}".encode(), hashlib.sha256)


def _written(connection: SSL.Connection) -> list[bytes]:
    """The one datagram that it has written; none for a hello that is none.

    Its record has the number 0, although RFC 6347 §4.2.1 has it be the hello's: OpenSSL counts from
    1 on what it says next, and a client whose first hello was lost would have seen a 1 before, and
    drop the next one as a copy.
    """
    try:
        written = bytearray(connection.bio_read(LARGEST_HANDSHAKE))
    except SSL.WantReadError:
        return []
    written[_NUMBER] = bytes(6)
    return [bytes(written)]
