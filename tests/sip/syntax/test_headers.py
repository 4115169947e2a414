from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip.errors import MisuseError
from sip.syntax.headers import COMPACT_FORMS, LIST_HEADERS, Headers, canonical_name

TWO_HOPS = Headers.of(("Via", "a, b"), ("To", "x"), ("v", "c"))


def test_names_are_found_in_any_case_and_form() -> None:
    """RFC 3261 §7.3.1, §7.3.3."""
    headers = Headers.of(("i", "1@a"), ("x-Door", "front"))
    for name in ("Call-ID", "call-id", "I", "i"):
        assert headers.get(name) == "1@a"
        assert name in headers
    assert headers.get("X-DOOR") == "front"
    assert list(headers) == [("Call-ID", "1@a"), ("x-Door", "front")]


@pytest.mark.parametrize(("compact", "name"), COMPACT_FORMS.items())
def test_every_compact_form_is_written_out(compact: str, name: str) -> None:
    assert canonical_name(compact) == canonical_name(compact.upper()) == name


@pytest.mark.parametrize("name", ["", "To ", "To:", "a b", "é"])
def test_only_a_token_is_a_name(name: str) -> None:
    assert canonical_name(name) is None
    with pytest.raises(MisuseError):
        Headers.of((name, "x"))


@pytest.mark.parametrize("value", ["a\r\nVia: b", "a\n", "\r"])
def test_value_cannot_smuggle_in_another_field(value: str) -> None:
    with pytest.raises(MisuseError):
        Headers().with_added("Subject", value)


def test_list_fields_are_divided_and_others_are_not() -> None:
    """RFC 3261 §7.3.1."""
    assert TWO_HOPS.get_all("Via") == ("a", "b", "c")
    assert TWO_HOPS.get("Via") == "a, b"
    assert TWO_HOPS.count("Via") == 2
    dated = Headers.of(("Date", "Sat, 13 Nov 2010 23:29:00 GMT"))
    assert dated.get_all("Date") == ("Sat, 13 Nov 2010 23:29:00 GMT",)


def test_missing_field() -> None:
    assert Headers().get("Via") is None
    assert Headers().get_all("Via") == ()
    assert "Via" not in Headers()
    assert 5 not in Headers()


def test_field_is_put_above_its_like() -> None:
    assert next(iter(TWO_HOPS.with_first("Via", "0"))) == ("Via", "0")
    assert [name for name, _ in TWO_HOPS.with_first("To", "w")] == ["Via", "To", "To", "Via"]
    assert next(iter(TWO_HOPS.with_first("Route", "r"))) == ("Route", "r")


def test_topmost_value_is_taken_off_its_line() -> None:
    assert TWO_HOPS.without_first("v").get_all("Via") == ("b", "c")
    assert TWO_HOPS.without_first("Via").without_first("Via").get_all("Via") == ("c",)
    assert TWO_HOPS.without_first("Route") is TWO_HOPS


def test_a_name_is_taken_off_in_any_spelling() -> None:
    assert list(TWO_HOPS.without("V")) == [("To", "x")]


def test_headers_are_values() -> None:
    assert Headers.of(("t", "x")) == Headers.of(("To", "x"))
    assert len({Headers.of(("t", "x")), Headers.of(("To", "x"))}) == 1
    assert Headers.of(("To", "x")) != Headers.of(("To", "y"))
    assert Headers.of(("To", "x")) != "To: x\r\n"


@given(
    st.sampled_from(sorted(LIST_HEADERS)),
    st.lists(st.text("abc<>; ", min_size=1).filter(lambda text: text.strip() == text)),
)
def test_taking_values_off_one_by_one_gives_the_list(name: str, values: list[str]) -> None:
    headers = Headers.of(*((name, value) for value in values))
    expected = headers.get_all(name)
    for value in expected:
        assert headers.get_all(name)[0] == value
        headers = headers.without_first(name)
    assert name not in headers
