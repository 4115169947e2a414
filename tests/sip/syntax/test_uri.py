from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip.errors import MalformedUri
from sip.syntax.uri import OpaqueUri, SipUri, parse_uri


@pytest.mark.parametrize(
    "text",
    [
        "sip:alice@atlanta.com",
        "sip:alice:secretword@atlanta.com;transport=tcp",
        "sips:alice@atlanta.com?subject=project%20x&priority=urgent",
        "sip:+1-212-555-1212:1234@gateway.com;user=phone",
        "sips:1212@gateway.com",
        "sip:alice@192.0.2.4",
        "sip:atlanta.com;method=REGISTER?to=alice%40atlanta.com",
        "sip:alice;day=tuesday@atlanta.com",
        "sip:hall@[2001:db8::9]:5070;lr",
        "sip:127.0.0.1:5060",
        "sip:*21#@gateway.com",
        "sip:a:@host",
        "sip:my_box",
    ],
)
def test_uri_is_written_as_it_was_read(text: str) -> None:
    """RFC 3261 §19.1.3, and what phones send besides."""
    assert str(SipUri.parse(text)) == text


def test_the_parts_of_a_uri() -> None:
    """RFC 3261 §19.1.1."""
    uri = SipUri.parse("SIPS:door:key@[2001:DB8::1]:5071;transport=TLS;lr?Subject=a%20b")
    assert (uri.scheme, uri.user, uri.password) == ("sips", "door", "key")
    assert (uri.host, uri.port) == ("2001:DB8::1", 5071)
    assert dict(uri.parameters) == {"transport": "TLS", "lr": None}
    assert uri.headers == (("Subject", "a%20b"),)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sip",
        "sip:",
        "sip:@host",
        "sip:a@",
        "sip:a@b@c",
        "sip:a b@host",
        "sip:host:",
        "sip:host:65536",
        "sip:host:123456",
        "sip:[::1",
        "sip:[1.2.3]",
        "sip:host;",
        "sip:host;a=",
        "sip:host?a",
        "sip:%zz@host",
        "sip:a%4@host",
        "sip:hôst",
        "<sip:host>",
        "tel:1 2",
        ":x",
        "1a:x",
        "mailto:",
    ],
)
def test_broken_uri_is_malformed(text: str) -> None:
    """RFC 3261 §25.1."""
    with pytest.raises(MalformedUri):
        parse_uri(text)


def test_other_schemes_are_carried_and_not_understood() -> None:
    assert parse_uri("TEL:+46-8;x=y") == OpaqueUri("tel", "+46-8;x=y")
    assert str(parse_uri("https://example.org/a?b#c")) == "https://example.org/a?b#c"


def test_needless_escapes_are_resolved_and_needed_ones_kept() -> None:
    """RFC 3261 §19.1.4: only unreserved characters mean the same escaped."""
    assert str(SipUri.parse("sip:%61%3b%40@h;%6Cr=%7e%2f")) == "sip:a%3B%40@h;lr=~%2F"


def test_plain_user_is_escaped_and_decoded_again() -> None:
    uri = SipUri.for_user("Köket: 1@2", "example.org", 5070)
    assert str(uri) == "sip:K%C3%B6ket%3A%201%402@example.org:5070"
    assert SipUri.parse(str(uri)).decoded_user == "Köket: 1@2"
    assert str(SipUri.for_user("", "example.org")) == "sip:example.org"


SAME = [
    ("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"),
    ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"),
    ("sip:carol@chicago.com", "sip:carol@chicago.com;security=on"),
    (
        "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
        "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com",
    ),
    (
        "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
        "sip:alice@atlanta.com?priority=urgent&subject=project%20x",
    ),
]
DIFFERENT = [
    ("SIP:ALICE@AtLanTa.CoM", "sip:alice@AtLanTa.CoM"),
    ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"),
    ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"),
    ("sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"),
    ("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"),
    ("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"),
    ("sip:carol@chicago.com;security=off", "sip:carol@chicago.com;security=on"),
    ("sip:carol@chicago.com;flag", "sip:carol@chicago.com;flag=on"),
    ("sip:bob@biloxi.com", "sips:bob@biloxi.com"),
    ("sip:a%3Bb@biloxi.com", "sip:a;b@biloxi.com"),
    ("sip:bob@biloxi.com", "tel:bob"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_equivalent_uris_match(one: str, other: str) -> None:
    """The examples of RFC 3261 §19.1.4."""
    assert SipUri.parse(one).matches(parse_uri(other))
    assert SipUri.parse(other).matches(parse_uri(one))


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_other_uris_do_not_match(one: str, other: str) -> None:
    """The counterexamples of RFC 3261 §19.1.4, and one with a reserved character."""
    assert not SipUri.parse(one).matches(parse_uri(other))


@given(st.text(max_size=30), st.sampled_from(["example.org", "192.0.2.1", "2001:db8::1"]))
def test_any_user_survives_a_round_trip(user: str, host: str) -> None:
    uri = SipUri.for_user(user.encode("utf-8", "replace").decode(), host, 5060)
    assert SipUri.parse(str(uri)).matches(uri)


@given(st.text("sip:@[]%4a;=?&.+ <", max_size=24).map("sip:".__add__))
def test_uri_that_is_read_is_written_with_the_same_meaning(text: str) -> None:
    try:
        uri = SipUri.parse(text)
    except MalformedUri:
        return
    assert SipUri.parse(str(uri)) == uri


@pytest.mark.parametrize("rest", [";a" * 65, "?a=b" + "&a=b" * 64])
def test_more_parameters_or_headers_than_anybody_needs_are_refused(rest: str) -> None:
    with pytest.raises(MalformedUri, match="more than 64"):
        SipUri.parse(f"sip:a@b{rest}")
