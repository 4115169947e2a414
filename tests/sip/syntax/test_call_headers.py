"""The header fields of RFC 3262, 3326, 3891, 4028 and 6665."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sip.errors import MalformedHeader
from sip.syntax.event import Event, Standing, SubscriptionState
from sip.syntax.rack import RAck
from sip.syntax.reason import Reason, first_reason
from sip.syntax.replaces import Replaces
from sip.syntax.session_expires import Refresher, SessionExpires, parse_min_se


def test_a_rack_is_read_and_written() -> None:
    """RFC 3262 §7.2, whose example this is."""
    assert RAck.parse("776656 1 INVITE") == RAck(776656, 1, "INVITE")
    assert str(RAck(776656, 1, "INVITE")) == "776656 1 INVITE"


@pytest.mark.parametrize("text", ["1", "1 INVITE", "1 2", f"{2**32} 1 INVITE", "1 2 3 INVITE"])
def test_a_broken_rack_is_malformed(text: str) -> None:
    with pytest.raises(MalformedHeader):
        RAck.parse(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("4000;refresher=uac", SessionExpires(4000, Refresher.UAC)),
        (" 90 ; Refresher=UAS", SessionExpires(90, Refresher.UAS)),
        ("1800", SessionExpires(1800)),
    ],
)
def test_a_session_expires_is_read_and_written(text: str, expected: SessionExpires) -> None:
    """RFC 4028 §4."""
    assert SessionExpires.parse(text) == expected
    assert SessionExpires.parse(str(expected)) == expected


@pytest.mark.parametrize("text", ["", "x", "90;refresher=me", "-1", "9" * 5000])
def test_a_broken_session_expires_is_malformed(text: str) -> None:
    with pytest.raises(MalformedHeader):
        SessionExpires.parse(text)


def test_a_min_se_may_have_parameters() -> None:
    """RFC 4028 §5."""
    assert parse_min_se("3600;lr") == 3600


def test_a_replaces_is_read_and_written() -> None:
    """RFC 3891 §6.1, whose examples these are."""
    text = "98732@sip.example.com;from-tag=r33th4x0r;to-tag=ff87ff"
    found = Replaces.parse(text)
    assert found == Replaces("98732@sip.example.com", to_tag="ff87ff", from_tag="r33th4x0r")
    assert Replaces.parse(str(found)) == found
    early = Replaces.parse("12adf2f34456gs5;to-tag=12345;from-tag=54321;early-only")
    assert early.early_only
    assert Replaces.parse(str(early)) == early


@pytest.mark.parametrize(
    "text",
    ["a;to-tag=1", "a;from-tag=1", ";to-tag=1;from-tag=2", "a b", "", "a\r\nb;to-tag=1;from-tag=2"],
)
def test_a_replaces_that_names_no_dialog_is_malformed(text: str) -> None:
    with pytest.raises(MalformedHeader):
        Replaces.parse(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            'SIP ;cause=200 ;text="Call completed elsewhere"',
            ("SIP", 200, "Call completed elsewhere"),
        ),
        ('Q.850;cause=16;text="Terminated"', ("Q.850", 16, "Terminated")),
        ("preemption", ("preemption", None, "")),
    ],
)
def test_a_reason_is_read_and_written(text: str, expected: tuple[str, int | None, str]) -> None:
    """RFC 3326 §2, whose examples these are."""
    found = Reason.parse(text)
    assert (found.protocol, found.cause, found.text) == expected
    assert Reason.parse(str(found)) == found


def test_a_reason_that_cannot_be_read_is_passed_over() -> None:
    assert first_reason(("SIP;cause=x", "Q.850;cause=16")) == Reason("Q.850", 16)
    assert first_reason(("",)) is None


def test_the_text_of_a_reason_is_bounded() -> None:
    assert len(Reason.parse(f'SIP;text="{"x" * 5000}"').text) == 128


def test_an_event_has_its_id() -> None:
    """RFC 6665 §8.2.1; of an unknown standing nothing is lost (§4.1.3)."""
    assert Event.parse("refer;id=93809824") == Event("refer", "93809824")
    assert str(Event("refer", "7")) == "refer;id=7"
    assert Event.parse(" refer ") == Event("refer")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("active;expires=60", SubscriptionState(Standing.ACTIVE, 60)),
        (
            "terminated;reason=noresource",
            SubscriptionState(Standing.TERMINATED, None, "noresource"),
        ),
        ("resting", SubscriptionState(Standing.ACTIVE)),
    ],
)
def test_a_subscription_state_is_read_and_written(text: str, expected: SubscriptionState) -> None:
    """RFC 6665 §8.2.3."""
    assert SubscriptionState.parse(text) == expected
    assert SubscriptionState.parse(str(expected)) == expected


@pytest.mark.parametrize("parse", [Event.parse, SubscriptionState.parse, Reason.parse])
def test_fields_that_begin_with_no_token_are_malformed(parse: Callable[[str], object]) -> None:
    with pytest.raises(MalformedHeader):
        parse("@;a=b")
