"""Receiving telephone-events: packets as rows of (time stamp, payload), presses out."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dtmf.event_receiver import REMEMBERED, SILENCE_S, Digit, EventReceiver
from dtmf.event_sender import event_payloads
from dtmf.telephone_event import DIGITS, LONGEST_DURATION, TelephoneEvent

Packet = tuple[int, bytes]


def press(digit: str, stamp: int, duration_ms: int = 100) -> list[Packet]:
    """All packets of one press, in the order sent: some that go on, then three ends."""
    return [(stamp, payload) for payload in event_payloads(digit, duration_ms)]


def presses(
    packets: list[Packet], receiver: EventReceiver | None = None, *, marker: bool = False
) -> str:
    """The keys reported for `packets`, which arrive every 20 ms, none with a marker by default."""
    receiver = receiver or EventReceiver()
    digits = [
        digit
        for i, (stamp, payload) in enumerate(packets)
        for digit in receiver.on_packet(payload, stamp, marker, i * 0.02)
    ]
    return "".join(digit.digit for digit in digits)


def segment(digit: str, stamp: int, *durations: int, end: bool = False) -> list[Packet]:
    code = DIGITS.index(digit)
    return [(stamp, bytes(TelephoneEvent(code, end, -10, duration))) for duration in durations]


FIVE = press("5", 1000)
SIX = press("6", 3000)


def test_a_press_is_reported_with_its_first_packet() -> None:
    """RFC 4733 §2.5.2.2: rules act when the key goes down."""
    receiver = EventReceiver()
    assert receiver.on_packet(FIVE[0][1], 1000, True, 0.0) == [Digit("5")]
    assert presses(FIVE[1:], receiver) == ""


@pytest.mark.parametrize(
    "packets",
    [
        pytest.param(FIVE, id="all of them"),
        pytest.param(FIVE[:-2], id="the end once"),
        pytest.param(FIVE[1:], id="first lost"),
        pytest.param(FIVE[-3:], id="only the three ends"),
        pytest.param(FIVE[-1:], id="only the last end"),
        pytest.param(FIVE[:1], id="only the first"),
        pytest.param([packet for packet in FIVE for _ in range(3)], id="each three times"),
        pytest.param(FIVE[::-1], id="backwards"),
        pytest.param([*FIVE[-3:], *FIVE[:4]], id="ends before the others"),
    ],
)
def test_one_press_counts_once_whatever_happens_to_its_packets(packets: list[Packet]) -> None:
    assert presses(packets) == "5"
    assert presses(packets, marker=True) == "5"


@given(st.integers(0, 2**32 - 1), st.randoms(use_true_random=False))
def test_presses_survive_loss_and_doubling_and_shuffling_within_each(
    stamp: int, chance: random.Random
) -> None:
    packets: list[Packet] = []
    keys = "11*0#D"
    for i, key in enumerate(keys):
        sent = press(key, (stamp + i * 2000) % 2**32)
        packets += chance.choices(sent, k=chance.randint(1, 12))
    assert presses(packets) == keys


def test_the_next_press_ends_one_whose_end_was_lost() -> None:
    receiver = EventReceiver()
    assert presses([*FIVE[:3], *SIX[:1]], receiver) == "56"
    assert receiver.held == "6"


def test_late_packets_of_the_press_before_report_and_change_nothing() -> None:
    receiver = EventReceiver()
    assert presses([*FIVE[:4], *SIX[:2], *FIVE[4:]], receiver) == "56"
    assert receiver.held == "6"


def test_the_same_key_pressed_twice_counts_twice() -> None:
    assert presses([*press("5", 1000), *press("5", 2000)]) == "55"


def test_a_press_longer_than_one_segment_counts_once() -> None:
    """RFC 4733 §2.5.1.3: a segment starts where the longest duration ends, without marker."""
    last = (1000 + 2 * LONGEST_DURATION) % 2**32
    packets = [
        *segment("5", 1000, 160, 65440, LONGEST_DURATION),
        *segment("5", 1000 + LONGEST_DURATION, 160, LONGEST_DURATION),
        *segment("5", last, 160),
        *segment("5", last, 320, 320, 320, end=True),
    ]
    assert presses(packets) == "5"


def test_segments_go_on_where_the_time_stamp_wraps() -> None:
    start = 2**32 - 100
    packets = [*segment("5", start, 160), *segment("5", LONGEST_DURATION - 100, 160)]
    assert presses(packets) == "5"


@pytest.mark.parametrize(
    ("first_ends", "next_key", "marker"),
    [
        pytest.param(True, "5", False, id="the first has ended"),
        pytest.param(False, "6", False, id="another key"),
        pytest.param(False, "5", True, id="a marker"),
    ],
)
def test_what_follows_a_long_segment_is_a_press_of_its_own_if(
    first_ends: bool, next_key: str, marker: bool
) -> None:
    receiver = EventReceiver()
    presses(segment("5", 1000, LONGEST_DURATION, end=first_ends), receiver)
    later = segment(next_key, 1000 + LONGEST_DURATION, 160)
    assert presses(later, receiver, marker=marker) == next_key


def test_a_key_whose_end_is_lost_is_released_after_a_silence() -> None:
    receiver = EventReceiver()
    receiver.on_packet(FIVE[0][1], 1000, True, 10.0)
    seen = []
    for at in (10.0, 10.0 + SILENCE_S / 2, 10.0 + SILENCE_S):
        receiver.on_timer(at)
        seen.append((receiver.held, receiver.deadline))
    assert seen == [("5", 10.0 + SILENCE_S), ("5", 10.0 + SILENCE_S), (None, None)]
    assert receiver.on_packet(FIVE[-1][1], 1000, False, 12.0) == []


def test_the_end_bit_releases_the_key_and_packets_out_of_order_do_not_press_it_again() -> None:
    receiver = EventReceiver()
    presses([*FIVE, FIVE[0]], receiver)
    assert (receiver.held, receiver.deadline) == (None, None)


def test_events_that_are_no_keys_are_ignored_and_counted() -> None:
    """A fax tone or a hook flash is not to be read as a key."""
    receiver = EventReceiver()
    flash = bytes(TelephoneEvent(16, False, -10, 160))
    assert presses([(1000, flash), (2000, bytes([255, 138, 3, 32]))], receiver) == ""
    assert receiver.ignored == 2
    assert receiver.held is None


def test_the_same_stamp_with_another_key_is_another_press() -> None:
    """Against the RFC, but a key too many can be pressed again, and a lost one is not noticed."""
    assert presses([*press("5", 1000), *press("6", 1000)]) == "56"


@given(st.lists(st.tuples(st.integers(0, 2**32 - 1), st.binary(max_size=6), st.booleans())))
def test_no_payload_raises_or_leaves_more_than_a_bounded_memory(
    packets: list[tuple[int, bytes, bool]],
) -> None:
    receiver = EventReceiver()
    for i, (stamp, payload, marker) in enumerate(packets):
        receiver.on_packet(payload, stamp, marker, i * 0.02)
    assert receiver.malformed == sum(len(payload) < 4 for _, payload, _ in packets)


def test_a_flood_of_stamps_is_forgotten_oldest_first() -> None:
    receiver = EventReceiver()
    flood = [packet for i in range(REMEMBERED + 1) for packet in segment("5", i * 1000, 160)]
    assert len(presses(flood, receiver)) == REMEMBERED + 1
    assert presses(segment("5", 1000, 320), receiver) == ""
    assert presses(segment("5", 0, 320), receiver) == "5"
