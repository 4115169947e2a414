"""Showing a password as the device asks for it: by HTTP Digest, or by Basic."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sip.authentication.authorization import Authorization
from sip.authentication.challenge import Challenge
from sip.authentication.digest import Algorithm, Qop, Terms, request_digest
from sip.errors import MalformedHeader
from speaker.ctl.trouble import NoAnswer, Refused

if TYPE_CHECKING:
    from collections.abc import Iterable

    from speaker.ctl.proof import Password


@dataclass(slots=True)
class DigestAnswers:
    """Answers one challenge, request after request (RFC 7616 §3.4)."""

    challenge: Challenge
    login: Password
    sent: int = 0

    def header(self, method: str, target: str) -> str:
        """`Authorization` of the next request."""
        challenge = self.challenge
        self.sent += 1
        cnonce, nc = (secrets.token_hex(16), f"{self.sent:08x}") if challenge.qop else ("", "")
        algorithm = challenge.algorithm or Algorithm.MD5
        terms = Terms(algorithm, challenge.realm, challenge.nonce, challenge.qop, cnonce, nc)
        name, password = self.login.name, self.login.password
        return str(
            Authorization(
                username=name,
                realm=challenge.realm,
                nonce=challenge.nonce,
                uri=target,
                response=request_digest(terms, name, password, method, target),
                algorithm_name=challenge.algorithm_name,
                opaque=challenge.opaque,
                qop_name=challenge.qop.value if challenge.qop else "",
                cnonce=cnonce,
                nc=nc,
            )
        )


@dataclass(frozen=True, slots=True)
class BasicAnswer:
    """The same each time (RFC 7617)."""

    login: Password

    def header(self, _method: str, _target: str) -> str:
        """`Authorization` of the next request."""
        both = f"{self.login.name}:{self.login.password}".encode()
        return f"Basic {base64.b64encode(both).decode()}"


def answer_to(
    challenges: Iterable[str], login: Password, *, is_private: bool
) -> DigestAnswers | BasicAnswer:
    """How to show a password to who has sent these `WWW-Authenticate`.

    By the strongest Digest; by Basic only where nobody else hears it (`is_private`).

    Raises:
        Refused: the device wants the password in the clear.
        NoAnswer: there is no challenge that can be answered.
    """
    offers: list[Challenge] = []
    has_basic = False
    for text in challenges:
        if text.split(maxsplit=1)[:1] in (["Basic"], ["basic"]):
            has_basic = True
            continue
        try:
            challenge = Challenge.parse(text)
        except MalformedHeader:
            continue
        if challenge.answerable and challenge.qop is not Qop.AUTH_INT:
            offers.append(challenge)
    if offers:
        strongest = max(offers, key=lambda each: each.algorithm.strength if each.algorithm else 0)
        return DigestAnswers(strongest, login)
    if not has_basic:
        raise NoAnswer(
            "what answers there does not ask for a name and a password as a speaker does"
        )
    if not is_private:
        raise Refused(
            401,
            "the device wants the password in the clear: use its https:// address,"
            " or --insecure if nobody can listen on the way",
        )
    return BasicAnswer(login)
