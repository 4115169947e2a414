"""Secrets lie sealed on the disk, and a lost key costs the secrets and nothing else."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, get_args

import pytest
from pydantic import BaseModel, TypeAdapter
from pydantic.fields import FieldInfo

from conf.settings import Settings
from conf.store.secret_box import DoesNotOpen, SecretBox
from conf.store.settings_store import SettingsStore
from conf.store.store_error import StoreError
from conf.store.stored_settings import KEYPAD, STAND_IN_LENGTH
from conf.tables.secret_places import secret_settings
from conf.validation.problem import BadSettings
from conf.values.secret import HIDDEN, Secret
from tests.conf.store.kept_secrets import ACCOUNTS, PLACES, WORDS, revealed


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder whose store has secrets."""
    with SettingsStore.open(tmp_path) as store:
        store.change({"sip": {"accounts": ACCOUNTS}}, by="admin")
    return tmp_path


def test_no_file_but_the_key_tells_a_secret(folder: Path) -> None:
    with SettingsStore.open(folder) as store:
        assert revealed(store.settings) == set(WORDS)
        store.change({"device": {"name": "Gate"}}, by="admin")
        files = [each.read_bytes() for each in folder.iterdir() if each.is_file()]
    assert len(files) >= 3
    assert not any(word.encode() in data for word in WORDS for data in files)


def test_the_key_file_is_made_for_its_owner_alone(folder: Path) -> None:
    key = folder / "settings.key"
    assert (key.stat().st_mode & 0o777, key.stat().st_size) == (0o600, 32)


def test_a_key_file_that_others_may_read_is_closed_to_them_and_told(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = folder / "settings.key"
    key.chmod(0o640)
    with SettingsStore.open(folder) as store:
        assert revealed(store.settings) == set(WORDS)
    assert key.stat().st_mode & 0o777 == 0o600
    assert "settings.key" in capsys.readouterr().out


def test_without_the_key_the_device_starts_and_names_what_it_lost(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "settings.key").unlink()
    for _ in range(2):
        with SettingsStore.open(folder) as store:
            assert set(store.lost_secrets) == set(PLACES)
            assert store.settings.sip.accounts[0].user_id == "100"
        told = capsys.readouterr().out
        assert all(place in told for place in PLACES)


def test_what_a_lost_secret_protected_stays_closed(folder: Path) -> None:
    """Callers without passwords or a door without its code would let everybody in."""
    (folder / "settings.key").unlink()
    with SettingsStore.open(folder) as store:
        first = revealed(store.settings)
    with SettingsStore.open(folder) as store:
        second = revealed(store.settings)
    assert len(first | second | set(WORDS)) == 12
    assert all(len(word) == 16 for word in first)


def test_a_lost_secret_stays_lost_wherever_its_entry_goes_until_it_is_set(folder: Path) -> None:
    (folder / "settings.key").unlink()
    with SettingsStore.open(folder) as store:
        accounts = store.settings.model_dump(mode="json", exclude_none=True)["sip"]["accounts"]
        accounts[0]["password"] = "a new one"
        store.change({"sip": {"accounts": accounts[::-1]}}, by="admin")
        expected = {place.replace("[0]", "[1]", 1) for place in PLACES[1:]}
        assert set(store.lost_secrets) == expected
    with SettingsStore.open(folder) as store:
        assert set(store.lost_secrets) == expected
        assert "a new one" in revealed(store.settings)


def test_another_key_opens_nothing(folder: Path) -> None:
    (folder / "settings.key").write_bytes(b"k" * 32)
    with SettingsStore.open(folder) as store:
        assert set(store.lost_secrets) == set(PLACES)


def test_a_damaged_key_is_put_aside(folder: Path) -> None:
    key = folder / "settings.key"
    key.write_bytes(b"short")
    with SettingsStore.open(folder) as store:
        assert set(store.lost_secrets) == set(PLACES)
    assert key.stat().st_size == 32
    assert (folder / "settings.key.damaged").read_bytes() == b"short"


def test_a_key_that_is_no_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "settings.key").mkdir()
    with pytest.raises(StoreError, match=r"settings\.key: is not a regular file"):
        SettingsStore.open(tmp_path)


def test_a_sealed_secret_does_not_open_in_another_place() -> None:
    box = SecretBox(b"k" * 32)
    sealed = box.seal("sip.accounts[0].password", "word")
    assert box.unseal("sip.accounts[0].password", sealed) == "word"
    assert box.seal("sip.accounts[0].password", "word") != sealed
    for place, data in [("sip.accounts[1].password", sealed), ("x", b""), ("x", sealed[:9])]:
        with pytest.raises(DoesNotOpen):
            box.unseal(place, data)


def test_the_hidden_word_is_no_secret(tmp_path: Path) -> None:
    """An export or an answer of the API must not become the password by mistake."""
    config = tmp_path / "config.toml"
    config.write_text(
        f'[[sip.accounts]]\nid = "a"\ndefault = true\nanswer_access_code = "{HIDDEN}"\n'
    )
    with pytest.raises(BadSettings, match="stands for a secret that is not shown"):
        SettingsStore.open(tmp_path, config=config)


def test_the_places_of_secrets_are_known() -> None:
    assert {
        "sip.accounts[].password",
        "sip.accounts[].answer_access_code",
        "sip.accounts[].callers[].password",
        "sip.accounts[].proxies[].password",
    } <= secret_settings()


def secret_fields(model: type[BaseModel]) -> Iterator[FieldInfo]:
    """The fields of a model, and of the tables in it, that are secrets."""
    for field in model.model_fields.values():
        if field.annotation is Secret:
            yield field
        for table in tables_in(field.annotation):
            yield from secret_fields(table)


def tables_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from tables_in(argument)


def test_every_secret_can_be_replaced_by_a_made_up_one() -> None:
    """Else a device that lost its key would not start."""
    fields = list(secret_fields(Settings))
    assert len(fields) >= len(secret_settings())
    for field in fields:
        taken = TypeAdapter(Annotated[Secret, None, *field.metadata])
        assert taken.validate_python(KEYPAD[:STAND_IN_LENGTH]).reveal() == KEYPAD


def test_no_setting_breaks_the_promise_that_its_key_is_dotted_names() -> None:
    """The rows of the store are named by them, so a table of free keys must not be a setting."""
    schema = str(Settings.model_json_schema(mode="serialization"))
    assert "additionalProperties': {" not in schema
