from __future__ import annotations

import pytest

from sip.errors import MalformedHeader
from sip.syntax.via import Via


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("SIP/2.0/UDP 192.0.2.1:5062;branch=z9", "SIP/2.0/UDP 192.0.2.1:5062;branch=z9"),
        ("sip / 2.0 / tcp  host.example : 5060 ; rport", "SIP/2.0/TCP host.example:5060;rport"),
        ("SIP/2.0/TLS [2001:db8::1];a", "SIP/2.0/TLS [2001:db8::1];a"),
        ("SIP/2.0/PIGEON loft", "SIP/2.0/PIGEON loft"),
    ],
)
def test_via_is_read(text: str, written: str) -> None:
    """RFC 3261 §20.42."""
    assert str(Via.parse(text)) == written


@pytest.mark.parametrize(
    "text",
    [
        "",
        "SIP/1.0/UDP host",
        "SIP/2.0/UDP",
        "SIP/2.0 UDP host",
        "SIP/2.0/UDP host:",
        "SIP/2.0/UDP host:99999",
        "SIP/2.0/UDP a b",
        "SIP/2.0/UDP host;;",
        "SIP/2.0/UDPhost",
    ],
)
def test_broken_via_is_malformed(text: str) -> None:
    with pytest.raises(MalformedHeader):
        Via.parse(text)


def test_host_has_no_brackets() -> None:
    assert Via.parse("SIP/2.0/UDP [::1]:5060").host == "::1"


@pytest.mark.parametrize(
    ("branch", "unique"),
    [
        (";branch=z9hG4bKa", True),
        (";branch=Z9HG4BKa", True),
        (";branch=z9hG4bK", False),
        (";branch=a1", False),
        ("", False),
    ],
)
def test_only_a_cookie_with_something_after_it_makes_a_branch_unique(
    branch: str, unique: bool
) -> None:
    """RFC 3261 §17.2.3, RFC 4475 §3.2.1."""
    assert Via.parse(f"SIP/2.0/UDP host{branch}").has_unique_branch is unique


@pytest.mark.parametrize(
    ("rport", "port"),
    [
        ("", None),
        (";rport", None),
        (";rport=5062", 5062),
        (";rport=70000", None),
        (";rport=x", None),
    ],
)
def test_rport_is_a_port_or_nothing(rport: str, port: int | None) -> None:
    """RFC 3581 §3."""
    assert Via.parse(f"SIP/2.0/UDP host{rport}").rport == port


def test_received_may_have_brackets() -> None:
    """RFC 5118 §4.5."""
    assert Via.parse("SIP/2.0/UDP host;received=[2001:db8::1]").received == "2001:db8::1"
    assert Via.parse("SIP/2.0/UDP host;received=2001:db8::1").received == "2001:db8::1"
    assert Via.parse("SIP/2.0/UDP host").received is None


def test_source_is_noted_where_it_is_asked_for() -> None:
    """RFC 3581 §4: with rport, received is written even when it tells nothing new."""
    via = Via.parse("SIP/2.0/UDP 192.0.2.1:5062;rport;branch=z9")
    assert str(via.with_received("192.0.2.1", 40000)) == (
        "SIP/2.0/UDP 192.0.2.1:5062;rport=40000;branch=z9;received=192.0.2.1"
    )


def test_source_is_noted_where_sent_by_is_another_host() -> None:
    """RFC 3261 §18.2.1."""
    via = Via.parse("SIP/2.0/UDP door.example.net;branch=z9")
    assert via.with_received("2001:db8::1", 5060).received == "2001:db8::1"
    assert via.with_received("2001:db8::1", 5060).rport is None


def test_source_that_is_sent_by_changes_nothing() -> None:
    """RFC 3261 §18.2.1."""
    via = Via.parse("SIP/2.0/UDP 192.0.2.1;branch=z9")
    assert via.with_received("192.0.2.1", 40000) == via
