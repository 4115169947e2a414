"""A short message of our own for each section of RFC 4475, with the outcome that it states."""

from __future__ import annotations

import pytest

from sip.syntax.message import parse_message
from tests.sip.outcome import ACCEPTED, DROPPED, outcome
from tests.sip.wire import invite, request, response

CASES: dict[str, tuple[bytes, str | int]] = {
    "3.1.1.1 every field may be folded, spaced and in any case": (
        request(
            "INFO",
            "sip:hall@example.org;odd",
            "v :SIP / 2.0\r\n\t/ UDP  192.0.2.1 ;branch =\r\n z9hG4bKx , SIP/2.0/TCP 192.0.2.2",
            "tO:\r\n <sip:hall@example.org> ; tag = 12",
            'FROM  :"A \\" quote"\r\n <sip:door@example.net>;tag=3',
            "cSEQ:\t007\r\n INFO",
            "S:",
            "Odd: ;,;;,",
            Via=None,
            To=None,
            From=None,
            CSeq=None,
        ),
        ACCEPTED,
    ),
    "3.1.1.2 a method is any token, but not one of ours": (request("~`it's+100%!"), 501),
    "3.1.1.3 escapes in user and parameters are valid": (
        invite(To="<sip:%68all%20left@example.org;%6cr>"),
        ACCEPTED,
    ),
    "3.1.1.4 an escaped NUL is valid": (request(To="<sip:%00@example.org>"), ACCEPTED),
    "3.1.1.5 an escape in a method is no escape": (request("%4FPTIONS"), 501),
    "3.1.1.6 no space between name and bracket": (
        request(From="door<sip:door@example.net>;tag=1"),
        ACCEPTED,
    ),
    "3.1.1.7 values may be long": (
        request(To=f'"{"long " * 99}" <sip:{"l" * 500}@example.org;p={"v" * 500}>'),
        ACCEPTED,
    ),
    "3.1.1.8 octets after a datagram's message are ignored": (
        request() + b"\r\nBYE sip:hall@example.org SIP/2.0\r\n\r\n",
        ACCEPTED,
    ),
    "3.1.1.9 a semicolon before the at sign is the user's": (
        request(uri="sip:hall;door=2%40left@example.org"),
        ACCEPTED,
    ),
    "3.1.1.10 a Via may name any transport": (
        request("OPTIONS", "sip:hall@example.org", "Via: SIP/2.0/PIGEON loft.example.com"),
        ACCEPTED,
    ),
    "3.1.1.11 a body is octets": (
        request(
            "MESSAGE", body=b"--x\r\n\r\n\x00\xff\r\n\r\n--x--", Content_Type="multipart/mixed"
        ),
        ACCEPTED,
    ),
    "3.1.1.12 a reason may be in any script": (response("200 в порядке"), ACCEPTED),
    "3.1.1.13 a reason may be empty": (response("180 "), ACCEPTED),
    "3.1.2.1 separators with nothing between": (request(Via="SIP/2.0/UDP 192.0.2.1;,;"), 400),
    "3.1.2.2 a length beyond the datagram": (invite(Content_Length="4000"), 400),
    "3.1.2.3 a negative length": (invite(Content_Length="-1"), 400),
    "3.1.2.4 a number beyond its range": (request(CSeq=f"{2**31} OPTIONS"), 400),
    "3.1.2.5 a number beyond its range in a response": (response(CSeq=f"{10**20} BYE"), DROPPED),
    "3.1.2.6 a quote that does not end": (request(To='"Hall <sip:hall@example.org>'), 400),
    "3.1.2.7 brackets around a Request-URI": (request(uri="<sip:hall@example.org>"), 400),
    "3.1.2.8 white space in a Request-URI": (request(uri="sip:hall@example.org ;lr"), 400),
    "3.1.2.9 two spaces in a request line": (
        request(start_line="OPTIONS  sip:hall@example.org SIP/2.0"),
        400,
    ),
    "3.1.2.10 spaces after a request line": (
        request(start_line="OPTIONS sip:hall@example.org SIP/2.0 "),
        400,
    ),
    "3.1.2.11 header fields in a Request-URI": (
        request(uri="sip:hall@example.org?Subject=hi"),
        400,
    ),
    "3.1.2.12 a time zone that is not GMT": (
        invite("Date: Mon, 04 Mar 2024 10:00:00 CET"),
        ACCEPTED,
    ),
    "3.1.2.13 a question mark needs brackets": (
        request("REGISTER", Contact="sip:door@example.net?Subject=hi"),
        400,
    ),
    "3.1.2.14 spaces within brackets": (request(To="< sip:hall@example.org>"), 400),
    "3.1.2.15 a comma in a name needs quotes": (
        request(From="Door, Front <sip:door@example.net>;tag=1"),
        400,
    ),
    "3.1.2.16 a version of later": (
        request(start_line="OPTIONS sip:hall@example.org SIP/3.0"),
        505,
    ),
    "3.1.2.17 CSeq counts another method": (request("OPTIONS", CSeq="1 BYE"), 400),
    "3.1.2.18 CSeq counts another method than an unknown one": (request("SING", CSeq="1 BYE"), 501),
    "3.1.2.19 a status code has three digits": (response("2000 OK"), DROPPED),
    "3.2.1 a branch that is the cookie alone": (
        request(Via="SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK"),
        ACCEPTED,
    ),
    "3.3.1 required fields are missing": (request(From=None, To=None, Call_ID=None), 400),
    "3.3.2 a scheme that nobody knows": (request(uri="teapot:brew"), 416),
    "3.3.3 a scheme that is not SIP's": (request(uri="https://example.org/hall"), 416),
    "3.3.4 other schemes in From and To": (
        request(To="<tel:+4689901>", From="<mailto:door@example.net>;tag=1"),
        ACCEPTED,
    ),
    "3.3.5 an extension is required": (invite("Require: telepathy"), 420),
    "3.3.6 a body of another type": (invite(Content_Type="application/x-scream"), 415),
    "3.3.7 credentials of an unknown scheme": (
        request("REGISTER", "sip:example.org", "Authorization: Handshake firm=yes"),
        ACCEPTED,
    ),
    "3.3.8 two of a field that there is once": (invite("Call-ID: another@example.net"), 400),
    "3.3.9 two lengths": (invite("Content-Length: 3"), 400),
    "3.3.10 a response with a Via behind ours": (
        response("200 OK", "Via: SIP/2.0/UDP 255.255.255.255;branch=z9hG4bKall"),
        DROPPED,
    ),
    "3.3.11 no hops are left": (request(Max_Forwards="0"), ACCEPTED),
    "3.3.12 a parameter of the field": (
        request("REGISTER", Contact="sip:door@example.net;odd"),
        ACCEPTED,
    ),
    "3.3.13 a parameter of the URI": (
        request("REGISTER", Contact="<sip:door@example.net;odd>"),
        ACCEPTED,
    ),
    "3.3.14 a Contact with a Route in it": (
        request("REGISTER", Contact="<sip:door@example.net?Route=%3Csip:192.0.2.1%3E>"),
        ACCEPTED,
    ),
    "3.3.15 an answer would not be taken": (invite("Accept: image/png"), 406),
    "3.4.1 an INVITE of RFC 2543": (
        invite(
            Via="SIP/2.0/UDP door.example.net",
            From="sip:door@example.net",
            Max_Forwards=None,
            Contact=None,
            Content_Length=None,
        ),
        ACCEPTED,
    ),
}


@pytest.mark.parametrize("section", CASES)
def test_outcome(section: str) -> None:
    data, expected = CASES[section]
    assert outcome(data) == expected


def test_folded_fields_mean_what_they_say_on_one_line() -> None:
    """RFC 4475 §3.1.1.1."""
    info = parse_message(CASES["3.1.1.1 every field may be folded, spaced and in any case"][0])
    assert [str(via) for via in info.vias] == [
        "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx",
        "SIP/2.0/TCP 192.0.2.2",
    ]
    assert (info.to.tag, info.from_.display_name, info.cseq.number) == ("12", 'A " quote', 7)


def test_a_list_of_header_fields_is_the_same_in_one_line_and_in_several() -> None:
    """RFC 3261 §7.3.1."""
    one = parse_message(invite("Route: <sip:a;lr>, <sip:b;lr>"))
    two = parse_message(invite("Route: <sip:a;lr>", "ROUTE:<sip:b;lr>"))
    assert one.routes == two.routes
