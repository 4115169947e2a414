from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dtmf.errors import BadDigit, MalformedInfo
from dtmf.info import BARE, LONGEST_BODY, RELAY, InfoDigit, carries_digit, info_body, parse_info
from dtmf.telephone_event import DIGITS


@pytest.mark.parametrize(
    ("body", "digit", "duration_ms"),
    [
        pytest.param("Signal=5\r\nDuration=160\r\n", "5", 160, id="as most send it"),
        pytest.param("Signal= 5\r\nDuration= 160\r\n", "5", 160, id="spaces after ="),
        pytest.param(" Signal = 5 \r\n Duration = 160 \r\n", "5", 160, id="spaces everywhere"),
        pytest.param("Signal=5\nDuration=160\n", "5", 160, id="line feeds only"),
        pytest.param("Signal=5\rDuration=160", "5", 160, id="carriage returns only"),
        pytest.param("Signal=5Duration=160", "5", 160, id="no line end between"),
        pytest.param("Signal=DDuration=160", "D", 160, id="no line end after a D"),
        pytest.param("Signal=5 Duration=160", "5", 160, id="a space between"),
        pytest.param("Signal=5", "5", None, id="no duration"),
        pytest.param("SIGNAL=5\r\nDURATION=160", "5", 160, id="upper case"),
        pytest.param("signal=d\r\nduration=160", "D", 160, id="lower case"),
        pytest.param("Duration=160\r\nSignal=5\r\n", "5", 160, id="the other way round"),
        pytest.param("Signal=*\r\nDuration=160", "*", 160, id="star"),
        pytest.param("Signal=#\r\nDuration=160", "#", 160, id="hash"),
        pytest.param("Signal=10\r\nDuration=160", "*", 160, id="star as event code"),
        pytest.param("Signal=11\r\nDuration=160", "#", 160, id="hash as event code"),
        pytest.param("Signal=15\r\nDuration=160", "D", 160, id="D as event code"),
        pytest.param("Signal=5\r\nDuration=\r\n", "5", None, id="empty duration"),
        pytest.param("Signal=5\r\nDuration=-1", "5", None, id="negative duration"),
        pytest.param("Signal=5\r\nDuration=999999999", "5", None, id="absurd duration"),
    ],
)
def test_every_spelling_of_a_relayed_key_is_read(
    body: str, digit: str, duration_ms: int | None
) -> None:
    assert parse_info(RELAY, body.encode()) == InfoDigit(digit, duration_ms)


@pytest.mark.parametrize(
    ("body", "digit"),
    [("5", "5"), (" 5\r\n", "5"), ("11", "#"), ("b", "B"), ("Signal=5\r\n", "5"), ("5\nx", "5")],
)
def test_every_spelling_of_a_bare_key_is_read(body: str, digit: str) -> None:
    assert parse_info(BARE, body.encode()) == InfoDigit(digit, None)


@pytest.mark.parametrize("digit", DIGITS)
def test_what_we_send_is_what_we_read(digit: str) -> None:
    content_type, body = info_body(digit, 120)
    assert parse_info(content_type, body) == InfoDigit(digit, 120)


def test_only_keys_are_sent() -> None:
    with pytest.raises(BadDigit, match="'x'"):
        info_body("x", 120)


@pytest.mark.parametrize(
    ("content_type", "body", "named"),
    [
        (RELAY, "", "''"),
        (RELAY, "5", "'5'"),
        (RELAY, "Signal=\r\nDuration=160", "''"),
        (RELAY, "Signal=Z", "'Z'"),
        (RELAY, "Signal=16", "'16'"),
        (RELAY, "Signal=123", "'123'"),
        (RELAY, "Signal=hf\r\nDuration=160", "'hf'"),
        (BARE, "", "''"),
        (BARE, "x5", "'x5'"),
        (RELAY, " " * (LONGEST_BODY + 1), str(LONGEST_BODY + 1)),
        ("application/media_control+xml", "<x/>", "media_control"),
    ],
)
def test_a_body_without_a_key_is_refused_and_named(
    content_type: str, body: str, named: str
) -> None:
    with pytest.raises(MalformedInfo, match=named):
        parse_info(content_type, body.encode())


def test_the_content_type_is_read_without_case_and_parameters() -> None:
    assert carries_digit("Application/DTMF-Relay ; charset=utf-8")
    assert parse_info("APPLICATION/DTMF;x=y", b"5").digit == "5"
    assert not carries_digit("application/dtmf-relay2")
    assert not carries_digit("")


@given(st.sampled_from([RELAY, BARE]), st.binary(max_size=LONGEST_BODY + 10))
def test_no_body_does_more_than_be_malformed(content_type: str, body: bytes) -> None:
    with suppress(MalformedInfo):
        assert parse_info(content_type, body).digit in DIGITS
