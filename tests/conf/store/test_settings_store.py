"""The store of settings: what is changed, who hears of it, and what a higher layer fixes."""

import threading
from itertools import pairwise
from pathlib import Path

import pytest
import tomli_w

from conf.settings import Settings
from conf.store.settings_store import SettingsStore
from conf.store.store_error import StoreError
from conf.validation.problem import BadSettings
from conf.values.secret import HIDDEN

DOOR = {"id": "door", "default": True}
PBX = {
    "id": "pbx",
    "default": True,
    "mode": "registered",
    "user_id": "100",
    "registrar": "pbx.example",
    "password": "correct horse",
    "proxies": [{"address": "out.example", "username": "p", "password": "battery staple"}],
}


def refused(error: pytest.ExceptionInfo[BadSettings]) -> list[str]:
    return [str(problem) for problem in error.value.problems]


def test_a_new_store_holds_the_defaults(tmp_path: Path) -> None:
    with SettingsStore.open(tmp_path) as store:
        assert store.settings == Settings()


def test_a_change_is_merged_key_by_key_and_outlives_the_program(tmp_path: Path) -> None:
    with SettingsStore.open(tmp_path) as store:
        store.change({"sip": {"port": 5070}}, by="admin")
        settings = store.change({"sip": {"max_calls": 3}, "device": {"name": "Gate"}}, by="admin")
        assert (settings.sip.port, settings.sip.max_calls) == (5070, 3)
        assert store.settings == settings
    with SettingsStore.open(tmp_path) as store:
        assert store.settings == settings


def test_a_change_that_breaks_a_rule_changes_nothing(tmp_path: Path) -> None:
    with SettingsStore.open(tmp_path) as store:
        with pytest.raises(BadSettings) as caught:
            store.change({"sip": {"port": 70000}, "device": {"name": "Gate"}}, by="admin")
        assert refused(caught) == ["sip.port: 70000 is outside 0..65535"]
        assert store.settings == Settings()
    with SettingsStore.open(tmp_path) as store:
        assert store.settings == Settings()


def test_none_gives_a_setting_its_default_back(tmp_path: Path) -> None:
    """RFC 7396."""
    with SettingsStore.open(tmp_path) as store:
        store.change({"sip": {"port": 5070, "max_calls": 3}}, by="admin")
        settings = store.change({"sip": {"port": None}}, by="admin")
    assert (settings.sip.port, settings.sip.max_calls) == (5060, 3)


def test_higher_layers_win_over_the_store(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text("[sip]\nport = 2\nmax_calls = 3\nrtp_start_port = 6000\n")
    with SettingsStore.open(tmp_path) as store:
        layer = {"port": 1, "max_calls": 2, "rtp_start_port": 5000, "calling_timeout_s": 9}
        store.change({"sip": layer}, by="admin")
    with SettingsStore.open(
        tmp_path,
        config=config,
        assignments=["sip.port=3", "sip.max_calls=4"],
        flags={"sip.port": 4},
    ) as store:
        sip = store.settings.sip
    assert (sip.port, sip.max_calls, sip.rtp_start_port, sip.calling_timeout_s) == (4, 4, 6000, 9)


def test_what_a_higher_layer_fixes_cannot_be_changed(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[device]\nname = "Gate"\n[[sip.accounts]]\nid = "door"\ndefault = true\n')
    with SettingsStore.open(
        tmp_path, config=config, assignments=["sip.max_calls=4"], flags={"sip.port": 5070}
    ) as store:
        before = store.settings
        with pytest.raises(BadSettings) as caught:
            store.change(
                {
                    "device": {"name": "Hall"},
                    "sip": {"port": 1, "max_calls": 1, "accounts": [{**DOOR, "name": "Front"}]},
                },
                by="admin",
            )
        assert refused(caught) == [
            f"device.name: is fixed by --config {config}",
            f"sip.accounts: is fixed by --config {config}",
            "sip.max_calls: is fixed by --set",
            "sip.port: is fixed by --sip-port",
        ]
        assert store.settings == before


def test_of_several_layers_that_fix_a_setting_the_highest_is_named(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text("[sip]\nport = 5060\nmax_calls = 2\n")
    with SettingsStore.open(
        tmp_path,
        config=config,
        assignments=["sip.port=5070", "audio={ output_muted = true }"],
        flags={"sip.port": 5080},
    ) as store:
        assert store.fixed == {
            "sip.port": "--sip-port",
            "sip.max_calls": f"--config {config}",
            "audio.output_muted": "--set",
        }
        with pytest.raises(BadSettings) as caught:
            store.change({"sip": {"port": 5090}, "audio": {"output_muted": False}}, by="admin")
        assert refused(caught) == [
            "sip.port: is fixed by --sip-port",
            "audio.output_muted: is fixed by --set",
        ]


def test_the_same_value_as_the_fixed_one_is_no_change(tmp_path: Path) -> None:
    """So that all settings can be read, edited and sent back."""
    with SettingsStore.open(tmp_path, flags={"sip.port": 5070}) as store:
        store.change({"sip": {"port": 5070, "max_calls": 3}}, by="admin")
    with SettingsStore.open(tmp_path) as store:
        assert (store.settings.sip.port, store.settings.sip.max_calls) == (5060, 3)


def test_settings_can_be_read_edited_and_sent_back_without_their_secrets(tmp_path: Path) -> None:
    with SettingsStore.open(tmp_path) as store:
        store.change({"sip": {"accounts": [PBX]}}, by="admin")
        read = store.settings.model_dump(mode="json", by_alias=True, exclude_none=True)
        account = read["sip"]["accounts"][0]
        assert account["password"] == account["proxies"][0]["password"] == HIDDEN
        account["name"] = "Reception"
        read["sip"]["accounts"].insert(0, {"id": "door"})
        _, changed = store.change(read, by="admin").sip.accounts
        assert changed.name == "Reception"
        assert changed.password.reveal() == "correct horse"
        assert changed.proxies[0].password.reveal() == "battery staple"


def test_a_hidden_secret_of_an_entry_that_is_new_is_refused(tmp_path: Path) -> None:
    with SettingsStore.open(tmp_path) as store:
        store.change({"sip": {"accounts": [PBX]}}, by="admin")
        proxies = [{"address": "other.example", "username": "p", "password": HIDDEN}]
        with pytest.raises(BadSettings) as caught:
            store.change({"sip": {"accounts": [{**PBX, "proxies": proxies}]}}, by="admin")
        (problem,) = refused(caught)
        assert problem.startswith('sip.accounts[0].proxies[0].password: is "(hidden)", and there')


def test_a_section_is_replaced_as_a_whole(tmp_path: Path) -> None:
    with SettingsStore.open(tmp_path) as store:
        store.change({"sip": {"port": 5070}, "device": {"name": "Gate"}}, by="admin")
        settings = store.replace("sip", {"max_calls": 3}, by="admin")
        assert (settings.sip.port, settings.sip.max_calls) == (5060, 3)
        assert settings.device.name == "Gate"
        settings = store.replace("sip.accounts", [DOOR], by="admin")
        assert [each.id for each in settings.sip.accounts] == ["door"]
        assert settings.sip.max_calls == 3


def test_a_reset_keeps_what_it_is_told_to_keep(tmp_path: Path) -> None:
    with SettingsStore.open(tmp_path) as store:
        store.change({"sip": {"port": 5070, "max_calls": 3}, "device": {"name": "A"}}, by="admin")
        settings = store.reset(["sip.port", "audio", "sip.codecs"], by="admin")
    assert settings.sip.port == 5070
    assert (settings.sip.max_calls, settings.device) == (1, Settings().device)


def test_observers_are_told_old_and_new_after_the_commit(tmp_path: Path) -> None:
    told: list[tuple[str, str, str]] = []
    with SettingsStore.open(tmp_path) as store:
        stop = store.observe(
            lambda old, new: told.append((old.device.name, new.device.name, _kept(store)))
        )
        store.change({"device": {"name": "A"}}, by="admin")
        store.change({"device": {"name": "A"}}, by="admin")  # changes nothing
        with pytest.raises(BadSettings):
            store.change({"device": {"name": 5}}, by="admin")
        store.change({"device": {"name": "B"}}, by="admin")
        stop()
        stop()
        store.change({"device": {"name": "C"}}, by="admin")
    assert told == [("Intercom speaker", "A", '"A"'), ("A", "B", '"B"')]


def _kept(store: SettingsStore) -> str:
    ((value,),) = store.database.rows("SELECT value FROM settings WHERE key = 'device.name'")
    assert isinstance(value, str)
    return value


def test_an_observer_that_fails_loses_neither_the_change_nor_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told: list[str] = []

    def fail(_old: Settings, _new: Settings) -> None:
        raise OSError("no such card")

    with SettingsStore.open(tmp_path) as store:
        store.observe(fail)
        store.observe(lambda _, new: told.append(new.device.name))
        assert store.change({"device": {"name": "A"}}, by="admin").device.name == "A"
        assert store.settings.device.name == "A"
    assert told == ["A"]
    assert "no such card" in capsys.readouterr().out


def test_observers_hear_of_changes_in_their_order_even_if_one_of_them_makes_them(
    tmp_path: Path,
) -> None:
    told: list[tuple[str, str]] = []

    def rename(_old: Settings, new: Settings) -> None:
        if new.device.name == "A":
            store.change({"device": {"name": "B"}}, by="observer")

    with SettingsStore.open(tmp_path) as store:
        store.observe(rename)
        store.observe(lambda old, new: told.append((old.device.name, new.device.name)))
        store.change({"device": {"name": "A"}}, by="admin")
    assert told == [("Intercom speaker", "A"), ("A", "B")]


def test_settings_are_not_changed_inside_a_transaction(tmp_path: Path) -> None:
    """It could be taken back after observers were told."""
    with (
        SettingsStore.open(tmp_path) as store,
        store.database.transaction(),
        pytest.raises(RuntimeError, match="inside a transaction"),
    ):
        store.change({"device": {"name": "A"}}, by="admin")


def test_changes_of_several_threads_are_all_kept_and_told_one_after_the_other(
    tmp_path: Path,
) -> None:
    told: list[tuple[Settings, Settings]] = []

    def change(store: SettingsStore, section: str, name: str) -> None:
        for value in range(1, 21):
            store.change({section: {name: value}}, by=name)

    names = [("sip", "max_calls"), ("sip", "calling_timeout_s"), ("announcement", "repeat")]
    with SettingsStore.open(tmp_path) as store:
        store.observe(lambda old, new: told.append((old, new)))
        threads = [threading.Thread(target=change, args=(store, *name)) for name in names]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        last = store.settings
    assert (last.sip.max_calls, last.sip.calling_timeout_s, last.announcement.repeat) == (20,) * 3
    assert told[0][0] == Settings()
    assert told[-1][1] == last
    assert all(before[1] is after[0] for before, after in pairwise(told))
    with SettingsStore.open(tmp_path) as store:
        assert store.settings == last


def test_a_store_that_is_closed_says_so(tmp_path: Path) -> None:
    store = SettingsStore.open(tmp_path)
    store.close()
    store.close()
    with pytest.raises(StoreError, match=r"settings\.db: is closed"):
        store.change({"device": {"name": "A"}}, by="admin")


def test_a_value_that_the_store_holds_and_this_version_does_not_take_is_told_with_its_file(
    tmp_path: Path,
) -> None:
    """As after a downgrade."""
    with SettingsStore.open(tmp_path) as store, store.database.transaction() as connection:
        connection.execute("INSERT INTO settings VALUES ('sip.color', '\"red\"')")
    with pytest.raises(BadSettings) as caught:
        SettingsStore.open(tmp_path, assignments=["sip.port=70000"])
    assert refused(caught) == [
        "sip.port: 70000 is outside 0..65535",
        f"sip.color: is not a setting; this is kept in {tmp_path / 'settings.db'}",
    ]


def test_a_value_that_is_damaged_is_told_in_one_sentence(tmp_path: Path) -> None:
    with SettingsStore.open(tmp_path) as store, store.database.transaction() as connection:
        connection.execute("INSERT INTO settings VALUES ('sip.port', '50')")
        connection.execute("UPDATE settings SET value = '{'")
    with pytest.raises(StoreError, match=r"settings\.db: the value of sip\.port is damaged"):
        SettingsStore.open(tmp_path)


def test_what_is_nested_too_deep_is_refused(tmp_path: Path) -> None:
    deep: dict[str, object] = {}
    for _ in range(5000):
        deep = {"sip": deep}
    with SettingsStore.open(tmp_path) as store:
        with pytest.raises(BadSettings, match="nested deeper than 16 levels"):
            store.change(deep, by="admin")
        with pytest.raises(BadSettings, match="nested deeper than 16 levels"):
            store.replace("sip" + ".sip" * 5000, 1, by="admin")


def test_a_part_of_a_list_that_is_fixed_counts_whatever_the_list_becomes(tmp_path: Path) -> None:
    with SettingsStore.open(tmp_path, assignments=["sip.accounts[0].name=Gate"]) as store:
        settings = store.change({"sip": {"accounts": [DOOR, {"id": "hall"}]}}, by="admin")
        assert [each.name for each in settings.sip.accounts] == ["Gate", ""]
        with pytest.raises(BadSettings) as caught:
            store.change({"sip": {"accounts": [{**DOOR, "name": "Front"}]}}, by="admin")
        assert refused(caught) == ["sip.accounts[0].name: is fixed by --set"]
    with SettingsStore.open(tmp_path) as store:
        assert [each.name for each in store.settings.sip.accounts] == ["", ""]


def test_a_folder_that_cannot_be_made_is_told_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot be made: Not a directory"):
        SettingsStore.open(tmp_path / "file" / "data")


def test_a_linked_settings_file_is_imported_and_what_it_leads_to_stays_as_it_is(
    tmp_path: Path,
) -> None:
    shared = tmp_path / "shared.toml"
    shared.write_text('[device]\nname = "Gate"\n')
    shared.chmod(0o644)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "settings.toml").symlink_to(shared)
    with SettingsStore.open(tmp_path / "data") as store:
        assert store.settings.device.name == "Gate"
    assert (shared.stat().st_mode & 0o777, shared.is_file()) == (0o644, True)
    assert not (tmp_path / "data" / "settings.toml").exists()


def test_a_reset_leaves_no_trace_of_what_was_set(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text(tomli_w.dumps({"sip": {"accounts": [PBX]}}))
    with SettingsStore.open(tmp_path) as store:
        store.reset(by="admin")
        assert store.database.rows("SELECT * FROM secrets") == []
        files = [each.read_bytes() for each in tmp_path.iterdir()]
    assert not any(word in data for word in (b"correct horse", b"pbx.example") for data in files)
    assert not (tmp_path / "settings.toml.imported").exists()


def test_a_settings_file_of_the_previous_form_is_imported_once(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('[device]\nname = "Gate"\n[sip]\nport = 5070\n')
    with SettingsStore.open(tmp_path) as store:
        assert (store.settings.device.name, store.settings.sip.port) == ("Gate", 5070)
        store.change({"sip": {"port": 5080}}, by="admin")
    assert not file.exists()
    assert (tmp_path / "settings.toml.imported").stat().st_mode & 0o777 == 0o600
    with SettingsStore.open(tmp_path) as store:
        assert (store.settings.device.name, store.settings.sip.port) == ("Gate", 5080)


def test_problems_of_all_layers_are_told_together(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    (tmp_path / "settings.toml").write_text("[sip]\nport = 70000\n")
    config.write_text("[audio]\nloud = true\n[sip\n")
    with pytest.raises(BadSettings) as caught:
        SettingsStore.open(tmp_path, config=config, assignments=["oops", "sip.max_calls=0"])
    assert refused(caught) == [
        f"{config}: is not TOML: Expected ']' at the end of a table declaration"
        " (at line 3, column 5)",
        "--set oops: is not KEY=VALUE",
        "sip.port: 70000 is outside 0..65535",
        "sip.max_calls: 0 is outside 1..64",
    ]
    assert (tmp_path / "settings.toml").exists()
