"""Logins of people at the web page: a cookie, a token against forged requests, and two limits."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from conf.accounts.user_account import UserAccount

MAXIMUM_PER_ACCOUNT: Final = 8
"""The one that was used least recently ends when another begins."""


@dataclass(slots=True)
class Session:
    """One login. It counts as long as the account's stamp is what it was."""

    account: str
    stamp: str
    csrf_token: str
    """To be repeated in a header of each request that changes something."""
    began_at: float
    used_at: float

    def allows(self, csrf_token: str) -> bool:
        """Whether a request with this token in its header may change something."""
        return hmac.compare_digest(
            self.csrf_token.encode(), csrf_token.encode("utf-8", "surrogateescape")
        )


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """When sessions end, in seconds."""

    idle_s: float
    longest_s: float


class Sessions:
    """All of them, in memory: a restart ends them. `now` is in monotonic seconds."""

    def __init__(
        self,
        account_of: Callable[[str], UserAccount | None],
        limits: Callable[[], SessionLimits],
        make_up: Callable[[], str] = token_urlsafe,
    ) -> None:
        self._account_of = account_of
        self._limits = limits
        self._make_up = make_up
        self._sessions: dict[bytes, Session] = {}

    def __len__(self) -> int:
        return len(self._sessions)

    def begin(self, account: UserAccount, now: float) -> tuple[str, Session]:
        """A new session, and what its cookie holds."""
        self._drop_ended(now)
        others = [key for key, each in self._sessions.items() if each.account == account.name]
        others.sort(key=lambda key: self._sessions[key].used_at)
        for key in others[: max(0, len(others) - MAXIMUM_PER_ACCOUNT + 1)]:
            del self._sessions[key]
        cookie = self._make_up()
        session = Session(account.name, account.stamp, self._make_up(), now, now)
        self._sessions[_digest(cookie)] = session
        return cookie, session

    def find(self, cookie: str, now: float) -> tuple[Session, UserAccount] | None:
        """The session of a cookie and whose it is, if it goes on; that is a use of it."""
        # Looked up by its hash: how long that takes says nothing of the sessions there are.
        session = self._sessions.get(_digest(cookie))
        if session is None:
            return None
        account = self._account_of(session.account)
        if account is None or self._has_ended(session, now):
            del self._sessions[_digest(cookie)]
            return None
        session.used_at = now
        return session, account

    def goes_on(self, cookie: str, now: float) -> bool:
        """Whether there is a session of this cookie; asking is no use of it."""
        session = self._sessions.get(_digest(cookie))
        return session is not None and not self._has_ended(session, now)

    def end(self, cookie: str) -> None:
        """The session of this cookie is over, if there is one."""
        self._sessions.pop(_digest(cookie), None)

    def _has_ended(self, session: Session, now: float) -> bool:
        limits = self._limits()
        account = self._account_of(session.account)
        return (
            account is None
            or account.stamp != session.stamp
            or now - session.used_at >= limits.idle_s
            or now - session.began_at >= limits.longest_s
        )

    def _drop_ended(self, now: float) -> None:
        ended = [key for key, each in self._sessions.items() if self._has_ended(each, now)]
        for key in ended:
            del self._sessions[key]


def _digest(cookie: str) -> bytes:
    return hashlib.sha256(cookie.encode("utf-8", "surrogateescape")).digest()
