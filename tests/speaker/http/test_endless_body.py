"""Sound without a length, as clients of HTTP/1.0 send it (VAPIX Audio API)."""

import time

import pytest

from speaker.http.endless_body import LENGTH, with_length

OLD = b"POST /axis-cgi/audio/transmit.cgi?a=1 HTTP/1.0\r\n"
KIND = b"Content-Type: audio/basic\r\n"


def test_a_length_is_put_where_there_is_none() -> None:
    assert with_length(OLD + KIND + b"\r\nsound") == OLD + LENGTH + KIND + b"\r\nsound"


@pytest.mark.parametrize(
    "data",
    [
        OLD + b"content-LENGTH: 5\r\n\r\nsound",
        OLD + b"Transfer-Encoding: chunked\r\n\r\n",
        OLD.replace(b"1.0", b"1.1") + KIND + b"\r\n",
        OLD.replace(b"transmit", b"receive") + KIND + b"\r\n",
        OLD.replace(b"POST", b"GET") + KIND + b"\r\n",
        OLD + KIND,
        b"",
        b"content-length: \r\n\r\n",
    ],
)
def test_all_others_stay_as_they_are(data: bytes) -> None:
    assert with_length(data) == data


def test_a_body_that_looks_like_a_header_is_none() -> None:
    data = OLD + KIND + b"\r\nContent-Length: 5\r\n"
    assert with_length(data).startswith(OLD + LENGTH)


def test_a_request_line_that_repeats_the_address_takes_no_time() -> None:
    """Anybody can send one, and the loop that reads it carries the calls."""
    line = b"POST " + b"/audio/transmit.cgi?" * 6000
    began = time.process_time()
    assert with_length(line) == line
    assert time.process_time() - began < 0.1
