from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip.errors import MalformedHeader
from sip.syntax.grammar import is_token, parse_number, quote, split_list, unquote


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("", []),
        ("  ", []),
        ("a", ["a"]),
        ("a, b\t,c", ["a", "b", "c"]),
        ("a,,b", ["a", "", "b"]),
        (",", ["", ""]),
        ('"x, y" <sip:a>, z', ['"x, y" <sip:a>', "z"]),
        (r'"x\", y", z', [r'"x\", y"', "z"]),
        ("<sip:a,b>, c", ["<sip:a,b>", "c"]),
        ('"open, a, b', ['"open, a, b']),
        ("<open, a, b", ["<open, a, b"]),
        (">, a", [">", "a"]),
    ],
)
def test_commas_divide_outside_of_quotes_and_brackets(text: str, values: list[str]) -> None:
    """RFC 3261 §7.3.1."""
    assert split_list(text) == values


@given(st.text(alphabet=st.characters(exclude_characters="\r\n")))
def test_quoted_text_is_read_as_it_was(text: str) -> None:
    assert unquote(quote(text)) == text


@given(st.lists(st.text(alphabet=st.characters(exclude_characters="\r\n")), min_size=1))
def test_quoted_strings_never_run_into_one_another(texts: list[str]) -> None:
    assert [unquote(value) for value in split_list(", ".join(map(quote, texts)))] == texts


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("007", 7), (" 70\t", 70), ("255", 255)])
def test_number_may_have_leading_zeros(text: str, number: int) -> None:
    assert parse_number(text, 255) == number


@pytest.mark.parametrize("text", ["", "-1", "+1", "1.0", "0x1", "٣", "1 2", "256", "9" * 5000])
def test_anything_else_or_above_the_bound_is_no_number(text: str) -> None:
    with pytest.raises(MalformedHeader):
        parse_number(text, 255)


@pytest.mark.parametrize(
    ("text", "expected"), [("a-.!%*_+`'~9", True), ("", False), ("a b", False)]
)
def test_token(text: str, expected: bool) -> None:
    """RFC 3261 §25.1."""
    assert is_token(text) is expected
