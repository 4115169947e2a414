"""The audit log: who changed which setting, without a secret, and bounded."""

import itertools
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from conf.store.audit import KEPT, LONGEST_DEED, AuditEntry, AuditLog
from conf.store.database import Database
from conf.store.settings_store import SettingsStore

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database.open(tmp_path / "settings.db")


@pytest.fixture
def audit(database: Database) -> AuditLog:
    seconds = itertools.count()
    return AuditLog(database, lambda: NOON + timedelta(seconds=next(seconds)))


def test_entries_are_told_the_oldest_first_and_the_last_ones_alone(audit: AuditLog) -> None:
    audit.note("anna", "logged in", address="192.0.2.7")
    audit.note("anna", "restarted")
    first = AuditEntry(NOON, "anna", "192.0.2.7", "logged in")
    second = AuditEntry(NOON + timedelta(seconds=1), "anna", "", "restarted")
    assert audit.entries() == [first, second]
    assert audit.entries(1) == [second]
    assert audit.entries(0) == audit.entries(-1) == []


def test_the_oldest_entries_go_when_there_are_too_many(audit: AuditLog, database: Database) -> None:
    with database.transaction():
        for i in range(KEPT + 5):
            audit.note("anna", str(i))
    entries = audit.entries()
    assert (len(entries), entries[0].what, entries[-1].what) == (KEPT, "5", str(KEPT + 4))
    assert database.rows("SELECT count(*) FROM audit") == [(KEPT,)]


def test_what_strangers_write_stays_on_its_line_and_is_cut(audit: AuditLog) -> None:
    audit.note("eve\r\nadmin\x1b[2J\ud800", "x" * 5000)
    (entry,) = audit.entries()
    assert entry.who == r"eve\r\nadmin\x1b[2J\ud800"
    assert (len(entry.what), entry.what[-1]) == (LONGEST_DEED, "…")


def test_a_change_names_who_where_and_which_settings_but_no_secret(tmp_path: Path) -> None:
    account = {"id": "a", "default": True, "user_id": "1", "domain": "x", "mode": "registered"}
    account["password"] = "correct horse"
    with SettingsStore.open(tmp_path, wall=lambda: NOON) as store:
        store.change({"sip": {"port": 1, "accounts": [account]}}, by="anna", address="192.0.2.7")
        store.change({"sip": {"port": 1}}, by="bert")  # changes nothing
        store.replace("sip", {"port": 2}, by="bert")
        store.reset(by="bert")
        assert store.audit.entries() == [
            AuditEntry(NOON, "anna", "192.0.2.7", "changed: sip.accounts, sip.port"),
            AuditEntry(NOON, "bert", "", "replaced: sip.accounts, sip.port"),
            AuditEntry(NOON, "bert", "", "reset: sip.port"),
        ]


def test_a_change_that_the_disk_does_not_take_is_not_in_the_log(tmp_path: Path) -> None:
    with SettingsStore.open(tmp_path) as store:
        with store.database.transaction() as connection:
            connection.execute(
                "CREATE TRIGGER refuse BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'no'); END"
            )
        before = store.settings
        with pytest.raises(Exception, match="no"):
            store.change({"sip": {"port": 1}}, by="anna")
        assert store.settings == before
    with SettingsStore.open(tmp_path) as store:
        assert store.settings == before
        assert store.audit.entries() == []
