"""The settings as a JSON schema."""

from typing import Any

from conf.settings_schema import as_change, settings_schema


def _settings_of(table: str) -> dict[str, Any]:
    found: dict[str, Any] = settings_schema()["$defs"][table]["properties"]
    return found


def test_ranges_units_and_words_stand_beside_each_setting() -> None:
    assert _settings_of("SipSettings")["calling_timeout_s"] == {
        "default": 60,
        "description": "How long an outgoing call may go unanswered.",
        "maximum": 600,
        "minimum": 1,
        "type": "integer",
        "x-unit": "s",
    }
    account = _settings_of("AccountSettings")
    assert account["id"]["pattern"] == "^(?:[A-Za-z0-9._-]{1,64})$"
    assert account["id"]["x-allowed"] == "1 to 64 letters, digits, `.`, `_` or `-`"
    assert account["tls_version"]["enum"] == ["auto", "1.2", "1.3"]
    assert account["password"]["format"] == "password"


def test_lists_say_how_many_entries_they_may_have() -> None:
    codecs = _settings_of("SipSettings")["codecs"]
    assert (codecs["minItems"], codecs["maxItems"], codecs["uniqueItems"]) == (1, 14, True)


def test_every_setting_is_explained() -> None:
    schema = settings_schema()
    for name, table in schema["$defs"].items():
        for key, setting in table["properties"].items():
            # A constant is what tells the kinds of entries apart; a table explains itself.
            assert {"const", "$ref"} & setting.keys() or setting["description"], f"{name}.{key}"


def test_a_change_may_leave_everything_out_and_give_back_each_default() -> None:
    change = as_change(settings_schema()["$defs"]["AccountSettings"])
    assert "required" not in change
    assert {"type": "null"} in change["properties"]["password"]["anyOf"]
    assert "default" not in change["properties"]["transport"]["anyOf"][0]


def test_a_change_of_a_table_is_made_of_changes_of_its_tables() -> None:
    change = as_change(settings_schema())
    assert change["properties"]["sip"]["anyOf"][0] == {"$ref": "#/$defs/SipSettingsChange"}
