"""Callers that prove by a password who they are (RFC 3261 §22, RFC 7616)."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Final

import structlog

from sip.authentication.digest import Algorithm
from sip.authentication.server import Accepted, DigestServer
from speaker.calls.admission import NO_PROOF, Proof

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from conf.settings import AccountSettings
    from sip.syntax.message import Request

log = structlog.get_logger(__name__)

REALM: Final = "intercom-speaker"
"""The same for every account, and for none: a challenge does not tell whether a user exists."""

ALGORITHMS: Final[tuple[Algorithm, ...]] = (Algorithm.SHA_256, Algorithm.MD5)
ONLY_MD5: Final[tuple[Algorithm, ...]] = (Algorithm.MD5,)

_NO_ACCOUNT: Final = ""


class CallerAuthentication:
    """Challenges the callers of each account, and checks what they answer. Reads no clock."""

    def __init__(self, accounts: Iterable[AccountSettings], secret: bytes) -> None:
        """`secret` is at least 16 random bytes, made anew at each start."""
        self._servers: dict[str, DigestServer] = {}
        # Nobody's challenge has to look like that of those who have one.
        nobodys = ALGORITHMS
        for account in accounts:
            known = {caller.username: caller.password.reveal() for caller in account.callers}
            algorithms = ONLY_MD5 if account.callers_md5_only else ALGORITHMS
            nobodys = algorithms if known else nobodys
            self._servers[account.id] = _server(account.id, known, algorithms, secret)
        self._servers[_NO_ACCOUNT] = _server(_NO_ACCOUNT, {}, nobodys, secret)

    def proof(self, account: AccountSettings | None, request: Request, now: float) -> Proof:
        """What the credentials in `request`, a new one, prove to an account (None: to none)."""
        if request.headers.get("Authorization") is None:
            return NO_PROOF
        verdict = self._of(account).verify(request, now)
        if isinstance(verdict, Accepted):
            return Proof(verdict.username)
        log.warning("caller proves nothing", peer=str(request.from_.uri), why=verdict.why)
        return Proof(stale=verdict.stale)

    def challenge(
        self, account: AccountSettings | None, now: float, *, stale: bool
    ) -> tuple[tuple[str, str], ...]:
        """Header fields for a 401."""
        return self._of(account).challenge(now, stale)

    def _of(self, account: AccountSettings | None) -> DigestServer:
        return self._servers[_NO_ACCOUNT if account is None else account.id]


def _server(
    account: str, passwords: Mapping[str, str], algorithms: tuple[Algorithm, ...], secret: bytes
) -> DigestServer:
    own = hmac.digest(secret, account.encode(), "sha256")
    return DigestServer(REALM, passwords.get, own, algorithms=algorithms)
