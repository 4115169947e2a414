"""Whatever somebody sends: the store takes it as a whole or not at all, and knows it again."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from conf.settings import Settings
from conf.store.settings_store import SettingsStore
from conf.validation.problem import BadSettings
from conf.values.secret import HIDDEN
from tests.conf.store.kept_secrets import ACCOUNTS
from tests.conf.validation.trees import TREES

FIXED = {"sip.port": 5070, "sip.max_calls": 2}
SETTING = st.sampled_from(
    [
        {"sip": {"port": 5070}},
        {"sip": {"max_calls": 3}},
        {"sip": None},
        {"sip": {"accounts": None}},
        {"sip": {"accounts": [{**ACCOUNTS[0], "password": HIDDEN}]}},
        {"sip": {"accounts": [{**ACCOUNTS[0], "id": "other", "password": HIDDEN}]}},
        {"audio": {"output_gain_db": -3, "output_muted": True}},
        {"device": {"name": "Gate"}},
        {"rules": [], "clips": [{"name": "bell", "normalize_loudness": None}]},
    ]
)
CHANGE = SETTING | st.dictionaries(st.sampled_from([*Settings.model_fields, "x"]), TREES)


@settings(max_examples=30, deadline=None)
@given(st.lists(CHANGE, min_size=1, max_size=6), st.booleans())
def test_any_changes_leave_settings_that_are_the_same_after_a_restart(
    changes: list[Mapping[str, Any]], with_flags: bool
) -> None:
    flags = FIXED if with_flags else {}
    with tempfile.TemporaryDirectory() as folder:
        with SettingsStore.open(Path(folder), flags=flags) as store:
            store.change({"sip": {"accounts": ACCOUNTS}}, by="admin")
            for change in changes:
                before = store.settings
                try:
                    changed = store.change(change, by="admin")
                except BadSettings:
                    assert store.settings == before
                else:
                    assert store.settings == changed
            last = store.settings
            text = store.export()
        with SettingsStore.open(Path(folder), flags=flags) as store:
            assert store.settings == last
            assert store.lost_secrets == ()
            store.change({"clips": [{"name": "horn"}], "announcement": {"repeat": 9}}, by="admin")
            assert store.restore(text, by="admin") == last
