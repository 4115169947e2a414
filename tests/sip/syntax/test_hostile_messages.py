"""Whatever arrives, the parser answers with a message or with its documented errors, and soon."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sip.errors import MalformedHeader, MalformedMessage
from sip.syntax.message import Message, parse_message
from sip.syntax.typed_header import TypedHeader
from tests.fuzz.survival import survive
from tests.sip.wire import SDP, invite, request, response

SOUND = [
    invite("Route: <sip:a;lr>, <sip:b;lr>", "Require: x", "Accept: application/sdp;q=0.5, */*"),
    request("REGISTER", "sip:example.org", 'Contact: "a" <sip:a@b>;q=1', "Expires: 60"),
    response("200 OK", "Record-Route: <sip:a;lr>", body=SDP, Content_Type="application/sdp"),
]
TYPED = [name for name, value in vars(Message).items() if isinstance(value, TypedHeader)]


@st.composite
def bent(draw: st.DrawFn) -> bytes:
    """A sound message in which some slices were replaced by something else."""
    data = draw(st.sampled_from(SOUND))
    scraps = st.binary(max_size=8) | st.sampled_from(
        [
            b"\r\n",
            b"\r\n ",
            b'"',
            b"\\",
            b"<",
            b">",
            b";",
            b",",
            b"%",
            b"\x00",
            b"\xff",
            b"l: 9\r\n",
        ]
    )
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        end = draw(st.integers(start, min(len(data), start + 20)))
        data = data[:start] + draw(scraps) + data[end:]
    return data


@given(st.binary(max_size=300))
@example(b"SIP/2.0 200 OK\r\n\r\n")
@example(b"A sip:a SIP/2.0\r\nv:\r\n\r\n")
def test_random_octets_raise_nothing_undocumented(data: bytes) -> None:
    survive(data)


@given(bent())
def test_bent_messages_raise_nothing_undocumented(data: bytes) -> None:
    survive(data)


@pytest.mark.parametrize("data", SOUND)
def test_datagram_that_was_cut_off_is_never_taken_for_a_whole_one(data: bytes) -> None:
    """RFC 3261 §18.3."""
    for end in range(len(data)):
        with pytest.raises(MalformedMessage):
            parse_message(data[:end])


EVERY_FIELD = request(
    "OPTIONS", "sip:a@b", "Contact: <sip:a>", "Require: x", "X: x", Content_Type="a/b"
)
HUGE = {
    "blanks": " " * 65000,
    "blanks between": "a" + " \t" * 32000 + "b",
    "commas": "," * 65000,
    "quotes": '"' * 65000,
    "open quote": '"' + "a" * 65000,
    "escapes": '"' + "\\" * 64999,
    "semicolons": ";" * 65000,
    "parameters": "<sip:a>" + ";a=1" * 16000,
    "brackets": "<" * 65000,
    "pairs of brackets": "<>" * 32000,
    "folds": "a" + "\r\n b" * 16000,
    "empty folds": "a" + "\r\n " * 21000,
    "addresses": "<sip:a>," * 8000,
    "bare addresses": "a:b," * 16000,
    "percent signs": "sip:" + "%41" * 21000 + "@a",
    "uri parameters": "<sip:a" + ";b" * 32000 + ">",
    "uri header fields": "<sip:a?" + "b=c&" * 16000 + "b=c>",
    "colons": "sip:" + ":" * 65000,
    "at signs": "sip:" + "@" * 65000,
    "digits": "9" * 65000,
    "zeros": "0" * 65000,
    "slashes": "SIP/2.0/UDP" + "/ " * 32000,
}


@pytest.mark.parametrize("kind", HUGE)
@pytest.mark.parametrize(
    "header",
    ["Via", "From", "Call-ID", "CSeq", "Contact", "Content-Type", "Content-Length", "Require", "X"],
)
def test_field_of_64_kib_is_judged_in_linear_time(header: str, kind: str) -> None:
    """Anything quadratic would take minutes over all cases."""
    before, name, after = EVERY_FIELD.partition(f"\r\n{header}: ".encode())
    assert name
    survive(before + name + HUGE[kind][:65000].encode() + after[after.index(b"\r\n") :])


def test_error_quotes_only_the_start_of_what_is_wrong() -> None:
    """It goes to a log, which must not grow by what a peer sends."""
    for hostile in HUGE.values():
        with pytest.raises(MalformedMessage) as caught:
            parse_message(request(CSeq=hostile[:65000]))
        assert len(str(caught.value)) < 1000


def test_request_uri_of_64_kib_is_judged_in_linear_time() -> None:
    for hostile in HUGE.values():
        survive(request(uri=hostile.replace("\r\n", "").replace(" ", "")[:65000]))


@pytest.mark.parametrize(
    "line", ["A: b", "Via: SIP/2.0/UDP a", ": ", "", "a", "To: <sip:a@b>", " c"]
)
def test_a_thousand_header_fields_raise_nothing_undocumented(line: str) -> None:
    survive(request("OPTIONS", "sip:hall@example.org", *[line] * 1000))


@pytest.mark.parametrize(
    "length", ["-1", "0x5", "1e9", "9" * 5000, "4 4", "4,4", "", "٣", "\x00", "70000"]
)
def test_hostile_length_is_refused(length: str) -> None:
    """RFC 4475 §3.1.2.3."""
    with pytest.raises(MalformedMessage, match="Content-Length"):
        parse_message(request(body=b"four", Content_Length=length))


def test_nested_garbage_is_no_message() -> None:
    """A message within a field, a body, a quoted string, a URI."""
    inner = invite().decode()
    for data in (
        request(body=invite(), Content_Type="message/sip"),
        request("OPTIONS", "sip:hall@example.org", "X: " + inner.replace("\r\n", "\r\n ")),
        request(From='"' + inner.replace('"', '\\"').replace("\r\n", " ") + '" <sip:a>;tag=1'),
        request(uri="sip:" + inner.replace("\r\n", "").replace(" ", "")),
        b"<" * 20000 + invite(),
    ):
        survive(data)


@pytest.mark.parametrize("attribute", TYPED)
@given(st.text(st.characters(exclude_characters="\r\n"), max_size=60))
def test_typed_field_is_a_value_or_malformed(attribute: str, text: str) -> None:
    header = vars(Message)[attribute].header
    for sound in (parse_message(request()), parse_message(response())):
        message = replace(sound, headers=sound.headers.without(header).with_added(header, text))
        with suppress(MalformedHeader):
            getattr(message, attribute)
