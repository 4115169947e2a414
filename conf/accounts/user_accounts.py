"""The accounts of those who use the device: no default one, and never without an administrator."""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from secrets import token_hex
from sqlite3 import Connection

import structlog

from conf.accounts.account_error import (
    AccountExists,
    AccountNeeded,
    AlreadySetUp,
    BadAccount,
    NoSuchAccount,
    TooManyAccounts,
)
from conf.accounts.account_rules import MAXIMUM_ACCOUNTS, check_comment, check_name, check_password
from conf.accounts.digest_keys import DigestKeys
from conf.accounts.password_hash import PasswordHash
from conf.accounts.role import Role
from conf.accounts.user_account import UserAccount
from conf.store.attachment import Write
from conf.store.audit import AuditLog
from conf.store.database import Database
from conf.store.secret_box import DoesNotOpen, SecretBox

log = structlog.get_logger(__name__)

ROOT = "root"
"""The account that the product lets nobody delete."""


class UserAccounts:
    """All accounts. Reading costs nothing; changes block, for the disk and for slow hashes.

    Thread-safe. `realm` tells what HTTP Digest calls the device. When that has changed, an account
    logs in by its password itself (Basic, the web page) once before it can by Digest again:
    `renew_digest_keys`.
    """

    def __init__(
        self, database: Database, box: SecretBox, audit: AuditLog, realm: Callable[[], str]
    ) -> None:
        """Read what the database holds.

        Raises:
            StoreError: it cannot be read.
        """
        self._database = database
        self._box = box
        self._audit = audit
        self._realm = realm
        self._changing = threading.Lock()
        self._accounts: Mapping[str, UserAccount] = self._read()

    @property
    def realm(self) -> str:
        """What HTTP Digest calls the device."""
        return self._realm()

    @property
    def has_administrator(self) -> bool:
        """Whether the device has been set up."""
        return _has_administrator(self._accounts.values())

    def all(self) -> tuple[UserAccount, ...]:
        """Every account, in the order in which they were added."""
        return tuple(self._accounts.values())

    def get(self, name: str) -> UserAccount | None:
        """The account of this name."""
        return self._accounts.get(name)

    def add(
        self,
        name: str,
        password: str,
        role: Role,
        *,
        comment: str = "",
        ptz: bool = False,
        by: str,
        address: str = "",
    ) -> UserAccount:
        """Add an account; `by` does it, from `address`.

        Raises:
            BadAccount: the name, password, role or comment breaks a rule.
            AccountExists: there is one of this name.
            TooManyAccounts: there are already 100.
            StoreError: the disk does not take it; nothing has changed.
        """
        account = self._made(name, password, role, comment=comment, ptz=ptz)
        with self._changing:
            self._put_new(account, by=by, address=address)
        return account

    def add_first(
        self, name: str, password: str, *, comment: str = "", ptz: bool = False, address: str
    ) -> UserAccount:
        """Add the first administrator, which anybody at `address` may do once.

        Raises:
            AlreadySetUp: there is an administrator.
            BadAccount: the name, password or comment breaks a rule.
            AccountExists: there is one of this name, without being an administrator.
            StoreError: the disk does not take it; nothing has changed.
        """
        if self.has_administrator:  # before anything costs time
            raise AlreadySetUp("the device has an administrator")
        account = self._made(name, password, Role.ADMINISTRATOR, comment=comment, ptz=ptz)
        with self._changing:
            if self.has_administrator:
                raise AlreadySetUp("the device has an administrator")
            self._put_new(account, by=name, address=address)
        return account

    def change(
        self,
        name: str,
        *,
        password: str | None = None,
        role: Role | None = None,
        comment: str | None = None,
        ptz: bool | None = None,
        by: str,
        address: str = "",
    ) -> UserAccount:
        """Change what is not None. A new password or role ends what was begun under the old one.

        Raises:
            NoSuchAccount: there is none of this name.
            BadAccount: the password, role or comment breaks a rule.
            AccountNeeded: it is the last administrator.
            StoreError: the disk does not take it; nothing has changed.
        """
        if name not in self._accounts:
            raise NoSuchAccount(f"there is no account {name[:32]!r}")
        proof = None if password is None else self._proof(name, password)
        with self._changing:
            old = self._known(name)
            new = replace(
                old,
                role=old.role if role is None else _checked(role),
                comment=old.comment if comment is None else comment,
                ptz=old.ptz if ptz is None else ptz,
            )
            check_comment(new.comment)
            if old.role is Role.ADMINISTRATOR is not new.role:
                self._spare_the_last_administrator(name)
            if proof is not None:
                new = replace(new, password_hash=proof[0], digest_keys=proof[1])
            if proof is not None or new.role is not old.role:
                new = replace(new, stamp=token_hex(8))
            if new != old:
                self._put(new, f"account {name}: {_said(old, new)}", by=by, address=address)
        return new

    def remove(self, name: str, *, by: str, address: str = "") -> None:
        """Delete an account.

        Raises:
            NoSuchAccount: there is none of this name.
            AccountNeeded: it is `root`, or the last administrator.
            StoreError: the disk does not take it; nothing has changed.
        """
        with self._changing:
            account = self._known(name)
            if name == ROOT:
                raise AccountNeeded(f"the account {ROOT!r} cannot be deleted")
            if account.role is Role.ADMINISTRATOR:
                self._spare_the_last_administrator(name)
            with self._database.transaction() as connection:
                connection.execute("DELETE FROM accounts WHERE name = ?", (name,))
                self._audit.note(by, f"account {name} deleted", address=address)
            self._accounts = {key: each for key, each in self._accounts.items() if key != name}

    def forget_all(self, *, by: str, address: str = "") -> None:
        """Delete every account, as at a factory default: the device is to be set up again.

        Raises:
            StoreError: the disk does not take it; nothing has changed.
        """
        with self._changing:
            with self._database.transaction() as connection:
                connection.execute("DELETE FROM accounts")
                self._audit.note(by, "all accounts deleted", address=address)
            self._accounts = {}

    @contextmanager
    def replacing(
        self,
        choose: Callable[[Mapping[str, UserAccount]], Iterable[UserAccount]],
        *,
        by: str,
        address: str = "",
    ) -> Iterator[Write]:
        """Put others in the place of all accounts, as a part of somebody's transaction.

        `choose` is told those there are, and their passwords and roles cannot change any more. What
        is yielded writes; the accounts count when the block is left without an exception.

        Raises:
            AccountNeeded: there would be no administrator any more.
        """
        with self._changing:
            old = self._accounts
            new = {each.name: _restamped(each, old.get(each.name)) for each in choose(old)}
            if self.has_administrator and not _has_administrator(new.values()):
                raise AccountNeeded("there is no administrator among them")

            def write(connection: Connection) -> None:
                if [*new.values()] == [*old.values()]:
                    return
                connection.execute("DELETE FROM accounts")
                for each in new.values():
                    self._write(connection, each)
                self._audit.note(by, f"accounts imported: {_compared(old, new)}", address=address)

            yield write
            self._accounts = new

    def renew_digest_keys(self, name: str, password: str) -> None:
        """Let somebody whose password was right log in by Digest, too, if they no longer could.

        Raises:
            StoreError: the disk does not take it; nothing has changed.
        """
        with self._changing:
            account = self._accounts.get(name)
            if account is None or self._can_digest(account):
                return
            renewed = replace(account, digest_keys=DigestKeys.of(name, self.realm, password))
            with self._database.transaction() as connection:
                self._write(connection, renewed)
            self._accounts = {**self._accounts, name: renewed}

    # --- parts of these --------------------------------------------------------------------------

    def _can_digest(self, account: UserAccount) -> bool:
        return account.digest_keys is not None and account.digest_keys.realm == self.realm

    def _known(self, name: str) -> UserAccount:
        account = self._accounts.get(name)
        if account is None:
            raise NoSuchAccount(f"there is no account {name[:32]!r}")
        return account

    def _made(
        self, name: str, password: str, role: Role, *, comment: str, ptz: bool
    ) -> UserAccount:
        check_name(name)
        check_comment(comment)
        slow, keys = self._proof(name, password)
        return UserAccount(
            name=name,
            role=_checked(role),
            comment=comment,
            ptz=ptz,
            stamp=token_hex(8),
            password_hash=slow,
            digest_keys=keys,
        )

    def _proof(self, name: str, password: str) -> tuple[PasswordHash, DigestKeys]:
        check_password(password)
        return PasswordHash.of(password), DigestKeys.of(name, self.realm, password)

    def _put_new(self, account: UserAccount, *, by: str, address: str) -> None:
        if account.name in self._accounts:
            raise AccountExists(f"there is already an account {account.name!r}")
        if len(self._accounts) >= MAXIMUM_ACCOUNTS:
            raise TooManyAccounts(f"there are already {MAXIMUM_ACCOUNTS} accounts")
        said = f"account {account.name} added as {account.role.written}"
        self._put(account, said, by=by, address=address)

    def _put(self, account: UserAccount, said: str, *, by: str, address: str) -> None:
        with self._database.transaction() as connection:
            self._write(connection, account)
            self._audit.note(by, said, address=address)
        self._accounts = {**self._accounts, account.name: account}

    def _write(self, connection: Connection, account: UserAccount) -> None:
        keys = account.digest_keys
        connection.execute(
            "INSERT INTO accounts (name, role, ptz, comment, stamp, slow_hash, realm, digest)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (name) DO UPDATE SET role = excluded.role, ptz = excluded.ptz,"
            " comment = excluded.comment, stamp = excluded.stamp,"
            " slow_hash = excluded.slow_hash, realm = excluded.realm, digest = excluded.digest",
            (
                account.name,
                account.role.written,
                account.ptz,
                account.comment,
                account.stamp,
                str(account.password_hash),
                "" if keys is None else keys.realm,
                b""
                if keys is None
                else self._box.seal(_place(account.name, keys.realm), keys.text),
            ),
        )

    def _spare_the_last_administrator(self, name: str) -> None:
        if not _has_administrator(each for each in self.all() if each.name != name):
            raise AccountNeeded(f"{name!r} is the last administrator")

    def _read(self) -> dict[str, UserAccount]:
        rows = self._database.rows(
            "SELECT name, role, ptz, comment, stamp, slow_hash, realm, digest FROM accounts"
            " ORDER BY id"
        )
        accounts = {}
        for name, role, ptz, comment, stamp, slow_hash, realm, digest in rows:
            accounts[name] = UserAccount(
                name=name,
                role=Role.of(role),
                comment=comment,
                ptz=bool(ptz),
                stamp=stamp,
                password_hash=PasswordHash.parse(slow_hash),
                digest_keys=self._opened(name, realm, digest),
            )
        return accounts

    def _opened(self, name: str, realm: str, sealed: bytes) -> DigestKeys | None:
        try:
            return DigestKeys.parse(realm, self._box.unseal(_place(name, realm), sealed))
        except (DoesNotOpen, ValueError):
            return None


def _place(name: str, realm: str) -> str:
    """Where a sealed key belongs: it opens nowhere else."""
    return f"accounts.{name}.digest.{realm}"


def _has_administrator(accounts: Iterable[UserAccount]) -> bool:
    return any(each.role is Role.ADMINISTRATOR for each in accounts)


def _restamped(new: UserAccount, old: UserAccount | None) -> UserAccount:
    """With the stamp that it has, if it can be proved as before, and may do the same."""
    if old is None or (old.role, old.password_hash) != (new.role, new.password_hash):
        return replace(new, stamp=token_hex(8))
    return replace(new, stamp=old.stamp)


def _compared(old: Mapping[str, UserAccount], new: Mapping[str, UserAccount]) -> str:
    """What has changed altogether, for the audit log."""
    said = {
        "added": [f"{name} as {new[name].role.written}" for name in new if name not in old],
        "changed": [name for name in new if name in old and new[name] != old[name]],
        "deleted": [name for name in old if name not in new],
    }
    parts = (f"{what} {', '.join(names)}" for what, names in said.items() if names)
    return "; ".join(parts) or "another order"


def _checked(role: Role) -> Role:
    if role is Role.ANYBODY:
        raise BadAccount("the role of an account is viewer, operator or administrator")
    return role


def _said(old: UserAccount, new: UserAccount) -> str:
    """What has changed, for the audit log."""
    said = []
    if new.password_hash != old.password_hash:
        said.append("new password")
    if new.role is not old.role:
        said.append(f"now {new.role.written}")
    if (new.comment, new.ptz) != (old.comment, old.ptz):
        said.append("other description")
    return ", ".join(said)
