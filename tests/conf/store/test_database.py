"""The database: all of a transaction or nothing, whole migrations, and nobody else reads it."""

import sqlite3
import threading
from pathlib import Path

import pytest

from conf.store.database import Database
from conf.store.migrations import MIGRATIONS, Migration
from conf.store.store_error import StoreError, StoreTooNew


def make_notes(connection: sqlite3.Connection) -> None:
    connection.execute("CREATE TABLE notes (text TEXT PRIMARY KEY) STRICT")
    connection.execute("INSERT INTO notes VALUES ('first')")


def add_a_note(connection: sqlite3.Connection) -> None:
    connection.execute("INSERT INTO notes VALUES ('second')")


def add_a_note_and_fail(connection: sqlite3.Connection) -> None:
    add_a_note(connection)
    raise RuntimeError("power cut")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "settings.db"


def opened(file: Path, *migrations: Migration) -> Database:
    return Database.open(file, migrations or (make_notes,))


def notes(database: Database) -> list[str]:
    return [text for (text,) in database.rows("SELECT text FROM notes ORDER BY rowid")]


def add(connection: sqlite3.Connection, text: str) -> None:
    connection.execute("INSERT INTO notes VALUES (?)", (text,))


def add_all(database: Database, *texts: str) -> None:
    with database.transaction() as connection:
        for text in texts:
            add(connection, text)


def test_an_exception_takes_the_whole_transaction_back(file: Path) -> None:
    database = opened(file)
    with pytest.raises(sqlite3.IntegrityError):
        add_all(database, "a", "a")
    with database.transaction() as connection:
        add(connection, "b")
    assert notes(database) == ["first", "b"]


def test_a_transaction_inside_another_is_a_part_of_it(file: Path) -> None:
    database = opened(file)

    def add_and_fail() -> None:
        with database.transaction():
            add_all(database, "a")
            raise KeyError

    with pytest.raises(KeyError):
        add_and_fail()
    assert notes(database) == ["first"]


def test_a_part_can_be_taken_back_by_itself(file: Path) -> None:
    database = opened(file)
    with database.transaction() as connection:
        add(connection, "a")
        with pytest.raises(sqlite3.IntegrityError):
            add_all(database, "b", "a")
        add(connection, "c")
    assert notes(database) == ["first", "a", "c"]


def test_a_part_that_failed_does_not_count_as_the_part_around_it(file: Path) -> None:
    database = opened(file)

    def add_and_fail() -> None:
        with database.transaction():
            add_all(database, "b")
            with pytest.raises(sqlite3.IntegrityError):
                add_all(database, "c", "b")
            raise KeyError

    with database.transaction():
        add_all(database, "a")
        with pytest.raises(KeyError):
            add_and_fail()
    assert notes(database) == ["first", "a"]


def test_threads_take_turns(file: Path) -> None:
    database = opened(file)

    def write(name: str) -> None:
        for i in range(20):
            with database.transaction() as connection:
                add(connection, f"{name}{i}")

    threads = [threading.Thread(target=write, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(notes(database)) == 81


def test_nobody_else_may_read_the_files(file: Path) -> None:
    database = opened(file)
    assert {each.stat().st_mode & 0o777 for each in file.parent.iterdir()} == {0o600}
    assert len(list(file.parent.iterdir())) == 3
    database.close()


def test_files_that_others_may_read_are_closed_to_them(file: Path) -> None:
    opened(file).close()
    file.chmod(0o644)
    database = opened(file)
    assert {each.stat().st_mode & 0o777 for each in file.parent.iterdir()} == {0o600}
    database.close()


def test_each_migration_runs_once_and_a_copy_of_what_was_before_stays(file: Path) -> None:
    opened(file).close()
    database = opened(file, make_notes, add_a_note)
    assert (database.version, notes(database)) == (2, ["first", "second"])
    database.close()
    database = opened(file, make_notes, add_a_note)
    assert notes(database) == ["first", "second"]
    copy = file.with_name("settings.db.v1")
    assert copy.stat().st_mode & 0o777 == 0o600
    before = opened(copy)
    assert (before.version, notes(before)) == (1, ["first"])


def test_a_migration_that_fails_leaves_what_was_before(file: Path) -> None:
    opened(file).close()
    with pytest.raises(RuntimeError):
        opened(file, make_notes, add_a_note_and_fail)
    database = opened(file)
    assert (database.version, notes(database)) == (1, ["first"])


def test_a_file_of_a_newer_version_is_refused(file: Path) -> None:
    opened(file, make_notes, add_a_note).close()
    with pytest.raises(StoreTooNew, match="was written by a newer version of the speaker"):
        opened(file)


def test_a_file_that_is_no_database_is_refused_in_one_sentence(file: Path) -> None:
    file.write_bytes(b"no database at all" * 100)
    with pytest.raises(StoreError, match=r"settings\.db: cannot be used: file is not a database"):
        opened(file)


def test_a_damaged_file_is_refused_in_one_sentence(file: Path) -> None:
    database = opened(file)
    add_all(database, *(f"{i:0100}" for i in range(1000)))
    database.close()
    data = bytearray(file.read_bytes())
    data[8192:24576] = bytes(16384)
    file.write_bytes(data)
    with pytest.raises(StoreError, match=r"settings\.db: is damaged"):
        opened(file)


def test_a_folder_in_the_place_of_the_file_is_refused(file: Path) -> None:
    file.mkdir()
    with pytest.raises(StoreError, match=r"settings\.db: cannot be opened: Is a directory"):
        opened(file)


def test_a_link_to_another_file_is_not_followed(file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.touch(mode=0o644)
    file.symlink_to(other)
    with pytest.raises(StoreError, match="cannot be opened"):
        opened(file)
    assert other.stat().st_mode & 0o777 == 0o644


def test_a_full_disk_is_told_in_one_sentence_and_changes_nothing(file: Path) -> None:
    database = opened(file)
    pages = database.rows("PRAGMA page_count")[0][0]
    database.rows(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreError, match=r"settings\.db: cannot be used: database or disk is full"):
        add_all(database, *(f"{i:0100}" for i in range(1000)))
    assert notes(database) == ["first"]


def test_a_transaction_is_known_to_its_own_thread_only(file: Path) -> None:
    database = opened(file)
    told: list[bool] = []

    def ask() -> None:
        told.append(database.in_transaction)

    with database.transaction():
        ask()
        thread = threading.Thread(target=ask)
        thread.start()
        thread.join()
    ask()
    assert told == [True, False, False]


def test_what_is_deleted_is_nowhere_in_the_files_once_it_is_to_be_forgotten(file: Path) -> None:
    database = opened(file)
    add_all(database, "correct horse")
    database.close()
    database = opened(file, make_notes, add_a_note)
    with database.transaction() as connection:
        connection.execute("DELETE FROM notes WHERE text = 'correct horse'")
    database.forget_deleted()
    assert not any(b"correct horse" in each.read_bytes() for each in file.parent.iterdir())


def test_every_table_is_strict(file: Path) -> None:
    """What is not of the column's type is refused, and not kept as something else."""
    database = Database.open(file, MIGRATIONS)
    tables = database.rows(
        "SELECT name, strict FROM pragma_table_list"
        " WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
    )
    assert tables
    assert [name for name, strict in tables if not strict] == []
