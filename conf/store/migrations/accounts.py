"""The tables of accounts and of machines' tokens."""

from sqlite3 import Connection


def make_accounts_tables(connection: Connection) -> None:
    """Make the tables of those who may use the device."""
    connection.execute(
        # `slow_hash` checks the password itself; `digest` is what of it HTTP Digest needs for
        # `realm`, sealed by the key file. `stamp` is another one after each change of the rights.
        "CREATE TABLE accounts (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE,"
        " role TEXT NOT NULL, ptz INTEGER NOT NULL, comment TEXT NOT NULL, stamp TEXT NOT NULL,"
        " slow_hash TEXT NOT NULL, realm TEXT NOT NULL, digest BLOB NOT NULL) STRICT"
    )
    connection.execute(
        # Times are seconds since 1970; none: never.
        "CREATE TABLE tokens (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE,"
        " role TEXT NOT NULL, hash BLOB NOT NULL UNIQUE, made_by TEXT NOT NULL,"
        " made_at INTEGER NOT NULL, expires_at INTEGER, used_at INTEGER) STRICT"
    )
