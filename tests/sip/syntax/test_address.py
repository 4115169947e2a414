from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip.errors import MalformedHeader
from sip.syntax.address import NameAddress
from sip.syntax.uri import OpaqueUri, SipUri

HALL = SipUri.for_user("hall", "example.org")


@pytest.mark.parametrize(
    ("text", "name", "uri", "parameters"),
    [
        ("<sip:a@b>", "", "sip:a@b", ""),
        ('"" <sip:a@b>', "", "sip:a@b", ""),
        ("sip:a@b;tag=1", "", "sip:a@b", ";tag=1"),
        (" sip:a@b\t; tag = 1 ", "", "sip:a@b", ";tag=1"),
        ("<sip:a@b;lr>;tag=1", "", "sip:a@b;lr", ";tag=1"),
        ('"Door, Front" <sip:a@b>', "Door, Front", "sip:a@b", ""),
        (r'"a \"b\" \\c" <sip:a@b>', r'a "b" \c', "sip:a@b", ""),
        ('"<sip:x>;y"<sip:a@b>;z', "<sip:x>;y", "sip:a@b", ";z"),
        ("Mr. Door <sip:a@b>", "Mr. Door", "sip:a@b", ""),
        ("Köket (vån 2) <sip:a@b>", "Köket (vån 2)", "sip:a@b", ""),
        ('"Кухня" <sip:a@b>', "Кухня", "sip:a@b", ""),
        ("tel:+46-8", "", "tel:+46-8", ""),
    ],
)
def test_address_is_read(text: str, name: str, uri: str, parameters: str) -> None:
    """RFC 3261 §20.10, §25.1, and unquoted names that can only be meant one way."""
    address = NameAddress.parse(text)
    found = (address.display_name, str(address.uri), str(address.parameters))
    assert found == (name, uri, parameters)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "*",
        "<>",
        "<sip:a@b",
        '"a <sip:a@b>',
        '"a" "b" <sip:a@b>',
        "a;b <sip:a@b>",
        "<sip:a@b> c",
        "<sip:a@b><sip:c@d>",
        "< sip:a@b>",
        "sip:a@b?x=y",
        "sip:a@b c",
        "<sip:a@b>;;tag=1",
    ],
)
def test_broken_address_is_malformed(text: str) -> None:
    with pytest.raises(MalformedHeader):
        NameAddress.parse(text)


def test_tag_is_empty_where_there_is_none() -> None:
    """RFC 3261 §12.1.1: the null tag of a client of RFC 2543."""
    address = NameAddress("", HALL)
    assert address.tag == ""
    assert address.with_parameter("tag", "b2").tag == "b2"


def test_address_is_written_with_quotes_and_brackets() -> None:
    address = NameAddress('a "b"', HALL).with_parameter("tag", "1")
    assert str(address) == r'"a \"b\"" <sip:hall@example.org>;tag=1'
    assert str(NameAddress("", OpaqueUri("tel", "1"))) == "<tel:1>"


def test_name_that_is_no_utf8_is_made_readable() -> None:
    text = b'"K\xf6k" <sip:a@b>'.decode("utf-8", "surrogateescape")
    assert NameAddress.parse(text).display_name == "K�k"


@given(st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"])))
def test_any_name_survives_a_round_trip(name: str) -> None:
    address = NameAddress(name, HALL)
    assert NameAddress.parse(str(address)) == address
