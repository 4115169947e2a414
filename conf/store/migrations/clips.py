"""The numbers by which VAPIX knows clips."""

from sqlite3 import Connection


def make_clips_table(connection: Connection) -> None:
    """A number that was a clip's once is never another one's: links to clips are written down."""
    connection.execute(
        "CREATE TABLE clips (number INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE)"
        " STRICT"
    )
