from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.errors import MalformedDescription
from media.sdp.session_description import (
    MAXIMUM_MEDIA,
    MAXIMUM_SIZE,
    Attribute,
    MediaDescription,
    Origin,
    SessionDescription,
)

PLAIN = (
    b"v=0\r\n"
    b"o=- 17 3 IN IP4 192.0.2.7\r\n"
    b"s=call\r\n"
    b"c=IN IP4 192.0.2.7\r\n"
    b"t=0 0\r\n"
    b"a=sendonly\r\n"
    b"m=audio 4000 RTP/AVP 0 8\r\n"
    b"c=IN IP6 2001:db8::7\r\n"
    b"a=rtpmap:0 PCMU/8000\r\n"
    b"m=video 0 RTP/SAVPF 96\r\n"
)


def test_each_field_is_read() -> None:
    """RFC 8866 §5."""
    assert SessionDescription.parse(PLAIN) == SessionDescription(
        origin=Origin(17, 3, "192.0.2.7"),
        name="call",
        address="192.0.2.7",
        attributes=(Attribute("sendonly"),),
        media=(
            MediaDescription(
                media="audio",
                port=4000,
                protocol="RTP/AVP",
                formats=("0", "8"),
                address="2001:db8::7",
                attributes=(Attribute("rtpmap", "0 PCMU/8000"),),
            ),
            MediaDescription(media="video", port=0, protocol="RTP/SAVPF", formats=("96",)),
        ),
    )


def test_writing_is_the_inverse_of_reading() -> None:
    assert bytes(SessionDescription.parse(PLAIN)) == PLAIN


@pytest.mark.parametrize("ending", [b"\n", b"\r", b"\r\n\r\n", b" \r\n"])
def test_any_line_ending_is_read(ending: bytes) -> None:
    """RFC 8866 §5: parsers should take a bare line feed; phones send worse."""
    assert SessionDescription.parse(PLAIN.replace(b"\r\n", ending)) == SessionDescription.parse(
        PLAIN
    )


@pytest.mark.parametrize(
    "line", [b"b=AS:64", b"i=what it is", b"z=0 0", b"x=unknown", b"k=clear:no", b"a="]
)
def test_lines_of_no_use_are_passed_over(line: bytes) -> None:
    for place in (b"s=call\r\n", b"m=audio 4000 RTP/AVP 0 8\r\n"):
        body = PLAIN.replace(place, place + line + b"\r\n")
        assert SessionDescription.parse(body).media[0].formats == ("0", "8")


def test_missing_name_and_time_are_filled_in() -> None:
    read = SessionDescription.parse(b"v=0\no=- 1 1 IN IP4 192.0.2.7\nm=audio 4 RTP/AVP 0")
    assert (read.name, read.timing) == ("-", "0 0")


def test_the_number_of_ports_and_the_scope_of_multicast_are_left_out() -> None:
    """RFC 8866 §5.7, §5.14."""
    body = PLAIN.replace(b"4000 RTP", b"4000/2 RTP").replace(
        b"c=IN IP4 192.0.2.7", b"c=IN IP4 239.1.2.3/127/3"
    )
    read = SessionDescription.parse(body)
    assert (read.media[0].port, read.address) == (4000, "239.1.2.3")


def test_a_user_name_with_spaces_is_read() -> None:
    body = PLAIN.replace(b"o=- 17", b"o=Front Door 17")
    assert SessionDescription.parse(body).origin.username == "Front Door"


@pytest.mark.parametrize(
    ("old", "new", "offence"),
    [
        (b"v=0", b"v=1", "'1'"),
        (b"v=0\r\n", b"", "version"),
        (b"o=- 17 3 IN IP4 192.0.2.7\r\n", b"", "o= line"),
        (b"o=- 17 3 IN", b"o=- 17 3", "six words"),
        (b"17 3", b"17 three", "three"),
        (b"17 3", b"-17 3", "-17"),
        (b"17 3", b"1" * 21 + b" 3", "session id"),
        (b"audio 4000", b"audio 40000000", "40000000"),
        (b"audio 4000", b"audio 70000", "70000"),
        (b"audio 4000", b"audio x", "'x'"),
        (b"audio 4000 RTP/AVP 0 8", b"audio 4000 RTP/AVP", "four words"),
        (b"c=IN IP4 192.0.2.7", b"c=IN 192.0.2.7", "IN 192"),
        (b"c=IN IP4 192.0.2.7", b"c=ATM NSAP 47", "NSAP"),
        (b"s=call", b"nonsense", "nonsense"),
        (b"s=call", b"name=call", "name=call"),
        (b"0 8", b"0 " * 129, "128"),
    ],
)
def test_what_cannot_be_meant_seriously_is_refused_with_the_offence(
    old: bytes, new: bytes, offence: str
) -> None:
    with pytest.raises(MalformedDescription, match=offence):
        SessionDescription.parse(PLAIN.replace(old, new, 1))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        PLAIN + b"a=" + b"x" * MAXIMUM_SIZE,
        PLAIN + b"a=x\r\n" * 2000,
        PLAIN + b"m=audio 1 RTP/AVP 0\r\n" * MAXIMUM_MEDIA,
    ],
)
def test_everything_is_bounded(body: bytes) -> None:
    with pytest.raises(MalformedDescription):
        SessionDescription.parse(body)


def test_the_next_version_is_one_more() -> None:
    """RFC 3264 §8."""
    assert Origin(5, 1, "192.0.2.1").next_version() == Origin(5, 2, "192.0.2.1")


@settings(deadline=None)
@given(st.binary(max_size=300) | st.sampled_from([PLAIN]).map(lambda b: b[::-1]))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    with contextlib.suppress(MalformedDescription):
        SessionDescription.parse(body)


@settings(deadline=None)
@given(st.data())
def test_a_damaged_description_is_read_or_refused(data: st.DataObject) -> None:
    body = bytearray(PLAIN)
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(body) - 1))
        body[at : at + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=4))
    with contextlib.suppress(MalformedDescription):
        SessionDescription.parse(bytes(body))
