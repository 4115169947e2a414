from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip.errors import MalformedMessage
from sip.syntax.message import MAXIMUM_MESSAGE_BYTES
from sip.transport.framing import KeepAlive, StreamFramer
from tests.sip.wire import invite, request, response

MESSAGES = [
    invite(),
    request("MESSAGE", body=b"\r\n\r\nINVITE\r\nl: 9\r\n\r\n\x00"),
    response(),
    request("OPTIONS", "sip:hall@example.org", "l :\r\n 0", Content_Length=None),
]


def cut(stream: bytes, sizes: list[int]) -> list[bytes | KeepAlive]:
    framer = StreamFramer()
    pieces: list[bytes | KeepAlive] = []
    for size in sizes:
        pieces += framer.feed(stream[:size])
        stream = stream[size:]
    pieces += framer.feed(stream)
    assert not framer.incomplete
    return pieces


@given(
    st.lists(st.sampled_from(MESSAGES), max_size=6),
    st.lists(st.integers(0, 700), max_size=12),
)
def test_messages_come_out_whole_however_the_stream_is_cut(
    messages: list[bytes], sizes: list[int]
) -> None:
    """RFC 3261 §18.3."""
    assert cut(b"".join(messages), sizes) == messages


def test_empty_lines_between_messages_are_keep_alives() -> None:
    """RFC 5626 §4.4.1."""
    stream = b"\r\n\r\n" + MESSAGES[0] + b"\r\n" + MESSAGES[1] + b"\r\n\r\n"
    assert cut(stream, []) == [
        KeepAlive.PING,
        MESSAGES[0],
        KeepAlive.PONG,
        MESSAGES[1],
        KeepAlive.PING,
    ]


def test_keep_alives_in_a_row_count_as_one() -> None:
    """So that a flood of them is not answered by a flood."""
    assert cut(b"\r\n\r\n" * 10_000, []) == [KeepAlive.PING]


def test_half_an_empty_line_is_waited_for() -> None:
    framer = StreamFramer()
    assert framer.feed(b"\r") == []
    assert framer.incomplete
    assert framer.feed(b"\n" + MESSAGES[0]) == [KeepAlive.PONG, MESSAGES[0]]


def test_message_that_has_begun_is_incomplete_until_it_ends() -> None:
    framer = StreamFramer()
    states = []
    for piece in (b"", MESSAGES[0][:-1], MESSAGES[0][-1:]):
        framer.feed(piece)
        states.append(framer.incomplete)
    assert states == [False, True, False]


@pytest.mark.parametrize(
    "data",
    [
        request(Content_Length=None),
        request(Content_Length="-1"),
        request(Content_Length="+1"),
        request(Content_Length="1e3"),
        request(Content_Length=""),
        request(Content_Length="9" * 5000),
        request(Content_Length=str(MAXIMUM_MESSAGE_BYTES + 1)),
        request("OPTIONS", "sip:hall@example.org", "l: 0"),
        request(Content_Length="0\r\n 1"),
        request(Content_Length="0\r1"),
    ],
)
def test_length_that_cannot_be_believed_ends_the_connection_with_an_answer(data: bytes) -> None:
    """RFC 3261 §20.14: a stream has no other mark between messages."""
    framer = StreamFramer()
    with pytest.raises(MalformedMessage) as caught:
        framer.feed(data)
    assert caught.value.code == 400
    assert caught.value.request is not None


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\nHost: hall\r\n\r\n",
        request("ACK", Content_Length=None),
        response(Content_Length=None),
        b"\x16\x03\x01" + bytes(MAXIMUM_MESSAGE_BYTES),
    ],
)
def test_what_is_no_request_ends_the_connection_without_an_answer(data: bytes) -> None:
    with pytest.raises(MalformedMessage) as caught:
        StreamFramer().feed(data)
    assert caught.value.request is None


def test_header_without_an_end_is_given_up_at_the_bound() -> None:
    framer = StreamFramer()
    assert framer.feed(b"a" * MAXIMUM_MESSAGE_BYTES) == []
    with pytest.raises(MalformedMessage) as caught:
        framer.feed(b"a")
    assert caught.value.code == 513


def test_message_above_the_bound_is_given_up_before_its_body_comes() -> None:
    header = request(body=b"x" * (MAXIMUM_MESSAGE_BYTES - 10)).partition(b"\r\n\r\n")[0]
    with pytest.raises(MalformedMessage) as caught:
        StreamFramer().feed(header + b"\r\n\r\n")
    assert caught.value.code == 513


def test_message_before_a_malformed_one_is_not_lost() -> None:
    framer = StreamFramer()
    assert framer.feed(MESSAGES[0] + request(Content_Length="x") + MESSAGES[1]) == [MESSAGES[0]]
    for _ in range(2):
        with pytest.raises(MalformedMessage):
            framer.feed(b"")


@given(st.lists(st.binary(max_size=40) | st.sampled_from([b"\r\n", b"\r\n\r\n", *MESSAGES])))
def test_any_stream_is_cut_or_given_up(chunks: list[bytes]) -> None:
    framer = StreamFramer()
    try:
        for chunk in chunks:
            framer.feed(chunk)
    except MalformedMessage:
        return
