"""Nested values as a flat list of names and values, and back."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speaker.vapix.arguments import parse_arguments
from speaker.vapix.call_service.fault import Fault
from speaker.vapix.call_service.simple_form import parse_simple, written_simple
from speaker.vapix.fields import Fields


def parsed(text: str) -> Mapping[str, object]:
    return parse_simple(parse_arguments(text.encode()).pairs)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", {}),
        ("To=sip:100@pbx.example", {"To": "sip:100@pbx.example"}),
        ("A_B=1&A_C=true", {"A": {"B": "1", "C": "true"}}),
        ("A=null&B=%22null%22", {"A": None, "B": "null"}),
        ("A=%22a+string%0a%22".replace("%0a", ""), {"A": "a string"}),
        ("L_1=b&L_0=a", {"L": ["a", "b"]}),
        (
            "SIPAccount_0_Id=x&SIPAccount_0_SIPProxies_0_Server=p",
            {"SIPAccount": [{"Id": "x", "SIPProxies": [{"Server": "p"}]}]},
        ),
        ('A="', {"A": '"'}),
    ],
)
def test_levels_are_joined_by_underlines_and_entries_are_numbered(
    text: str, value: Mapping[str, object]
) -> None:
    assert parsed(text) == value


@pytest.mark.parametrize(
    "text",
    ["A=1&A_B=2", "A_B=2&A=1", "L_0=a&L_2=b", "L_1=a", "L_00=a", "A_B_C_D_E_F_G=1"],
)
def test_what_contradicts_itself_is_refused(text: str) -> None:
    with pytest.raises(Fault):
        parsed(text)


def test_results_are_written_as_devices_write_them() -> None:
    result = {
        "SIPAccountStatus": [
            {"SIPURI": "sip:192.0.2.9:5060", "Status": 0, "StatusText": "Does not register"}
        ],
        "IsDefault": True,
        "Registrar": None,
        "STUNServers": [],
    }
    assert written_simple(result) == (
        'SIPAccountStatus_0_SIPURI="sip:192.0.2.9:5060"\n'
        "SIPAccountStatus_0_Status=0\n"
        'SIPAccountStatus_0_StatusText="Does+not+register"\n'
        "IsDefault=true\n"
        "Registrar=null\n"
    )


@given(
    st.dictionaries(
        st.sampled_from(["A", "B", "Name"]),
        st.dictionaries(
            st.sampled_from(["X", "Y"]),
            st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"])),
            min_size=1,
        ),
        min_size=1,
    )
)
def test_what_is_written_can_be_read(value: dict[str, dict[str, str]]) -> None:
    assert parsed(written_simple(value).replace("\n", "&")) == value


def test_what_comes_without_a_type_is_kept_as_plain_text() -> None:
    fields = Fields(parsed("Name=5&List_0=6"))
    assert type(fields.text("Name")) is str
    assert [type(each) for each in fields.texts("List")] == [str]
    assert fields.whole("Name", 0, 9) == 5
