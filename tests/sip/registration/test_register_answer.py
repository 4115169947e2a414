"""What a 2xx to REGISTER says (RFC 3261 §10.2.4, RFC 3608 §5, RFC 5626 §4.2.1)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip.registration.register_answer import MAXIMUM_ROUTES, RegisterAnswer, min_expires_s
from sip.syntax.headers import Headers
from sip.syntax.message import Response
from sip.syntax.uri import SipUri

OURS = SipUri.parse("sip:door@192.0.2.2:5060;line=abc")


def read(*fields: tuple[str, str]) -> RegisterAnswer:
    return RegisterAnswer.of(Response(200, "OK", Headers.of(*fields)), OURS, 300)


@pytest.mark.parametrize(
    ("fields", "expires_s"),
    [
        ([], 300),
        ([("Expires", "120")], 120),
        ([("Contact", "<sip:door@192.0.2.2:5060;line=abc>;expires=60"), ("Expires", "120")], 60),
        ([("Contact", "<sip:door@192.0.2.2:5060;line=abc>"), ("Expires", "120")], 120),
        ([("Contact", "<sip:door@203.0.113.1:9;line=abc>;expires=60")], 60),
        ([("Contact", "<sip:gateway@192.0.2.9>;expires=60")], 60),
        ([("Contact", "<sip:a@192.0.2.8>;expires=9, <sip:b@192.0.2.9>;expires=8")], 300),
        ([("Contact", "<sip:a@192.0.2.8>;expires=9, <sip:door@192.0.2.2;line=abc>;expires=8")], 8),
        ([("Contact", "*")], 300),
        ([("Contact", "<sip:door@192.0.2.2:5060;line=abc>;expires=soon")], 300),
        ([("Contact", "<sip:door@192.0.2.2:5060;line=abc>;expires=0")], 0),
    ],
)
def test_the_lease_is_that_of_our_contact(fields: list[tuple[str, str]], expires_s: int) -> None:
    """§10.2.4: the parameter, else the field, else what was asked for."""
    assert read(*fields).expires_s == expires_s


def test_service_routes_keep_their_order_and_are_bounded() -> None:
    many = ", ".join(f"<sip:192.0.2.{number};lr>" for number in range(50))
    routes = read(("Service-Route", many)).service_routes
    assert routes[:2] == ("<sip:192.0.2.0;lr>", "<sip:192.0.2.1;lr>")
    assert len(routes) == MAXIMUM_ROUTES


@pytest.mark.parametrize("value", ["nonsense <", "<tel:+1>", ""])
def test_service_routes_that_lead_nowhere_are_ignored(value: str) -> None:
    assert read(("Service-Route", value)).service_routes == ()


def test_flow_timer_and_min_expires_are_numbers_or_nothing() -> None:
    assert read(("Flow-Timer", "120")).flow_timer_s == 120
    assert read(("Flow-Timer", "-1")).flow_timer_s is None
    assert min_expires_s(Response(423, "", Headers.of(("Min-Expires", "600")))) == 600
    assert min_expires_s(Response(423, "")) is None


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["Contact", "Expires", "Service-Route", "Flow-Timer", "Min-Expires"]),
            st.text().filter(lambda text: not set(text) & {"\r", "\n"}),
        ),
        max_size=4,
    )
)
def test_whatever_it_says_it_can_be_read(fields: list[tuple[str, str]]) -> None:
    answer = read(*fields)
    assert answer.expires_s >= 0
