"""One DTLS handshake in memory, and the SRTP keys that it ends with (RFC 6347, RFC 5764)."""

from __future__ import annotations

import enum
from typing import Final

from OpenSSL import SSL, crypto

from media.security.dtls_identity import LONGEST_DATAGRAM, PROFILES, DtlsIdentity
from media.security.dtls_setup import DtlsTerms, Setup
from media.security.srtp_keys import SrtpKeys
from media.security.srtp_suite import SrtpSuite

LARGEST_HANDSHAKE: Final = 64 * 1024
"""Octets that a peer may send until its certificate is judged: a long chain, with repeats."""
LARGEST_RECORD: Final = 16 * 1024

_EXPORTER_LABEL: Final = b"EXTRACTOR-dtls_srtp"
_RECORD_HEADER: Final = 13
_CLIENT_HELLO: Final = 1
_SERVER_HELLO: Final = 2
_HELLO_VERIFY_REQUEST: Final = 3
_HANDSHAKE: Final = 22


class Progress(enum.Enum):
    """How far a handshake has come."""

    UNDER_WAY = "under way"
    DONE = "done"
    """There are keys, and the certificate is the one that was announced."""
    FAILED = "failed"
    """It broke; another one may succeed."""
    IMPOSTOR = "impostor"
    """It came to its end, with somebody else."""


class DtlsHandshake:
    """The one association with one source of datagrams.

    Repeats of lost flights are timed by OpenSSL, by its own clock; everything else knows no time.
    """

    def __init__(
        self, identity: DtlsIdentity, terms: DtlsTerms, *, welcomed: SSL.Connection | None = None
    ) -> None:
        """`welcomed`, as server: who listened, has a hello with the right cookie, and goes on."""
        self.progress = Progress.UNDER_WAY
        self.why = ""
        """In words, if it failed."""
        self.keys: SrtpKeys | None = None
        self._terms = terms
        self._is_client = terms.setup is Setup.ACTIVE
        self._connection = welcomed or identity.connection(is_client=self._is_client)
        self._octets = 0
        self._is_closed = False
        self._outgoing: list[bytes] = []
        if self._is_client or welcomed is not None:
            self._advance()

    @property
    def is_due(self) -> bool:
        """Whether a flight was lost, by the time that has passed: `repeat` it."""
        if self.progress is not Progress.UNDER_WAY:
            return False
        return self._connection.DTLSv1_get_timeout() == 0

    def repeat(self) -> None:
        """Send the last flight once more (RFC 6347 §4.2.4)."""
        try:
            self._connection.DTLSv1_handle_timeout()
        except SSL.Error as error:
            self._fail(_words(error))
        self._drain()

    def take(self, datagram: bytes) -> None:
        """Take a datagram of the peer. After the end only what repeats our last flight counts."""
        if self.progress in (Progress.FAILED, Progress.IMPOSTOR) or self._is_closed:
            return
        self._octets += len(datagram)
        if self.progress is Progress.UNDER_WAY and self._octets > LARGEST_HANDSHAKE:
            self._fail(f"it is longer than {LARGEST_HANDSHAKE} octets")
            return
        self._connection.bio_write(datagram)
        self._advance()

    def take_outgoing(self) -> list[bytes]:
        """The datagrams that are to be sent, in order; they are forgotten here."""
        taken, self._outgoing = self._outgoing, []
        return taken

    def _advance(self) -> None:
        try:
            if self.progress is Progress.DONE:
                while True:  # what it reads is nobody's, but would pile up; repeats are answered
                    self._connection.recv(LARGEST_RECORD)
            else:
                self._connection.do_handshake()
                self._judge()
        except SSL.WantReadError:
            pass
        except SSL.Error as error:
            if self.progress is Progress.UNDER_WAY:
                self._fail(_words(error))
            else:
                self._is_closed = True  # nothing is read of it any more
        self._drain()

    def _judge(self) -> None:
        """The handshake has proved that the peer has its certificate's key; judge which that is."""
        certificate = self._connection.get_peer_certificate()
        der = crypto.dump_certificate(crypto.FILETYPE_ASN1, certificate) if certificate else b""
        if not der or not any(each.is_of(der) for each in self._terms.peer):
            self.progress = Progress.IMPOSTOR
            self.why = "the certificate is not the one that the description names (fingerprint)"
            self._connection.shutdown()
            return
        suite = PROFILES.get(self._connection.get_selected_srtp_profile())
        if suite is None:
            self._fail("no cipher for the sound (use_srtp) is known to both sides")
            return
        self.keys = self._exported(suite)
        self.progress = Progress.DONE

    def _exported(self, suite: SrtpSuite) -> SrtpKeys:
        """RFC 5764 §4.2: both keys, the client's first, then both salts."""
        key, salt = suite.lengths
        material = self._connection.export_keying_material(_EXPORTER_LABEL, 2 * (key + salt))
        keys = material[:key], material[key : 2 * key]
        salts = material[2 * key : 2 * key + salt], material[2 * key + salt :]
        client, server = (keys[0] + salts[0], keys[1] + salts[1])
        if self._is_client:
            return SrtpKeys(suite, client, server)
        return SrtpKeys(suite, server, client)

    def _fail(self, why: str) -> None:
        self.progress, self.why = Progress.FAILED, why

    def _drain(self) -> None:
        """Put what OpenSSL has written, record after record, into datagrams that pass."""
        try:
            written = self._connection.bio_read(LARGEST_HANDSHAKE)
        except SSL.WantReadError:
            return
        self._outgoing += in_datagrams(written)


def in_datagrams(records: bytes) -> list[bytes]:
    """Records of DTLS, one after the other, in as few datagrams as pass; none is cut in two."""
    datagrams: list[bytes] = []
    at = 0
    while at < len(records):
        length = int.from_bytes(records[at + 11 : at + _RECORD_HEADER])
        record = records[at : at + _RECORD_HEADER + length]
        if datagrams and len(datagrams[-1]) + len(record) <= LONGEST_DATAGRAM:
            datagrams[-1] += record
        else:
            datagrams.append(record)
        at += len(record)
    return datagrams


def looks_like_dtls(data: bytes) -> bool:
    """Whether a datagram beside RTP is DTLS, by its first octet (RFC 7983 §7)."""
    return len(data) > 0 and 20 <= data[0] <= 63


def begins_handshake(data: bytes) -> bool:
    """Whether a datagram is the first one of a client (RFC 6347 §4.2.2)."""
    return _first_message(data) == _CLIENT_HELLO


def answers_hello(data: bytes) -> bool:
    """Whether a datagram is the first one of a server."""
    return _first_message(data) in (_SERVER_HELLO, _HELLO_VERIFY_REQUEST)


def _first_message(data: bytes) -> int | None:
    """The type of the handshake message that a datagram begins with, before there is a cipher."""
    is_open = len(data) > _RECORD_HEADER and data[0] == _HANDSHAKE and data[3:5] == b"\0\0"
    return data[_RECORD_HEADER] if is_open else None


def _words(error: SSL.Error) -> str:
    """What OpenSSL says last of what went wrong."""
    reasons = error.args[0] if error.args and isinstance(error.args[0], list) else []
    said = [str(reason[-1]) for reason in reasons if reason]
    return said[-1] if said else type(error).__name__
