"""The arithmetic of Digest (RFC 7616 §3.4, and RFC 2617 where there is no `qop`)."""

from __future__ import annotations

import enum
import hashlib
from dataclasses import dataclass
from typing import Final


class Algorithm(enum.Enum):
    """A hash function, and whether its key lasts for a session (`-sess`). Values as on the wire."""

    MD5 = "MD5"
    MD5_SESS = "MD5-sess"
    SHA_256 = "SHA-256"
    SHA_256_SESS = "SHA-256-sess"
    SHA_512_256 = "SHA-512-256"
    SHA_512_256_SESS = "SHA-512-256-sess"

    @classmethod
    def named(cls, name: str) -> Algorithm | None:
        """The algorithm of this name, in any case; MD5 for an empty one (RFC 7616 §3.3)."""
        return _BY_NAME.get(name.lower()) if name else cls.MD5

    @property
    def keeps_session_key(self) -> bool:
        """Whether nonce and cnonce are hashed into the key (RFC 7616 §3.4.2)."""
        return self.value.endswith("-sess")

    @property
    def strength(self) -> int:
        """How hard it is to break, for comparison only: the two 256-bit hashes are equal."""
        return 0 if self in (Algorithm.MD5, Algorithm.MD5_SESS) else 1


class Qop(enum.Enum):
    """Quality of protection: what the digest covers (RFC 7616 §3.3)."""

    AUTH = "auth"
    """Method and URI."""

    AUTH_INT = "auth-int"
    """The body as well."""


_BY_NAME: Final = {algorithm.value.lower(): algorithm for algorithm in Algorithm}

_HASHES: Final = {
    Algorithm.MD5: "md5",
    Algorithm.MD5_SESS: "md5",
    Algorithm.SHA_256: "sha256",
    Algorithm.SHA_256_SESS: "sha256",
    Algorithm.SHA_512_256: "sha512_256",
    Algorithm.SHA_512_256_SESS: "sha512_256",
}


@dataclass(frozen=True, slots=True)
class Terms:
    """What challenge and answer have settled, apart from who and what."""

    algorithm: Algorithm
    realm: str
    nonce: str
    qop: Qop | None = None
    cnonce: str = ""
    nc: str = ""
    """The count of requests with this nonce, as its eight digits stand on the wire."""


def request_digest(
    terms: Terms, username: str, password: str, method: str, uri: str, body: bytes = b""
) -> str:
    """The `response` of a request (RFC 7616 §3.4.1), in lower-case hexadecimal digits."""
    return _digest(terms, username, password, f"{method}:{uri}", body)


def request_digest_of_key(terms: Terms, key: str, method: str, uri: str) -> str:
    """The `response` of a request, of somebody of whom only H(A1) is kept (RFC 7616 §3.4.2)."""
    return _digest_of_key(terms, key, f"{method}:{uri}", b"")


def server_digest(terms: Terms, username: str, password: str, uri: str, body: bytes = b"") -> str:
    """The `rspauth` by which a server proves that it knows the password, too (RFC 7616 §3.5).

    `body` is that of the server's response.
    """
    return _digest(terms, username, password, f":{uri}", body)


def hashed_username(algorithm: Algorithm, username: str, realm: str) -> str:
    """What stands for the name where `userhash` is agreed on (RFC 7616 §3.4.4)."""
    return _hash(algorithm, f"{username}:{realm}")


def _digest(terms: Terms, username: str, password: str, a2: str, body: bytes) -> str:
    key = _hash(terms.algorithm, f"{username}:{terms.realm}:{password}")
    return _digest_of_key(terms, key, a2, body)


def _digest_of_key(terms: Terms, key: str, a2: str, body: bytes) -> str:
    algorithm = terms.algorithm
    if algorithm.keeps_session_key:
        key = _hash(algorithm, f"{key}:{terms.nonce}:{terms.cnonce}")
    if terms.qop is None:
        return _hash(algorithm, f"{key}:{terms.nonce}:{_hash(algorithm, a2)}")
    if terms.qop is Qop.AUTH_INT:
        a2 = f"{a2}:{_hash(algorithm, body)}"
    agreed = f"{terms.nonce}:{terms.nc}:{terms.cnonce}:{terms.qop.value}"
    return _hash(algorithm, f"{key}:{agreed}:{_hash(algorithm, a2)}")


def _hash(algorithm: Algorithm, data: str | bytes) -> str:
    if isinstance(data, str):
        # Octets that are no UTF-8 are hashed as they came from the wire.
        data = data.encode("utf-8", "surrogateescape")
    # MD5 secures little by now, but it is what most registrars ask for (RFC 8760 §3).
    return hashlib.new(_HASHES[algorithm], data, usedforsecurity=False).hexdigest()
