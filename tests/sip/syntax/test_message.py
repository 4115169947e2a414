from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from sip.errors import MalformedHeader, MalformedMessage, MisuseError
from sip.syntax.headers import Headers
from sip.syntax.message import (
    MAXIMUM_HEADER_FIELDS,
    MAXIMUM_MESSAGE_BYTES,
    Request,
    Response,
    make_response,
    parse_message,
)
from sip.syntax.uri import SipUri
from tests.sip.wire import SDP, invite, request, response


def parsed_request(data: bytes) -> Request:
    message = parse_message(data)
    assert isinstance(message, Request)
    return message


def refused(data: bytes) -> MalformedMessage:
    with pytest.raises(MalformedMessage) as caught:
        parse_message(data)
    return caught.value


def test_request_has_its_parts() -> None:
    """RFC 3261 §7.1."""
    message = parsed_request(invite("Require: timer", "k: a, b", "Expires: 30"))
    assert (message.method, str(message.uri), message.body) == (
        "INVITE",
        "sip:hall@example.org",
        SDP,
    )
    assert message.from_.display_name == "Front Door"
    assert message.content_type is not None
    assert message.content_type.name == "application/sdp"
    assert (message.require, message.supported, message.expires) == (("timer",), ("a", "b"), 30)
    assert (message.allow, message.unsupported, message.record_routes) == ((), (), ())


def test_response_has_its_parts() -> None:
    """RFC 3261 §7.2."""
    message = parse_message(response("486 Busy Here"))
    assert isinstance(message, Response)
    assert (message.code, message.reason, message.to.tag) == (486, "Busy Here", "a1")


@pytest.mark.parametrize("data", [request(), invite(), response(), response("200 OK", body=SDP)])
def test_message_is_written_as_it_was_read(data: bytes) -> None:
    message = parse_message(data)
    again = parse_message(bytes(message))
    assert again.headers.without("Content-Length") == message.headers.without("Content-Length")
    assert bytes(again) == bytes(message)


def test_written_length_is_that_of_the_body() -> None:
    """RFC 3261 §20.14, whatever the header fields say."""
    message = Request("BYE", SipUri.for_user("a", "b"), Headers.of(("l", "99")), "å".encode())
    assert bytes(message) == b"BYE sip:a@b SIP/2.0\r\nContent-Length: 2\r\n\r\n\xc3\xa5"


def test_replacing_header_fields_renews_what_is_read_from_them() -> None:
    message = parsed_request(request())
    assert message.cseq.number == 1
    changed = replace(
        message, headers=message.headers.without("CSeq").with_added("CSeq", "2 OPTIONS")
    )
    assert (message.cseq.number, changed.cseq.number) == (1, 2)
    assert message != changed
    assert message == parse_message(request())


def test_typed_fields_are_read_once() -> None:
    message = parsed_request(request())
    assert message.vias is message.vias


def test_malformed_optional_field_is_reported_where_it_is_read() -> None:
    message = parsed_request(request("OPTIONS", "sip:hall@example.org", "Contact: ;;"))
    for _ in range(2):
        with pytest.raises(MalformedHeader, match="Contact") as caught:
            _ = message.contacts
        assert caught.value.header == "Contact"


def test_list_field_has_a_bound() -> None:
    message = parsed_request(request("OPTIONS", "sip:hall@example.org", "Allow: " + "A," * 200))
    with pytest.raises(MalformedHeader, match="201 values"):
        _ = message.allow


def test_empty_lines_before_the_start_line_are_ignored() -> None:
    """RFC 3261 §7.5."""
    assert parse_message(b"\r\n\r\n" + request()) == parse_message(request())


def test_body_ends_with_the_stated_length_or_the_datagram() -> None:
    """RFC 3261 §18.3."""
    assert parse_message(request(body=b"four", Content_Length="2")).body == b"fo"
    assert parse_message(request(body=b"four", Content_Length=None)).body == b"four"


def test_version_is_compared_in_any_case() -> None:
    """RFC 3261 §7.1."""
    parse_message(request(start_line="OPTIONS sip:hall@example.org sip/2.0"))
    assert refused(request(start_line="OPTIONS sip:hall@example.org SIP/2.1")).code == 505


def test_octets_that_are_no_utf8_come_back_as_they_were() -> None:
    data = request().replace(b"Front Door", b"T\xfcr\xff")
    message = parsed_request(data)
    assert message.from_.display_name == "T�r�"
    assert b'"T\xfcr\xff"' in bytes(make_response(message, 200))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (request(From=None), "Missing or Malformed From"),
        (request(Via="SIP/2.0/UDP"), "Missing or Malformed Via"),
        (request(Call_ID="a b"), "Missing or Malformed Call-ID"),
        (request(Call_ID=""), "Missing or Malformed Call-ID"),
        (request(Max_Forwards="256"), "Missing or Malformed Max-Forwards"),
        (request(Content_Length="1"), "Missing or Malformed Content-Length"),
        (
            request("OPTIONS", "sip:hall@example.org", "no colon"),
            "Missing or Malformed Header Field",
        ),
        (request("OPTIONS", "sip:hall@example.org", "a b: c"), "Missing or Malformed Header Field"),
        (
            request("OPTIONS", "sip:hall@example.org", "A: \n b"),
            "Missing or Malformed Header Field",
        ),
        (request("OPTIONS", "sip:hall@example.org", "A: \rb"), "Missing or Malformed Header Field"),
        (request()[:-2], "Missing or Malformed Header Field"),
        (request(uri="sip:a@b@c"), "Malformed Request-URI"),
        (request(start_line="OPTIONS sip:hall@example.org"), "Malformed Request-Line"),
    ],
)
def test_refusal_says_what_is_wrong_and_can_be_sent(data: bytes, reason: str) -> None:
    """RFC 3261 §21.4.1."""
    error = refused(data)
    assert (error.code, error.reason) == (400, reason)
    assert error.request is not None
    answer = make_response(error.request, error.code, error.reason, to_tag="b2")
    assert bytes(answer).startswith(f"SIP/2.0 400 {reason}\r\n".encode())


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\r\n\r\n",
        b"\x00" * 20,
        b"OPTIONS",
        request(Via=None),
        request("ACK", To=None),
        response(To=None),
        response("99 Low"),
        response("700 High"),
        response("OK"),
        response("200 O\rK"),
        response().replace(b"SIP/2.0 200", b"SIP/3.0 200"),
    ],
)
def test_nobody_is_answered_for_a_response_an_ack_or_without_a_via(data: bytes) -> None:
    assert refused(data).request is None


def test_message_longer_than_the_bound_is_refused() -> None:
    error = refused(request(body=b"x" * MAXIMUM_MESSAGE_BYTES))
    assert (error.code, error.request) == (513, None)


def test_header_fields_beyond_the_bound_are_refused() -> None:
    enough = MAXIMUM_HEADER_FIELDS - 7
    parse_message(request("OPTIONS", "sip:hall@example.org", *["A: b"] * enough))
    error = refused(request("OPTIONS", "sip:hall@example.org", *["A: b"] * (enough + 1)))
    assert error.code == 400
    assert error.request is not None
    assert len(error.request.headers) == MAXIMUM_HEADER_FIELDS


def test_response_copies_what_names_the_transaction() -> None:
    """RFC 3261 §8.2.6.2."""
    data = invite("Via: SIP/2.0/UDP far.example.net", "Record-Route: <sip:p;lr>", "Timestamp: 5")
    answer = make_response(parsed_request(data), 200, to_tag="b2", body=SDP, content_type="a/b")
    assert answer.headers.get_all("Via") == (
        "SIP/2.0/UDP 192.0.2.7:5062;branch=z9hG4bKdoor1",
        "SIP/2.0/UDP far.example.net",
    )
    assert (answer.code, answer.reason, answer.to.tag) == (200, "OK", "b2")
    assert answer.from_ == parse_message(data).from_
    assert (answer.call_id, str(answer.cseq)) == ("chime.1@example.net", "1 INVITE")
    assert answer.headers.get("Record-Route") == "<sip:p;lr>"
    assert (answer.headers.get("Content-Type"), answer.body) == ("a/b", SDP)
    assert "Timestamp" not in answer.headers


@pytest.mark.parametrize(
    ("answer", "copied"),
    [
        (lambda call: make_response(call, 100), ["Timestamp"]),
        (lambda call: make_response(call, 180), ["Record-Route"]),
        (lambda call: make_response(call, 486), []),
        (lambda call: make_response(replace(call, method="BYE"), 200), []),
    ],
)
def test_route_and_timestamp_are_copied_where_they_are_wanted(
    answer: Callable[[Request], Response], copied: list[str]
) -> None:
    """RFC 3261 §8.2.6.1, §12.1.1."""
    call = parsed_request(invite("Record-Route: <sip:p;lr>", "Timestamp: 5"))
    headers = answer(call).headers
    assert [name for name in ("Record-Route", "Timestamp") if name in headers] == copied


def test_to_keeps_the_tag_that_it_has() -> None:
    """RFC 3261 §8.2.6.2."""
    bye = parsed_request(request("BYE", To="<sip:hall@example.org>;tag=old"))
    assert make_response(bye, 200, to_tag="new").headers.get("To") == bye.headers.get("To")


def test_to_that_cannot_be_read_is_copied_as_it_is() -> None:
    error = refused(request(To="<sip:hall"))
    assert error.request is not None
    assert make_response(error.request, 400, to_tag="new").headers.get("To") == "<sip:hall"


def test_response_says_more_where_more_is_given() -> None:
    answer = make_response(
        parsed_request(request()), 405, "Not This", headers=[("allow", "INVITE")]
    )
    assert (answer.reason, answer.allow) == ("Not This", ("INVITE",))


def test_response_cannot_be_made_to_say_a_second_field() -> None:
    with pytest.raises(MisuseError):
        make_response(parsed_request(request()), 603, "No\r\nTo: b")
    with pytest.raises(MisuseError):
        make_response(parsed_request(request()), 200, headers=[("Server", "a\r\nTo: b")])


def test_with_another_top_via_the_rest_is_as_it_was() -> None:
    message = parse_message(invite("Via: SIP/2.0/UDP below;branch=z9hG4bKb", "Contact: <sip:a@b>"))
    assert isinstance(message, Request)
    first, *others = message.vias
    contacts = message.contacts
    stamped = message.with_top_via(first.with_received("192.0.2.9", 4444))
    assert stamped.vias == (first.with_received("192.0.2.9", 4444), *others)
    assert parse_message(bytes(stamped)).vias == stamped.vias
    assert stamped.contacts is contacts, "what was read is not read again"
    assert message.vias == (first, *others)
