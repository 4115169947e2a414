import pytest

from dtmf.errors import BadDigit
from dtmf.event_sender import event_payloads
from dtmf.telephone_event import TelephoneEvent


def timeline(payloads: list[bytes]) -> list[tuple[int, bool]]:
    events = [TelephoneEvent.parse(payload) for payload in payloads]
    return [(event.duration, event.end) for event in events]


def test_durations_grow_by_the_packet_interval_and_the_end_comes_three_times() -> None:
    """RFC 4733 §2.5.1.2 and §2.5.1.4."""
    payloads = event_payloads("5", 100)
    assert timeline(payloads) == [
        (160, False), (320, False), (480, False), (640, False),
        (800, True), (800, True), (800, True),
    ]  # fmt: skip
    assert {(e.event, e.volume_dbm0) for e in map(TelephoneEvent.parse, payloads)} == {(5, -10)}


def test_the_final_duration_is_exact_when_no_multiple_of_the_interval() -> None:
    assert timeline(event_payloads("5", 50)) == [
        (160, False), (320, False), (400, True), (400, True), (400, True),
    ]  # fmt: skip


def test_a_press_shorter_than_the_interval_has_ends_only() -> None:
    assert timeline(event_payloads("5", 15)) == [(120, True)] * 3


def test_durations_count_the_stream_s_own_clock() -> None:
    """RFC 4733 §2.1: Opus runs at 48 kHz."""
    assert timeline(event_payloads("5", 40, clock_rate_hz=48000))[0] == (960, False)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"digit": "x", "duration_ms": 100}, "'x'"),
        ({"digit": "", "duration_ms": 100}, "''"),
        ({"digit": "5", "duration_ms": 0}, "0 ms"),
        ({"digit": "5", "duration_ms": 8192}, "65536"),
        ({"digit": "5", "duration_ms": 100, "packet_interval_ms": 0}, "every 0 ms"),
        ({"digit": "5", "duration_ms": 100, "clock_rate_hz": -1}, "-1 Hz"),
        ({"digit": "5", "duration_ms": 1, "clock_rate_hz": 500}, "0 clock units"),
        ({"digit": "5", "duration_ms": 100, "volume_dbm0": 1}, "1 dBm0"),
        ({"digit": "5", "duration_ms": 100, "volume_dbm0": -64}, "-64 dBm0"),
    ],
)
def test_what_cannot_be_sent_is_refused_and_named(arguments: dict[str, object], named: str) -> None:
    with pytest.raises(BadDigit, match=named):
        event_payloads(**arguments)  # type: ignore[arg-type]
