"""A challenge that we have answered, and may answer again unasked (RFC 7616 §3.6)."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from typing import Final

from sip.authentication.authorization import Authorization
from sip.authentication.challenge import Challenge
from sip.authentication.credentials import Credentials
from sip.authentication.digest import Algorithm, Terms, hashed_username, request_digest
from sip.syntax.message import Request

MAXIMUM_ANSWERS: Final = 16
"""Answers that are remembered as such; so many requests may be on their way at a time."""


@dataclass(slots=True)
class KnownChallenge:
    """The latest challenge of one realm, and what has become of our answers."""

    challenge: Challenge
    algorithm: Algorithm
    cnonce: str
    """One for all requests with this nonce, so that a `-sess` algorithm has one key for all."""

    destination: str
    """To of the request that was challenged."""

    count: int = 0
    """Requests that carry this nonce so far."""

    refused: bool = False
    """The server does not take our password: nothing is said unasked."""

    stale_in_a_row: int = 0
    _answers: deque[tuple[str, str]] = field(
        default_factory=lambda: deque(maxlen=MAXIMUM_ANSWERS), repr=False
    )
    """Nonce and count of what was said because the server had asked for it."""

    def renew(
        self, challenge: Challenge, algorithm: Algorithm, cnonce: str, destination: str
    ) -> None:
        """Take the place of the challenge before, whose nonce it may repeat."""
        if challenge.nonce != self.challenge.nonce:
            self.count, self.cnonce = 0, cnonce
        self.challenge, self.algorithm, self.destination = challenge, algorithm, destination
        self.refused = False

    def take_next_nonce(self, nonce: str) -> None:
        """Use `nonce` from now on (RFC 7616 §3.5).

        The RFC leaves open what that does to the key of a session, so `-sess` algorithms go on with
        the nonce that they have, until the server calls it stale.
        """
        if nonce != self.challenge.nonce and not self.algorithm.keeps_session_key:
            self.challenge = replace(self.challenge, nonce=nonce)
            self.count = 0

    def authorization(
        self, request: Request, credentials: Credentials, *, asked_for: bool
    ) -> Authorization:
        """The credentials of `request`; the nonce is counted."""
        self.count += 1
        challenge, qop = self.challenge, self.challenge.qop
        nc = f"{self.count:08x}" if qop is not None else ""
        # A session key is made of it even where there is no `qop` (RFC 2617 §3.2.2.2).
        cnonce = self.cnonce if qop is not None or self.algorithm.keeps_session_key else ""
        if asked_for:
            self._answers.append((challenge.nonce, nc))
        terms = Terms(self.algorithm, challenge.realm, challenge.nonce, qop, cnonce, nc)
        name, password, uri = credentials.username, credentials.password, str(request.uri)
        return Authorization(
            username=hashed_username(self.algorithm, name, challenge.realm)
            if challenge.userhash
            else name,
            realm=challenge.realm,
            nonce=challenge.nonce,
            uri=uri,
            response=request_digest(terms, name, password, request.method, uri, request.body),
            algorithm_name=challenge.algorithm_name,
            opaque=challenge.opaque,
            qop_name=qop.value if qop is not None else "",
            cnonce=cnonce,
            nc=nc,
            userhash=challenge.userhash,
        )

    def was_asked_for(self, sent: Authorization) -> bool:
        """Whether `sent` is an answer to a challenge, so that asking again means a refusal."""
        return (sent.nonce, sent.nc) in self._answers
