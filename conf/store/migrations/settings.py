"""Version 1: settings, their secrets, and the audit log."""

from sqlite3 import Connection


def make_settings_tables(connection: Connection) -> None:
    """Make the tables that the store began with."""
    connection.execute(
        # `sip.port` and its value as JSON; a list is one value, its secrets are elsewhere.
        "CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID"
    )
    connection.execute(
        # `sip.accounts[0].password` and what the key file opens; empty: the secret was lost.
        "CREATE TABLE secrets (place TEXT PRIMARY KEY, sealed BLOB NOT NULL) STRICT, WITHOUT ROWID"
    )
    connection.execute(
        "CREATE TABLE audit (id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL,"
        " who TEXT NOT NULL, address TEXT NOT NULL, what TEXT NOT NULL) STRICT"
    )
