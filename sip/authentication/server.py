"""Challenges callers, and checks what they answer (RFC 3261 §22.2, RFC 7616 §3, RFC 8760 §2.3)."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import Final

from sip.authentication.authorization import Authorization
from sip.authentication.challenge import Challenge
from sip.authentication.digest import Algorithm, Qop, Terms, request_digest
from sip.authentication.fields import Asker, readable
from sip.authentication.nonce import Nonce
from sip.authentication.nonce_counts import NonceCounts
from sip.errors import MisuseError
from sip.syntax.message import Request

NONCE_AGE_S: Final = 300.0
"""How long a nonce may be used. One that is older costs an honest caller a round trip."""

MINIMUM_SECRET_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class Accepted:
    """The request comes from somebody who knows the password of `username`."""

    username: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing is proved: answer with a challenge."""

    why: str
    """For the log; the caller must not learn it."""

    stale: bool = False
    """The password was right, but the nonce is used up: say so in the challenge."""


Verdict = Accepted | Refused


class DigestServer:
    """Proves that a request comes from one of those whose password `password_of` knows.

    Offers each of `algorithms` in a challenge of its own, the preferred one first. Any of `qops`
    will do; where there are none, as for clients of RFC 2069, a nonce is good for one request.
    `secret` is random and made anew at each start, for `now` (monotonic seconds) begins anew as
    well. A request must be verified once only, so after retransmissions were absorbed; ACK and
    CANCEL, which nobody may challenge, not at all (RFC 3261 §22.1).
    """

    def __init__(
        self,
        realm: str,
        password_of: Callable[[str], str | None],
        secret: bytes,
        *,
        algorithms: tuple[Algorithm, ...] = (Algorithm.SHA_256, Algorithm.MD5),
        qops: tuple[Qop, ...] = (Qop.AUTH,),
    ) -> None:
        if len(secret) < MINIMUM_SECRET_BYTES:
            raise MisuseError(f"{len(secret)} bytes of secret, under {MINIMUM_SECRET_BYTES}")
        self._realm = realm
        self._password_of = password_of
        self._secret = secret
        self._algorithms = algorithms
        self._qops = qops
        self._serials = count()
        self._counts = NonceCounts()

    def challenge(self, now: float, stale: bool = False) -> tuple[tuple[str, str], ...]:
        """Header fields for the 401, one for each algorithm (RFC 8760 §2.3)."""
        nonce = Nonce(int(now * 1000), next(self._serials))
        return tuple(
            (
                Asker.DESTINATION.challenge,
                str(
                    Challenge(
                        realm=self._realm,
                        nonce=nonce.write(self._secret, self._realm, algorithm),
                        algorithm_name=algorithm.value,
                        qop_names=tuple(qop.value for qop in self._qops),
                        stale=stale,
                    )
                ),
            )
            for algorithm in self._algorithms
        )

    def verify(self, request: Request, now: float) -> Verdict:
        """Whether the credentials of `request` are right.

        Its URI may be another than that of the credentials, as proxies change it on the way (RFC
        3261 §22.4); what was signed is theirs.
        """
        problems: list[str] = []
        for_us = next(self._for_us(request, problems), None)
        if for_us is None:
            return Refused(problems[0] if problems else "no credentials for our realm")
        return self._judged(request, *for_us, now)

    def _for_us(
        self, request: Request, problems: list[str]
    ) -> Iterator[tuple[Authorization, Terms]]:
        """The credentials that answer a challenge such as ours."""
        field = Asker.DESTINATION.credentials
        for authorization in readable(request, field, Authorization.parse, problems):
            terms = authorization.terms
            if authorization.realm != self._realm:
                continue
            if terms is None or terms.algorithm not in self._algorithms:
                problems.append("credentials by an algorithm that was not offered")
            elif terms.qop not in (self._qops or (None,)):
                problems.append("credentials with a qop that was not offered")
            else:
                yield authorization, terms

    def _judged(
        self, request: Request, authorization: Authorization, terms: Terms, now: float
    ) -> Verdict:
        """The password first: whether a nonce was good is told only to those who know it."""
        username = authorization.username
        # A name that is unknown, or without a password, takes the same time and proves nothing.
        password = self._password_of(username) or ""
        expected = request_digest(
            terms,
            username,
            password,
            request.method,
            authorization.uri,
            request.body,
        )
        answered = authorization.response.lower().encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(expected.encode(), answered) or not password:
            return Refused("unknown user or wrong password")
        nonce = Nonce.read(authorization.nonce, self._secret, self._realm, terms.algorithm)
        if nonce is None:
            return Refused("the nonce is not ours, or of before our last start", stale=True)
        if not 0 <= now - nonce.issued_ms / 1000 <= NONCE_AGE_S:
            return Refused(f"the nonce is older than {NONCE_AGE_S:g} s", stale=True)
        if not self._counts.use(nonce.serial, int(terms.nc, 16) if terms.qop else 1):
            return Refused("the nonce has been used with this count already", stale=True)
        return Accepted(username)
