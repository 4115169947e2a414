import pytest
from hypothesis import given
from hypothesis import strategies as st

from dtmf.errors import BadDigit, MalformedPayload
from dtmf.telephone_event import DIGITS, TelephoneEvent, event_code

EVENTS = st.builds(
    TelephoneEvent,
    event=st.integers(0, 255),
    end=st.booleans(),
    volume_dbm0=st.integers(-63, 0),
    duration=st.integers(0, 0xFFFF),
)


def test_a_packet_seen_on_the_wire_is_read_field_by_field_and_written_back() -> None:
    """RFC 4733 §2.3: the end of a press of `#`, 10 dB below 0 dBm0, 800 units long."""
    payload = bytes.fromhex("0b8a0320")
    event = TelephoneEvent.parse(payload)
    assert event == TelephoneEvent(event=11, end=True, volume_dbm0=-10, duration=800)
    assert event.digit == "#"
    assert bytes(event) == payload


@given(EVENTS)
def test_writing_and_reading_are_inverse(event: TelephoneEvent) -> None:
    assert TelephoneEvent.parse(bytes(event)) == event


@pytest.mark.parametrize("length", range(4))
def test_fewer_than_four_bytes_are_no_event(length: int) -> None:
    with pytest.raises(MalformedPayload, match=f"not {length}"):
        TelephoneEvent.parse(bytes.fromhex("0b8a0320")[:length])


def test_the_reserved_bit_is_ignored() -> None:
    """RFC 4733 §2.3.3."""
    assert TelephoneEvent.parse(bytes.fromhex("05ca0320")) == TelephoneEvent(5, True, -10, 800)


def test_only_the_sixteen_keys_are_digits() -> None:
    """RFC 4733 §3.2, table 3; 16 is the hook flash."""
    digits = [TelephoneEvent(code, False, 0, 0).digit for code in range(256)]
    assert digits[:17] == [*DIGITS, None]
    assert set(digits[16:]) == {None}
    assert [event_code(digit) for digit in DIGITS] == list(range(16))


@pytest.mark.parametrize("digit", ["", "12", "a", "E", "+", "٣"])
def test_what_is_no_key_has_no_event_code(digit: str) -> None:
    with pytest.raises(BadDigit):
        event_code(digit)
