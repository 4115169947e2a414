"""Who calls, as far as the header fields tell (RFC 3325, 5806, 7044)."""

import pytest

from sip.session.identity import (
    LONGEST_NAME,
    LONGEST_URI,
    MAXIMUM_DIVERSIONS,
    CallerIdentity,
    Diverted,
    Person,
)
from tests.sip.scripted import from_peer

CLAIMED = Person("", "sip:peer@192.0.2.1")


def identity(*headers: tuple[str, str]) -> CallerIdentity:
    return CallerIdentity.of(from_peer("INVITE", headers=headers))


def test_the_claim_of_the_caller_is_shown_where_nobody_says_more() -> None:
    assert identity() == CallerIdentity(CLAIMED)
    assert identity().shown(trusted=True) == CLAIMED


def test_what_a_server_asserts_counts_only_from_a_server_that_we_trust() -> None:
    """RFC 3325 §5."""
    found = identity(("P-Asserted-Identity", '"Cullen Jennings" <sip:fluffy@cisco.com>'))
    assert found.shown(trusted=True) == Person("Cullen Jennings", "sip:fluffy@cisco.com")
    assert found.shown(trusted=False) == CLAIMED


def test_the_first_of_several_asserted_identities_is_shown() -> None:
    """RFC 3325 §9.1: a SIP and a tel URI."""
    found = identity(("P-Asserted-Identity", "<sip:a@example.com>, <tel:+14085264000>"))
    assert found.asserted == Person("", "sip:a@example.com")


def test_a_preferred_identity_is_not_believed() -> None:
    """RFC 3325 §9.2: it is a wish of the caller to its own proxy."""
    assert identity(("P-Preferred-Identity", "<sip:boss@example.com>")).asserted is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('"A" <sip:a@x>;party=calling;screen=yes', Person("A", "sip:a@x")),
        ("<sip:a@x>", Person("", "sip:a@x")),
        ("<sip:a@x>;party=called", None),
    ],
)
def test_the_old_way_of_asserting_is_read_too(value: str, expected: Person | None) -> None:
    assert identity(("Remote-Party-ID", value)).asserted == expected


def test_who_was_called_before_is_told_the_last_one_first() -> None:
    """RFC 5806 §6."""
    found = identity(
        ("Diversion", "<sip:+19725551212@proxy>;reason=user-busy"),
        ("Diversion", '"Front door" <sip:door@proxy>;reason=no-answer;counter=1'),
    )
    assert found.diverted_from == (
        Diverted(Person("", "sip:+19725551212@proxy"), "user-busy"),
        Diverted(Person("Front door", "sip:door@proxy"), "no-answer"),
    )


def test_the_history_of_a_call_ends_with_us() -> None:
    """RFC 7044 §5: each entry with why it was left, escaped."""
    found = identity(
        (
            "History-Info",
            "<sip:bob@example.com>;index=1,"
            " <sip:bob@192.0.2.4?Reason=SIP%3Bcause%3D302>;index=1.1;rc=1,"
            " <sip:speaker@192.0.2.2>;index=1.2;mp=1",
        )
    )
    assert found.diverted_from == (
        Diverted(Person("", "sip:bob@192.0.2.4"), "SIP;cause=302"),
        Diverted(Person("", "sip:bob@example.com"), ""),
    )


@pytest.mark.parametrize(
    "header", ["P-Asserted-Identity", "Remote-Party-ID", "Diversion", "History-Info"]
)
@pytest.mark.parametrize("value", ["<<", "", ",,,", "x" * 9000, '"', "<sip:a@x>;;;"])
def test_what_cannot_be_read_is_passed_over(header: str, value: str) -> None:
    assert identity((header, value)) == CallerIdentity(CLAIMED)


def test_hostile_values_are_bounded_and_printable() -> None:
    name = "\x1b[2J\u202e" + "x" * 9000
    found = identity(
        ("P-Asserted-Identity", f'"{name}" <sip:{"u" * 9000}@x>'),
        *[("Diversion", f"<sip:{n}@x>;reason={'r' * 9000}") for n in range(99)],
    )
    assert found.asserted is not None
    assert len(found.asserted.name) == LONGEST_NAME
    assert found.asserted.name.isprintable()
    assert len(found.asserted.uri) == LONGEST_URI
    assert len(found.diverted_from) == MAXIMUM_DIVERSIONS
    assert all(len(each.reason) <= LONGEST_NAME for each in found.diverted_from)
