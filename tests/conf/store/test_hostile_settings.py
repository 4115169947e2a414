"""Whatever is sent as settings is taken or refused, in words; nothing breaks on it."""

from contextlib import suppress
from copy import deepcopy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from conf.tables.layers import default_tables
from conf.tables.plain import leaves, plain
from conf.validation.problem import BadSettings
from conf.validation.validate import validate

ENTRIES: dict[str, Any] = {
    "sip": {
        "accounts": [
            {
                "id": "pbx",
                "default": True,
                "mode": "registered",
                "user_id": "1",
                "domain": "a.example",
                "password": "p",
                "callers": [{"username": "u", "password": "p"}],
                "proxies": [{"address": "b.example", "username": "u", "password": "p"}],
                "trusted_certificates": [],
            },
            {"id": "other", "mode": "registered", "user_id": "2", "registrar": "c.example"},
        ],
        "dtmf_sequences": [
            {"id": "one", "sequence": "1", "accounts": ["pbx"]},
            {"id": "two", "sequence": "12"},
        ],
    },
    "multicast": {"sources": [{"label": "x", "address": "239.1.1.1", "port": 5004}]},
    "clips": [{"name": "gong"}],
    "rules": [
        {
            "name": "r",
            "conditions": [{"event": "dtmf.sequence", "id": "one", "account": "pbx"}],
            "action": [{"type": "play_clip", "clip": "gong"}],
        }
    ],
}
"""Settings with something in every list."""

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)


def places_in(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where something stands, tables and entries included."""
    match value:
        case dict():
            inner = [each for key, item in value.items() for each in places_in(item, (*at, key))]
        case list():
            inner = [each for i, item in enumerate(value) for each in places_in(item, (*at, i))]
        case _:
            inner = []
    return [at, *inner] if at else inner


PLACES = places_in(ENTRIES) + [place for place, _ in leaves(default_tables())]


def test_the_settings_that_are_broken_below_are_good() -> None:
    assert validate(ENTRIES).rules


@given(st.sampled_from(PLACES), JSON)
def test_anything_in_any_place_is_taken_or_refused(place: tuple[Any, ...], value: Any) -> None:
    tables = deepcopy(ENTRIES)
    *way, last = place
    here: Any = tables
    for part in way:
        here = here.setdefault(part, {}) if isinstance(here, dict) else here[part]
    here[last] = value
    with suppress(BadSettings):
        validate(plain(tables))
