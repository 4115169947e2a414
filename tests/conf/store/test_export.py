"""Export and import: everything in one text, secrets only under a password."""

import tomllib
from pathlib import Path

import pytest

from conf.settings import Settings
from conf.store.settings_store import SettingsStore
from conf.validation.problem import BadSettings
from conf.values.secret import HIDDEN
from tests.conf.store.kept_secrets import ACCOUNTS, PLACES, WORDS, revealed

PASSWORD = "tr0ub4dor&3"
CHANGE = {
    "device": {"name": "Gate"},
    "audio": {"output_gain_db": -6},
    "sip": {"accounts": ACCOUNTS, "codecs": ["PCMA"]},
    "rules": [
        {
            "name": "Key 1",
            "conditions": [
                {"event": "dtmf.digit", "digit": "1"},
                {"condition": "call.state", "is": "talking"},
            ],
            "action": [{"type": "play_clip", "clip": "chime"}],
        }
    ],
}


@pytest.fixture
def store(tmp_path: Path) -> SettingsStore:
    store = SettingsStore.open(tmp_path / "one")
    store.change(CHANGE, by="admin")
    return store


@pytest.fixture
def other(tmp_path: Path) -> SettingsStore:
    return SettingsStore.open(tmp_path / "two")


def refused(error: pytest.ExceptionInfo[BadSettings]) -> list[str]:
    return [str(problem) for problem in error.value.problems]


def test_an_export_without_a_password_has_no_secret(store: SettingsStore) -> None:
    text = store.export()
    document = tomllib.loads(text)
    assert document["sip"]["accounts"][0]["password"] == HIDDEN
    assert "secrets" not in document
    assert not any(word in text for word in WORDS)


def test_the_secrets_of_an_export_with_a_password_are_encrypted(store: SettingsStore) -> None:
    text = store.export(password=PASSWORD)
    assert tomllib.loads(text)["secrets"]["method"] == "scrypt, AES-256-GCM"
    assert not any(word in text for word in (*WORDS, PASSWORD))


def test_another_device_becomes_the_same_by_an_export_with_a_password(
    store: SettingsStore, other: SettingsStore
) -> None:
    other.change({"sip": {"max_calls": 5}}, by="admin")
    text = store.export(password=PASSWORD)
    assert other.restore(text, password=PASSWORD, by="admin") == store.settings
    assert revealed(other.settings) == set(WORDS)


def test_the_same_device_keeps_its_secrets_where_an_export_hides_them(
    store: SettingsStore,
) -> None:
    text, before = store.export(), store.settings
    store.change({"device": {"name": "Hall"}, "sip": {"max_calls": 5}}, by="admin")
    assert store.restore(text, by="admin") == before


def test_secrets_that_nobody_has_are_all_named_and_nothing_changes(
    store: SettingsStore, other: SettingsStore
) -> None:
    with pytest.raises(BadSettings) as caught:
        other.restore(store.export(), by="admin")
    assert {each.partition(": ")[0] for each in refused(caught)} == set(PLACES)
    assert other.settings == Settings()


def test_an_export_can_be_edited(store: SettingsStore) -> None:
    text = store.export(password=PASSWORD).replace('name = "Gate"', 'name = "Hall"')
    assert store.restore(text, password=PASSWORD, by="admin").device.name == "Hall"


def test_a_wrong_password_imports_nothing(store: SettingsStore, other: SettingsStore) -> None:
    text = store.export(password=PASSWORD)
    for password, told in [("wrong", "password: is not the one"), (None, "password: is missing")]:
        with pytest.raises(BadSettings) as caught:
            other.restore(text, password=password, by="admin")
        assert refused(caught)[0].startswith(told)
    assert other.settings == Settings()


def test_a_password_that_is_too_short_protects_nothing(store: SettingsStore) -> None:
    with pytest.raises(BadSettings, match="password: is shorter than 8 characters"):
        store.export(password="short")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("[device]", "[device", "export: is not TOML"),
        ("n = 32768", "n = 1073741824", "secrets: have a cost outside of"),
        ("n = 32768", "n = 40000", "secrets: have a cost outside of"),
        ("n = 32768", "n = true", "secrets: have a cost outside of"),
        ("r = 8", "r = 80", "secrets: have a cost outside of"),
        ("scrypt, AES", "rot13", "secrets: are not encrypted in the way"),
        ('salt = "', 'salt = "!', "secrets: are damaged"),
        ('sealed = "', 'sealed = "AAAA', "password: is not the one"),
        ('name = "Gate"', 'color = "red"', "device.color: is not a setting"),
    ],
)
def test_what_is_wrong_with_an_export_is_told_and_nothing_changes(
    store: SettingsStore, other: SettingsStore, old: str, new: str, told: str
) -> None:
    text = store.export(password=PASSWORD)
    assert old in text
    with pytest.raises(BadSettings) as caught:
        other.restore(text.replace(old, new), password=PASSWORD, by="admin")
    assert refused(caught)[0].startswith(told)
    assert other.settings == Settings()


def test_what_says_where_a_process_runs_is_not_exported(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[device]\nname = "Gate"\n')
    with SettingsStore.open(
        tmp_path, config=config, assignments=["sip.max_calls=4"], flags={"sip.port": 5070}
    ) as store:
        document = tomllib.loads(store.export())
    assert document == {"device": {"name": "Gate"}, "sip": {"max_calls": 4}}


def test_what_a_higher_layer_fixes_is_imported_for_later_and_nobody_is_told(tmp_path: Path) -> None:
    told: list[Settings] = []
    with SettingsStore.open(tmp_path, flags={"sip.port": 5070}) as store:
        store.observe(lambda _, new: told.append(new))
        assert store.restore("[sip]\nport = 5080\n", by="admin").sip.port == 5070
        assert told == []
    with SettingsStore.open(tmp_path) as store:
        assert store.settings.sip.port == 5080


def test_lost_secrets_are_not_exported(
    store: SettingsStore, other: SettingsStore, tmp_path: Path
) -> None:
    store.close()
    (tmp_path / "one" / "settings.key").unlink()
    with SettingsStore.open(tmp_path / "one") as store:
        text = store.export(password=PASSWORD)
    with pytest.raises(BadSettings) as caught:
        other.restore(text, password=PASSWORD, by="admin")
    assert len(refused(caught)) == 4
