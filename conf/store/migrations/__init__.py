"""How the tables of the database came to be, one step after the other.

A step is a function that is run once in the life of a database, in a transaction of its own; its
place in the list is the version that it leads to. Steps are only ever added at the end, and what
a release has shipped is never edited: whoever upgrades has those tables on the disk. A setting
that is renamed, or takes fewer values than before, needs a step that rewrites its row.
"""

from collections.abc import Callable
from sqlite3 import Connection
from typing import Final

from conf.store.migrations.accounts import make_accounts_tables
from conf.store.migrations.clips import make_clips_table
from conf.store.migrations.settings import make_settings_tables

Migration = Callable[[Connection], None]

MIGRATIONS: Final[tuple[Migration, ...]] = (
    make_settings_tables,  # version 1
    make_accounts_tables,  # version 2
    make_clips_table,  # version 3
)
