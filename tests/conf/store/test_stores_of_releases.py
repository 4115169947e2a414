"""A store of every released version opens, with everything that it holds.

The folder `stores` has one for each layout that a release has written (`make_store` makes them).
"""

import shutil
from pathlib import Path

import pytest

from conf.store.migrations import MIGRATIONS
from conf.store.settings_store import SettingsStore
from conf.validation.validate import validate
from tests.conf.store.make_store import CHANGE

STORES = Path(__file__).with_name("stores")
LAYOUTS = sorted(each.name for each in STORES.iterdir())


@pytest.fixture(params=LAYOUTS)
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A copy of a store, in which it may be migrated."""
    return Path(shutil.copytree(STORES / request.param, tmp_path / request.param))


def test_the_first_layout_is_among_them() -> None:
    assert "layout_1" in LAYOUTS


def test_it_opens_with_all_its_settings_and_secrets(folder: Path) -> None:
    with SettingsStore.open(folder) as store:
        assert store.settings == validate(CHANGE)
        assert store.lost_secrets == ()
        (account, _) = store.settings.sip.accounts
        assert account.callers[0].password.reveal() == "öffne dich"


def test_its_audit_log_goes_on(folder: Path) -> None:
    with SettingsStore.open(folder) as store:
        store.change({"device": {"name": "Hall"}}, by="bert")
        first, second = store.audit.entries()
    assert (first.who, first.address) == ("Änne", "2001:db8::7")
    assert first.what.startswith("changed: audio.input_muted, audio.output_gain_db, clips,")
    assert second.who == "bert"


def test_it_is_brought_to_the_newest_layout_and_opens_again(folder: Path) -> None:
    for _ in range(2):
        with SettingsStore.open(folder) as store:
            assert store.database.version == len(MIGRATIONS)
            assert store.settings == validate(CHANGE)
