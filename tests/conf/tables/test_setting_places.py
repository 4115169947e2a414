"""Where in the settings the tables and the lists of tables are."""

from conf.settings import Settings
from conf.tables.setting_places import ListPlace, TablePlace, places


def test_every_section_is_a_place() -> None:
    sections = {place.path[0] for place in places() if len(place.path) == 1}
    assert sections == set(Settings.model_fields)


def test_entries_of_lists_are_named_by_what_no_two_of_them_share() -> None:
    names = {place.path: place.named_by for place in places() if isinstance(place, ListPlace)}
    assert names["sip", "accounts"] == "id"
    assert names["multicast", "sources"] == "label"
    assert names["rules",] == "name"


def test_tables_are_not_lists() -> None:
    tables = {place.path for place in places() if isinstance(place, TablePlace)}
    assert ("sip",) in tables
    assert ("sip", "accounts") not in tables
