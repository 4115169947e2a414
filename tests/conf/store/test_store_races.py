"""A change that was made for settings which are not those any more."""

from pathlib import Path

import pytest

from conf.settings import Settings
from conf.store.settings_store import SettingsStore
from conf.validation.problem import BadSettings, ChangedMeanwhile, FixedSettings


def test_a_change_for_settings_of_before_is_refused(tmp_path: Path) -> None:
    with SettingsStore.open(tmp_path) as store:
        seen = store.settings
        store.change({"sip": {"port": 5070}}, by="other")
        with pytest.raises(ChangedMeanwhile):
            store.change({"sip": {"max_calls": 3}}, by="admin", since=seen)
        with pytest.raises(ChangedMeanwhile):
            store.replace("audio", {}, by="admin", since=seen)
        assert store.settings.sip.max_calls == 1
        store.change({"sip": {"max_calls": 3}}, by="admin", since=store.settings)
        assert store.settings.sip.max_calls == 3


def test_what_would_be_is_told_without_making_it_so(tmp_path: Path) -> None:
    with SettingsStore.open(tmp_path) as store:
        assert store.check({"sip": {"port": 5070}}).sip.port == 5070
        with pytest.raises(BadSettings):
            store.check({"sip": {"port": 70000}})
        assert store.settings == Settings()


def test_what_is_fixed_is_told_from_what_is_wrong(tmp_path: Path) -> None:
    with SettingsStore.open(tmp_path, assignments=["sip.port=5070"]) as store:
        with pytest.raises(FixedSettings):
            store.change({"sip": {"port": 5080}}, by="admin")
        with pytest.raises(BadSettings) as caught:
            store.change({"sip": {"max_calls": 0}}, by="admin")
        assert not isinstance(caught.value, FixedSettings)
