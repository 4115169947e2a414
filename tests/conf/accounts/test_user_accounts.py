"""Accounts: no default one, 100 at most, never without an administrator."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from sqlite3 import Connection

import pytest

from conf.accounts.account_error import (
    AccountError,
    AccountExists,
    AccountNeeded,
    AlreadySetUp,
    BadAccount,
    NoSuchAccount,
    TooManyAccounts,
)
from conf.accounts.role import Role
from conf.accounts.user_account import UserAccount
from conf.accounts.user_accounts import UserAccounts
from conf.store.audit import AuditLog
from conf.store.database import Database
from conf.store.secret_box import SecretBox

BY = "root"
ROLE = Role.ADMINISTRATOR


class Kept:
    """What lies in a data folder, opened as often as wanted."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = Database.open(folder / "settings.db")
        self.audit = AuditLog(self.database)
        self.realm = "AXIS_1"

    def accounts(self) -> UserAccounts:
        box = SecretBox.open(self.folder / "settings.key")
        return UserAccounts(self.database, box, self.audit, lambda: self.realm)


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    kept = Kept(tmp_path)
    yield kept
    kept.database.close()


def set_up(accounts: UserAccounts, name: str = "root") -> UserAccount:
    return accounts.add_first(name, "s3same", address="192.0.2.7")


def test_out_of_the_box_there_is_nobody(kept: Kept) -> None:
    accounts = kept.accounts()
    assert accounts.all() == ()
    assert not accounts.has_administrator


def test_the_first_administrator_is_made_once(kept: Kept) -> None:
    accounts = kept.accounts()
    assert set_up(accounts).role is Role.ADMINISTRATOR
    with pytest.raises(AlreadySetUp):
        set_up(accounts, "eve")
    assert [each.name for each in accounts.all()] == ["root"]


def test_of_many_who_come_first_at_once_one_is(kept: Kept) -> None:
    accounts = kept.accounts()

    def come(name: str) -> bool:
        try:
            set_up(accounts, name)
        except AlreadySetUp:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(come, "abcd")) == 1
    assert len(accounts.all()) == 1


def test_accounts_are_there_again_after_a_restart(kept: Kept) -> None:
    accounts = kept.accounts()
    set_up(accounts)
    accounts.add("joe", "foo", Role.OPERATOR, comment="Joe's", ptz=True, by=BY)
    assert kept.accounts().all() == accounts.all()


def test_what_lies_on_the_disk_holds_no_password_and_no_key(kept: Kept) -> None:
    account = set_up(kept.accounts())
    assert account.digest_keys is not None
    kept.database.forget_deleted()
    disk = b"".join(file.read_bytes() for file in kept.folder.glob("settings.db*"))
    keys = account.digest_keys
    assert not any(text.encode() in disk for text in ("s3same", keys.md5, keys.sha_256))
    assert "s3same" not in repr(account)
    assert keys.md5 not in repr(account)


@pytest.mark.parametrize(
    ("name", "password", "comment"),
    [
        ("", "x", ""),
        ("a" * 15, "x", ""),
        ("jo-e", "x", ""),
        ("jöe", "x", ""),
        ("joe\n", "x", ""),
        ("joe", "", ""),
        ("joe", "x" * 65, ""),
        ("joe", "tab\t", ""),
        ("joe", "pässword", ""),
        ("joe", "\ud800", ""),
        ("joe", "x", "two\nlines"),
        ("joe", "x", "c" * 129),
    ],
)
def test_names_passwords_and_comments_have_rules(
    kept: Kept, name: str, password: str, comment: str
) -> None:
    accounts = kept.accounts()
    with pytest.raises(BadAccount) as caught:
        accounts.add(name, password, ROLE, comment=comment, by=BY)
    assert not password or len(password) == 1 or password not in str(caught.value)
    assert accounts.all() == ()


def test_the_longest_of_everything_is_allowed(kept: Kept) -> None:
    accounts = kept.accounts()
    accounts.add("A1" * 7, "".join(map(chr, range(63, 127))), ROLE, comment="ü" * 128, by=BY)


def test_a_role_of_nobody_is_none(kept: Kept) -> None:
    with pytest.raises(BadAccount):
        kept.accounts().add("joe", "x", Role.ANYBODY, by=BY)


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (lambda on: on.add("root", "x", ROLE, by=BY), AccountExists),
        (lambda on: on.change("joe", password="x", by=BY), NoSuchAccount),
        (lambda on: on.remove("joe", by=BY), NoSuchAccount),
        (lambda on: on.remove("root", by=BY), AccountNeeded),
        (lambda on: on.change("root", role=Role.OPERATOR, by=BY), AccountNeeded),
        (lambda on: on.change("root", password="", by=BY), BadAccount),
        (lambda on: on.change("root", comment="\n", by=BY), BadAccount),
    ],
)
def test_what_is_refused_changes_nothing(
    kept: Kept, act: Callable[[UserAccounts], object], error: type[AccountError]
) -> None:
    accounts = kept.accounts()
    set_up(accounts)
    before = accounts.all()
    with pytest.raises(error):
        act(accounts)
    assert accounts.all() == before == kept.accounts().all()


def test_the_last_administrator_stays_and_root_always_does(kept: Kept) -> None:
    accounts = kept.accounts()
    set_up(accounts)
    accounts.add("joe", "x", ROLE, by=BY)
    with pytest.raises(AccountNeeded, match="'root' cannot be deleted"):
        accounts.remove("root", by=BY)
    accounts.change("root", role=Role.VIEWER, by=BY)
    with pytest.raises(AccountNeeded, match="'joe' is the last administrator"):
        accounts.remove("joe", by=BY)


def test_there_are_a_hundred_at_most(kept: Kept) -> None:
    accounts = kept.accounts()
    made = set_up(accounts)
    with kept.database.transaction() as connection:
        copies(connection, "root", 99)
    accounts = kept.accounts()
    assert len(accounts.all()) == 100
    with pytest.raises(TooManyAccounts):
        accounts.add("another", "x", ROLE, by=BY)
    assert accounts.get("root") == made


def copies(connection: Connection, name: str, count: int) -> None:
    """More accounts like the one of this name, without the time that their hashes would take."""
    columns = "role, ptz, comment, stamp, slow_hash, realm, digest"
    for number in range(count):
        connection.execute(
            f"INSERT INTO accounts (name, {columns}) SELECT ?, {columns} FROM accounts"
            " WHERE name = ?",
            (f"copy{number}", name),
        )


def test_a_new_password_or_role_is_another_stamp_and_a_comment_is_not(kept: Kept) -> None:
    accounts = kept.accounts()
    stamps = [set_up(accounts).stamp]
    accounts.add("joe", "x", ROLE, by=BY)
    stamps.append(accounts.change("root", comment="the first", by=BY).stamp)
    stamps.append(accounts.change("root", password="y", by=BY).stamp)
    stamps.append(accounts.change("root", role=Role.VIEWER, by=BY).stamp)
    assert stamps[0] == stamps[1]
    assert len(set(stamps)) == 3


def test_who_changed_what_is_in_the_audit_log_without_passwords(kept: Kept) -> None:
    accounts = kept.accounts()
    set_up(accounts)
    accounts.add("joe", "password1", Role.OPERATOR, by=BY)
    accounts.change("joe", password="password2", role=Role.VIEWER, by="eve", address="192.0.2.8")
    accounts.remove("joe", by=BY)
    assert [(each.who, each.address, each.what) for each in kept.audit.entries()] == [
        ("root", "192.0.2.7", "account root added as administrator"),
        ("root", "", "account joe added as operator"),
        ("eve", "192.0.2.8", "account joe: new password, now viewer"),
        ("root", "", "account joe deleted"),
    ]


def test_a_lost_key_file_costs_digest_until_the_next_login_by_password(kept: Kept) -> None:
    set_up(kept.accounts())
    (kept.folder / "settings.key").unlink()
    accounts = kept.accounts()
    account = accounts.get("root")
    assert account is not None
    assert account.digest_keys is None
    assert account.password_hash.matches("s3same")
    accounts.renew_digest_keys("root", "s3same")
    renewed = kept.accounts().get("root")
    assert renewed is not None
    assert renewed.digest_keys is not None


def test_another_serial_number_costs_digest_until_the_next_login_by_password(kept: Kept) -> None:
    before = set_up(kept.accounts())
    kept.realm = "AXIS_2"
    accounts = kept.accounts()
    accounts.renew_digest_keys("root", "s3same")
    after = kept.accounts().get("root")
    assert after is not None
    assert after.digest_keys is not None
    assert after.digest_keys.realm == "AXIS_2"
    assert after.stamp == before.stamp


def test_a_factory_default_leaves_nobody(kept: Kept) -> None:
    accounts = kept.accounts()
    set_up(accounts)
    accounts.forget_all(by="root")
    assert not accounts.has_administrator
    assert kept.accounts().all() == ()
    set_up(accounts)
