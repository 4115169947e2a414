"""Logging in by HTTP Digest (RFC 7616): MD5 for the clients that VAPIX has, SHA-256 beside it."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Final

from sip.authentication.authorization import Authorization
from sip.authentication.challenge import Challenge
from sip.authentication.digest import Algorithm, Qop, Terms, request_digest_of_key
from sip.authentication.nonce import Nonce
from sip.errors import MalformedHeader
from speaker.http.nonce_window import NonceWindows

if TYPE_CHECKING:
    from collections.abc import Callable

    from conf.accounts.digest_keys import DigestKeys

NONCE_AGE_S: Final = 300.0
"""How long a nonce may be used. One that is older costs an honest client a round trip."""

ALGORITHMS: Final = (Algorithm.MD5, Algorithm.SHA_256)

CHALLENGED: Final = (Algorithm.MD5, Algorithm.SHA_256, Algorithm.MD5)
"""In this order: many clients know MD5 only, and of those the library `axis`, curl and Python's own
take the first challenge, while FFmpeg 5 and Wget take the last one."""

NOBODYS: Final = "0" * 32


@dataclass(frozen=True, slots=True)
class Proved:
    """Whoever sent this knows the password of `name`."""

    name: str


@dataclass(frozen=True, slots=True)
class Stale:
    """The password is right, but the nonce is used up: a new challenge will do."""


@dataclass(frozen=True, slots=True)
class Failed:
    """A wrong password, an unknown name, or credentials that make no sense."""

    name: str


class DigestLogin:
    """Challenges, and checks what is answered. `secret` is made anew at each start."""

    def __init__(self, secret: bytes, keys_of: Callable[[str], DigestKeys | None]) -> None:
        self._secret = secret
        self._keys_of = keys_of
        self._serials = count()
        self._windows = NonceWindows()

    def challenges(self, realm: str, now: float, *, stale: bool = False) -> tuple[str, ...]:
        """Values of WWW-Authenticate, to be sent in this order."""
        nonce = Nonce(int(now * 1000), next(self._serials))
        return tuple(
            str(
                Challenge(
                    realm=realm,
                    nonce=nonce.write(self._secret, realm, algorithm),
                    algorithm_name=algorithm.value,
                    qop_names=(Qop.AUTH.value,),
                    stale=stale,
                )
            )
            for algorithm in CHALLENGED
        )

    def verify(
        self, credentials: str, realm: str, method: str, target: str, now: float
    ) -> Proved | Stale | Failed:
        """What `credentials`, the value of Authorization, prove about a request for `target`.

        `target` is the request target as it stood in the request line, not decoded. `now` is in
        monotonic seconds.
        """
        try:
            authorization = Authorization.parse(credentials)
        except MalformedHeader:
            return Failed("")
        name = authorization.username
        terms = authorization.terms
        if (
            terms is None
            or terms.algorithm not in ALGORITHMS
            or terms.qop is not Qop.AUTH
            or authorization.realm != realm
            or not _is_same(authorization.uri, target)
        ):
            return Failed(name)
        if not self._knows_password(authorization, terms, method):
            return Failed(name)
        nonce = Nonce.read(authorization.nonce, self._secret, realm, terms.algorithm)
        if nonce is None or not 0 <= now - nonce.issued_ms / 1000 <= NONCE_AGE_S:
            return Stale()
        if not self._windows.use(nonce.serial, int(authorization.nc, 16)):
            return Stale()
        return Proved(name)

    def _knows_password(self, authorization: Authorization, terms: Terms, method: str) -> bool:
        """A name that is unknown takes the same time and proves nothing."""
        keys = self._keys_of(authorization.username)
        known = keys is not None and keys.realm == terms.realm
        key = NOBODYS
        if keys is not None:
            key = keys.md5 if terms.algorithm is Algorithm.MD5 else keys.sha_256
        expected = request_digest_of_key(terms, key, method, authorization.uri)
        answered = authorization.response.lower().encode("utf-8", "surrogateescape")
        return hmac.compare_digest(expected.encode(), answered) and known


def _is_same(uri: str, target: str) -> bool:
    """Octet by octet; only whether an empty query was there is not told to us."""
    return uri == target or ("?" not in target and uri == f"{target}?")
