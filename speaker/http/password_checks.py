"""Checks passwords against slow hashes, off the main loop's thread, and few at a time."""

from __future__ import annotations

import asyncio
import hmac
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

import structlog

from conf.accounts.account_rules import may_be_password
from conf.accounts.password_hash import NOBODYS
from conf.store.store_error import StoreError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from conf.accounts.user_account import UserAccount
    from conf.accounts.user_accounts import UserAccounts

log = structlog.get_logger(__name__)

AT_A_TIME: Final = 2
MOST_WAITING: Final = 64
"""Of all sources together. Each takes about 40 ms, so the last one waits for a second or two."""

MOST_WAITING_OF_ONE: Final = 16


class TooBusy(Exception):
    """So many passwords are being checked that this one would wait for too long."""


@dataclass(slots=True)
class _Turn:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    wanted_by: int = 0


class Attempt(Protocol):
    """One attempt to log in."""

    @property
    def source(self) -> str:
        """Where it comes from."""

    def is_blocked(self) -> bool:
        """Whether that source failed too often."""

    def failed(self) -> None:
        """Count it as a failure."""


class PasswordChecks:
    """Knows whether a password is right.

    Of one source only one password is checked at a time: else many at once would be through before
    the first failure is counted. What was right lately is remembered, as a keyed hash, until the
    account's password or role changes: programs log in by Basic with every request.
    """

    def __init__(self, accounts: UserAccounts, secret: bytes) -> None:
        self._accounts = accounts
        self._secret = secret
        self._free = asyncio.Semaphore(AT_A_TIME)
        self._waiting = 0
        self._turns: dict[str, _Turn] = {}
        self._right: dict[str, bytes] = {}
        """By the name of an account that there is."""

    async def account_with(self, name: str, password: str, attempt: Attempt) -> UserAccount | None:
        """The account of this name, if that is its password; as slow for a name that is unknown.

        A failure is counted before the next password of the same source is looked at.

        Raises:
            TooBusy: too many are waiting.
        """
        if not may_be_password(password):
            attempt.failed()
            return None
        account = self._remembered(name, password)
        if account is not None:
            return account
        async with self._turn_of(attempt.source):
            if attempt.is_blocked():
                return None
            # Another request of the same source may have found out meanwhile.
            account = self._remembered(name, password) or await self._checked(name, password)
            if account is None:
                attempt.failed()
            return account

    def _remembered(self, name: str, password: str) -> UserAccount | None:
        account = self._accounts.get(name)
        known = self._right.get(name, b"")
        if account is None or not hmac.compare_digest(known, self._keyed(account, password)):
            return None
        return account

    async def _checked(self, name: str, password: str) -> UserAccount | None:
        account = self._accounts.get(name)
        async with self._free:
            is_right = await asyncio.to_thread(self._check, account, password)
        # Compared with what it is now: it may have been changed or deleted while we computed.
        now = self._accounts.get(name)
        if account is None or now is None or not is_right or now.stamp != account.stamp:
            return None
        self._right = {each: key for each, key in self._right.items() if self._accounts.get(each)}
        self._right[name] = self._keyed(now, password)
        return now

    def _check(self, account: UserAccount | None, password: str) -> bool:
        known = NOBODYS if account is None else account.password_hash
        is_right = known.matches(password) and account is not None
        if is_right and account is not None:
            try:
                self._accounts.renew_digest_keys(account.name, password)
            except StoreError as error:
                log.error("the keys for Digest of an account cannot be kept", why=str(error))
        return is_right

    @asynccontextmanager
    async def _turn_of(self, source: str) -> AsyncIterator[None]:
        turn = self._turns.get(source) or _Turn()
        if self._waiting >= MOST_WAITING or turn.wanted_by >= MOST_WAITING_OF_ONE:
            raise TooBusy("too many passwords are being checked")
        self._turns[source] = turn
        turn.wanted_by += 1
        self._waiting += 1
        try:
            async with turn.lock:
                yield
        finally:
            self._waiting -= 1
            turn.wanted_by -= 1
            if not turn.wanted_by:
                del self._turns[source]

    def _keyed(self, account: UserAccount, password: str) -> bytes:
        proved = f"{account.stamp}:{password}".encode()
        return hmac.digest(self._secret, proved, "sha256")
