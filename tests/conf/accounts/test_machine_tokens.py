"""Bearer tokens: shown once, kept hashed, with a role and an end."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from conf.accounts.account_error import AccountExists, BadAccount, NoSuchAccount, TooManyAccounts
from conf.accounts.machine_tokens import MAXIMUM_TOKENS, MachineTokens
from conf.accounts.role import Role
from conf.store.audit import AuditLog
from conf.store.database import Database

BY = "root"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database.open(tmp_path / "settings.db")
    yield database
    database.close()


def opened(database: Database) -> MachineTokens:
    return MachineTokens(database, AuditLog(database))


def test_a_token_is_found_again_after_a_restart_too(database: Database) -> None:
    tokens = opened(database)
    text = tokens.add("monitor", Role.VIEWER, wall=1000.5, by=BY)
    for each in (tokens, opened(database)):
        found = each.find(text, 2000.0)
        assert found is not None
        assert (found.name, found.role, found.made_by) == ("monitor", Role.VIEWER, "root")
        assert (found.made_at, found.expires_at, found.used_at) == (1000, None, None)


def test_nothing_else_is_found(database: Database) -> None:
    tokens = opened(database)
    text = tokens.add("monitor", Role.VIEWER, wall=0.0, by=BY)
    assert not any(
        tokens.find(each, 0.0) for each in ("", "speaker_", text[:-1], text + "=", "\xe9")
    )


def test_it_lies_nowhere_on_the_disk(database: Database) -> None:
    text = opened(database).add("monitor", Role.VIEWER, wall=0.0, by=BY)
    folder = database.file.parent
    assert not any(text.encode() in file.read_bytes() for file in folder.iterdir())
    assert text.removeprefix("speaker_") not in repr(opened(database).all())


def test_it_ends_when_it_was_to(database: Database) -> None:
    tokens = opened(database)
    text = tokens.add("monitor", Role.VIEWER, expires_at=100, wall=0.0, by=BY)
    assert tokens.find(text, 99.9) is not None
    assert tokens.find(text, 100.0) is None


def test_it_ends_when_it_is_deleted(database: Database) -> None:
    tokens = opened(database)
    text = tokens.add("monitor", Role.VIEWER, wall=0.0, by=BY)
    tokens.remove("monitor", by=BY)
    assert tokens.find(text, 0.0) is None
    assert opened(database).find(text, 0.0) is None
    with pytest.raises(NoSuchAccount):
        tokens.remove("monitor", by=BY)


def test_its_last_use_is_known_to_the_minute(database: Database) -> None:
    tokens = opened(database)
    text = tokens.add("monitor", Role.VIEWER, wall=0.0, by=BY)
    for wall in (1000.0, 1059.9):
        found = tokens.find(text, wall)
        assert found is not None
        tokens.note_use(found, wall)
    assert [each.used_at for each in opened(database).all()] == [1000]
    tokens.note_use(tokens.all()[0], 1060.0)
    assert [each.used_at for each in tokens.all()] == [1060]


@pytest.mark.parametrize("name", ["", "x" * 65, "a\nb", "a/b"])
def test_names_have_rules(database: Database, name: str) -> None:
    with pytest.raises(BadAccount):
        opened(database).add(name, Role.VIEWER, wall=0.0, by=BY)


def test_it_has_a_role_and_an_end_to_come(database: Database) -> None:
    tokens = opened(database)
    with pytest.raises(BadAccount):
        tokens.add("a", Role.ANYBODY, wall=0.0, by=BY)
    with pytest.raises(BadAccount):
        tokens.add("a", Role.VIEWER, expires_at=5, wall=5.0, by=BY)


def test_there_are_a_hundred_at_most_and_no_two_of_one_name(database: Database) -> None:
    tokens = opened(database)
    for number in range(MAXIMUM_TOKENS):
        tokens.add(str(number), Role.VIEWER, wall=0.0, by=BY)
    with pytest.raises(TooManyAccounts):
        tokens.add("another", Role.VIEWER, wall=0.0, by=BY)
    with pytest.raises(AccountExists):
        tokens.add("0", Role.VIEWER, wall=0.0, by=BY)
    tokens.forget_all(by="root")
    assert opened(database).all() == ()
