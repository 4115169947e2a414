from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip.errors import MalformedHeader
from sip.syntax.parameters import MAXIMUM_PARAMETERS, NO_PARAMETERS, Parameters

names = st.text("abcXYZ019-.!%*_+`'~", min_size=1, max_size=8)
values = st.none() | st.text(st.characters(exclude_characters="\r\n"), max_size=12)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {}),
        (";lr", {"lr": None}),
        (";tag=a1", {"tag": "a1"}),
        (" ; a = 1 ;\tb ", {"a": "1", "b": None}),
        (r';text="a; \"b\", c"', {"text": 'a; "b", c'}),
        (';empty=""', {"empty": ""}),
        (";received=2001:db8::1;x=[::1]", {"received": "2001:db8::1", "x": "[::1]"}),
        (";id=a/b=@c", {"id": "a/b=@c"}),
    ],
)
def test_parameters_are_read(text: str, expected: dict[str, str | None]) -> None:
    """RFC 3261 §25.1 generic-param, and the unquoted values that gateways send."""
    assert dict(Parameters.parse(text)) == expected


@pytest.mark.parametrize("text", [";", ";;a", "a", ";a=", ";=1", ';a="', ";a b", ";a,b", ";a=<b>"])
def test_broken_parameters_are_malformed(text: str) -> None:
    with pytest.raises(MalformedHeader):
        Parameters.parse(text)


def test_names_are_found_in_any_case() -> None:
    """RFC 3261 §7.3.1."""
    parameters = Parameters.parse(";Branch=z9")
    assert (parameters["bRANCH"], "BRANCH" in parameters, "tag" in parameters) == (
        "z9",
        True,
        False,
    )


def test_the_first_of_two_with_the_same_name_counts() -> None:
    parameters = Parameters.parse(";a=1;A=2")
    assert parameters["a"] == "1"
    assert str(parameters) == ";a=1;A=2"


def test_order_does_not_matter_for_equality() -> None:
    one, other = Parameters.parse(";a=1;b"), Parameters.parse(';B;a="1"')
    assert one == other
    assert hash(one) == hash(other)
    assert one != Parameters.parse(";a=1")
    assert one != {"a": "1", "b": None}


def test_setting_keeps_the_place_of_a_parameter() -> None:
    parameters = Parameters.parse(";rport;branch=z9")
    assert str(parameters.with_value("RPORT", "5060")) == ";rport=5060;branch=z9"
    assert str(parameters.with_value("tag", "a b")) == ';rport;branch=z9;tag="a b"'
    assert str(parameters.without("Branch")) == ";rport"
    assert len(parameters) == 2


@given(st.dictionaries(names.map(str.lower), values, max_size=5))
def test_what_was_set_is_read_again(items: dict[str, str | None]) -> None:
    parameters = NO_PARAMETERS
    for name, value in items.items():
        parameters = parameters.with_value(name, value)
    assert dict(Parameters.parse(str(parameters))) == items


@given(st.text(';="a1 \t\\,<>', max_size=20))
def test_text_that_is_read_is_written_with_the_same_meaning(text: str) -> None:
    try:
        parameters = Parameters.parse(text)
    except MalformedHeader:
        return
    assert Parameters.parse(str(parameters)) == parameters


def test_more_parameters_than_anybody_needs_are_refused() -> None:
    """Two octets on the wire become two hundred in memory."""
    assert len(Parameters.parse("".join(f";p{n}" for n in range(MAXIMUM_PARAMETERS)))) == 64
    with pytest.raises(MalformedHeader, match="more than 64 parameters"):
        Parameters.parse(";a" * (MAXIMUM_PARAMETERS + 1))
