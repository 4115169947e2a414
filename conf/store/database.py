"""The SQLite file in which the parts of the device keep their tables, and the rules of using it.

A commit is on the disk when it returns (WAL, `synchronous=FULL`), so that a crash at any moment
leaves what was before a transaction or what is after it. All calls may block; none belongs on the
main loop's thread.
"""

import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Final, Self

import structlog

from conf.files.private_file import open_private
from conf.files.sync_folder import sync_folder
from conf.store.migrations import MIGRATIONS, Migration
from conf.store.store_error import StoreError, StoreTooNew

log = structlog.get_logger(__name__)

BUSY_S: Final = 5.0
"""How long to wait for another program that is reading the file, such as a backup."""

PRAGMAS: Final = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",  # what is deleted is overwritten: it may have been a secret
    "PRAGMA journal_size_limit = 1048576",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA trusted_schema = OFF",
)

CALLERS_FAULTS: Final = (sqlite3.IntegrityError, sqlite3.ProgrammingError, sqlite3.DataError)
"""Errors that are the statement's, not the file's; whoever wrote it gets them as they are."""


class Database:
    """One connection that all threads share, one at a time."""

    def __init__(self, file: Path, connection: sqlite3.Connection) -> None:
        """Takes over `connection`; use `open` instead."""
        self.file = file
        self._connection = connection
        self._lock = threading.RLock()
        self._depth = 0
        self._closed = False

    @classmethod
    def open(cls, file: Path, migrations: Sequence[Migration] = MIGRATIONS) -> Self:
        """Open the file, make it with mode 0600 if it is not there, and bring it up to date.

        Before a migration a copy of the file is left beside it, as `NAME.v1` for version 1.

        Raises:
            StoreError: it cannot be used, or is damaged.
            StoreTooNew: a newer version of this program has written it.
        """
        made = not file.exists()
        for name in (file, *_companions(file)):
            with suppress(FileNotFoundError):
                os.close(open_private(name, os.O_RDWR | (os.O_CREAT if name == file else 0)))
        try:
            if made:
                sync_folder(file.parent)
            connection = sqlite3.connect(
                file, timeout=BUSY_S, isolation_level=None, check_same_thread=False
            )
        except (OSError, sqlite3.Error) as error:
            raise StoreError(f"{file}: cannot be opened: {error}") from error
        database = cls(file, connection)
        try:
            database._prepare(migrations)
        except BaseException:
            connection.close()
            raise
        return database

    def _prepare(self, migrations: Sequence[Migration]) -> None:
        with self._told_as_ours():
            for pragma in PRAGMAS:
                self._connection.execute(pragma)
            (found,) = self._connection.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            raise StoreError(f"{self.file}: is damaged ({found}); put a copy of it in its place")
        self._migrate(migrations)

    def _migrate(self, migrations: Sequence[Migration]) -> None:
        version = self.version
        if version > len(migrations):
            raise StoreTooNew(
                f"{self.file}: was written by a newer version of the speaker (layout {version}, and"
                f" this one knows those up to {len(migrations)}): install that one again, or use"
                " another data folder"
            )
        if 0 < version < len(migrations):
            self._copy(self.file.with_name(f"{self.file.name}.v{version}"))
            log.info(
                "what the device keeps is brought up to date", old=version, new=len(migrations)
            )
        for number, migration in enumerate(migrations[version:], version + 1):
            with self.transaction() as connection:
                migration(connection)
                connection.execute(f"PRAGMA user_version = {number}")

    def _copy(self, copy: Path) -> None:
        """Leave a copy of the whole file, complete or not at all."""
        new = copy.with_name(f"{copy.name}.new")
        try:
            descriptor = open_private(new, os.O_RDWR | os.O_CREAT | os.O_TRUNC)
            try:
                with self._told_as_ours():
                    self._connection.execute("VACUUM INTO ?", (str(new),))
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            new.replace(copy)
            sync_folder(copy.parent)
        except OSError as error:
            raise StoreError(f"{copy}: cannot be written: {error.strerror}") from error

    @property
    def version(self) -> int:
        """How many migrations the file has seen."""
        with self._lock, self._told_as_ours():
            (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        return int(version)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All that is done inside, or nothing: the end commits, an exception takes it back.

        Other threads wait meanwhile. Inside another transaction of the same thread it is a part of
        that one, which can be taken back by itself. `executescript` must not be used: it commits.

        Raises:
            StoreError: the disk does not take it; nothing has changed.
            sqlite3.IntegrityError: a rule of a table is broken; nothing has changed.
        """
        with self._lock, self._told_as_ours():
            if self._depth:
                begin, commit, undo = "SAVEPOINT part", "RELEASE part", "ROLLBACK TO part"
            else:
                begin, commit, undo = "BEGIN IMMEDIATE", "COMMIT", "ROLLBACK"
            self._connection.execute(begin)
            self._depth += 1
            try:
                yield self._connection
                self._connection.execute(commit)
            except BaseException:
                with suppress(sqlite3.Error):  # a full disk has already taken it back
                    self._connection.execute(undo)
                    if self._depth > 1:
                        self._connection.execute(commit)
                raise
            finally:
                self._depth -= 1

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """What one SELECT finds.

        Raises:
            StoreError: the file cannot be read.
        """
        with self._lock, self._told_as_ours(), closing(self._connection.cursor()) as cursor:
            return cursor.execute(sql, tuple(parameters)).fetchall()

    @property
    def in_transaction(self) -> bool:
        """Whether the thread that asks is inside of `transaction`."""
        if not self._lock.acquire(blocking=False):
            return False  # another thread may be
        try:
            return self._depth > 0
        finally:
            self._lock.release()

    def forget_deleted(self) -> None:
        """Leave nothing of what was deleted in the file's companions or in copies of old versions.

        Raises:
            StoreError: it cannot be done.
        """
        try:
            with self._lock, self._told_as_ours():
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            for copy in self.file.parent.glob(f"{self.file.name}.v*"):
                copy.unlink(missing_ok=True)
        except OSError as error:
            raise StoreError(f"{error.filename}: cannot be deleted: {error.strerror}") from error

    def close(self) -> None:
        """Close the file; more calls do nothing."""
        with self._lock:
            self._closed = True
            self._connection.close()

    @contextmanager
    def _told_as_ours(self) -> Iterator[None]:
        if self._closed:
            raise StoreError(f"{self.file}: is closed")
        try:
            yield
        except CALLERS_FAULTS:
            raise
        except sqlite3.DatabaseError as error:
            raise StoreError(f"{self.file}: cannot be used: {error}") from error


def _companions(file: Path) -> tuple[Path, Path]:
    """What SQLite keeps beside the file while it is open, and after a crash."""
    return file.with_name(f"{file.name}-wal"), file.with_name(f"{file.name}-shm")
