"""Bearer tokens, by which programs log in: made by an administrator, shown once, kept hashed."""

import hashlib
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from secrets import token_urlsafe
from sqlite3 import Connection
from typing import Final

from conf.accounts.account_error import AccountExists, BadAccount, NoSuchAccount, TooManyAccounts
from conf.accounts.role import Role
from conf.store.attachment import Write
from conf.store.audit import AuditLog
from conf.store.database import Database

MAXIMUM_TOKENS: Final = 100
_NAME: Final = re.compile(r"[^\x00-\x1f\x7f/]{1,64}")
PREFIX: Final = "speaker_"
"""So that people, and programs that look for leaked secrets, see what it is."""

NOTED_EVERY_S: Final = 60
"""When a token was used last is written down no more often than this, in seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineToken:
    """What is known of a token, apart from itself. Times are seconds since 1970."""

    name: str
    role: Role
    made_by: str
    made_at: int
    expires_at: int | None = None
    """None: never."""
    used_at: int | None = None
    """None: it was not used yet; else to the minute."""
    digest: bytes = field(repr=False)
    """SHA-256 of the token, which is too long to be guessed: a slow hash would gain nothing."""


class MachineTokens:
    """All tokens. Reading costs nothing; changes block, for the disk. Thread-safe."""

    def __init__(self, database: Database, audit: AuditLog) -> None:
        """Read what the database holds.

        Raises:
            StoreError: it cannot be read.
        """
        self._database = database
        self._audit = audit
        self._changing = threading.Lock()
        self._tokens: Mapping[bytes, MachineToken] = self._read()

    def all(self) -> tuple[MachineToken, ...]:
        """Every token, in the order in which they were made."""
        return tuple(self._tokens.values())

    def find(self, text: str, wall: float) -> MachineToken | None:
        """What `text` is, unless it has expired by `wall` (seconds since 1970)."""
        if not text.startswith(PREFIX):
            return None
        # Looked up by its hash: how long that takes says nothing of the tokens there are.
        token = self._tokens.get(_digest(text))
        if token is None or (token.expires_at is not None and wall >= token.expires_at):
            return None
        return token

    def add(
        self,
        name: str,
        role: Role,
        *,
        expires_at: int | None = None,
        by: str,
        address: str = "",
        wall: float,
    ) -> str:
        """Make a token; what is returned is nowhere else.

        Raises:
            BadAccount: the name, role or expiry breaks a rule.
            AccountExists: there is one of this name.
            TooManyAccounts: there are already 100.
            StoreError: the disk does not take it; nothing has changed.
        """
        check_token_name(name)
        if role is Role.ANYBODY:
            raise BadAccount("the role of a token is viewer, operator or administrator")
        if expires_at is not None and expires_at <= wall:
            raise BadAccount("the token would have expired already")
        text = PREFIX + token_urlsafe(32)
        token = MachineToken(
            name=name,
            role=role,
            made_by=by,
            made_at=int(wall),
            expires_at=expires_at,
            digest=_digest(text),
        )
        with self._changing:
            if any(each.name == name for each in self._tokens.values()):
                raise AccountExists(f"there is already a token {name!r}")
            if len(self._tokens) >= MAXIMUM_TOKENS:
                raise TooManyAccounts(f"there are already {MAXIMUM_TOKENS} tokens")
            with self._database.transaction() as connection:
                _write(connection, token)
                self._audit.note(by, f"token {name} made, as {role.written}", address=address)
            self._tokens = {**self._tokens, token.digest: token}
        return text

    def remove(self, name: str, *, by: str, address: str = "") -> None:
        """Let a token count no longer.

        Raises:
            NoSuchAccount: there is none of this name.
            StoreError: the disk does not take it; nothing has changed.
        """
        with self._changing:
            left = {key: each for key, each in self._tokens.items() if each.name != name}
            if len(left) == len(self._tokens):
                raise NoSuchAccount(f"there is no token {name[:64]!r}")
            with self._database.transaction() as connection:
                connection.execute("DELETE FROM tokens WHERE name = ?", (name,))
                self._audit.note(by, f"token {name} deleted", address=address)
            self._tokens = left

    def forget_all(self, *, by: str, address: str = "") -> None:
        """Let none count any longer, as at a factory default.

        Raises:
            StoreError: the disk does not take it; nothing has changed.
        """
        with self._changing:
            with self._database.transaction() as connection:
                connection.execute("DELETE FROM tokens")
                self._audit.note(by, "all tokens deleted", address=address)
            self._tokens = {}

    @contextmanager
    def replacing(
        self,
        choose: Callable[[Mapping[str, MachineToken]], Iterable[MachineToken]],
        *,
        by: str,
        address: str = "",
    ) -> Iterator[Write]:
        """Put others in the place of all tokens, as a part of somebody's transaction.

        `choose` is told those there are, by their names. What is yielded writes; the tokens count
        when the block is left without an exception. When one was used last is not forgotten.
        """
        with self._changing:
            old = self._tokens
            chosen = choose({each.name: each for each in old.values()})
            new = {
                each.digest: replace(each, used_at=known.used_at)
                if (known := old.get(each.digest))
                else each
                for each in chosen
            }

            def write(connection: Connection) -> None:
                if [*new.values()] == [*old.values()]:
                    return
                connection.execute("DELETE FROM tokens")
                for each in new.values():
                    _write(connection, each)
                names = ", ".join(each.name for each in new.values()) or "none"
                self._audit.note(by, f"tokens imported, now {names}", address=address)

            yield write
            self._tokens = new

    def is_use_worth_noting(self, token: MachineToken, wall: float) -> bool:
        """Whether `note_use` would write anything."""
        return token.used_at is None or not 0 <= wall - token.used_at < NOTED_EVERY_S

    def note_use(self, token: MachineToken, wall: float) -> None:
        """Remember that a token was used just now.

        Raises:
            StoreError: the disk does not take it; nothing has changed.
        """
        with self._changing:
            known = self._tokens.get(token.digest)
            if known is None or not self.is_use_worth_noting(known, wall):
                return
            with self._database.transaction() as connection:
                connection.execute(
                    "UPDATE tokens SET used_at = ? WHERE hash = ?", (int(wall), token.digest)
                )
            self._tokens = {**self._tokens, token.digest: replace(known, used_at=int(wall))}

    def _read(self) -> dict[bytes, MachineToken]:
        rows = self._database.rows(
            "SELECT name, role, hash, made_by, made_at, expires_at, used_at FROM tokens ORDER BY id"
        )
        return {
            digest: MachineToken(
                name=name,
                role=Role.of(role),
                made_by=made_by,
                made_at=made_at,
                expires_at=expires_at,
                used_at=used_at,
                digest=digest,
            )
            for name, role, digest, made_by, made_at, expires_at, used_at in rows
        }


def check_token_name(name: str) -> None:
    """Raise BadAccount unless a token may be called this."""
    if not _NAME.fullmatch(name):
        raise BadAccount(f"{name[:32]!r} is not a name of 1 to 64 characters without slashes")


def _write(connection: Connection, token: MachineToken) -> None:
    connection.execute(
        "INSERT INTO tokens (name, role, hash, made_by, made_at, expires_at, used_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            token.name,
            token.role.written,
            token.digest,
            token.made_by,
            token.made_at,
            token.expires_at,
            token.used_at,
        ),
    )


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).digest()
