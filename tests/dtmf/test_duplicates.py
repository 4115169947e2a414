import pytest
from hypothesis import given
from hypothesis import strategies as st

from dtmf.duplicates import REMEMBERED, WINDOW_S, DuplicateFilter, Method

RTP, INFO = Method.RTP, Method.INFO
Told = tuple[str, Method, float]


def counted(*told: Told) -> str:
    duplicates = DuplicateFilter()
    return "".join(digit for digit, method, at in told if duplicates.is_new(digit, method, at))


@pytest.mark.parametrize(("first", "second"), [(RTP, INFO), (INFO, RTP)])
def test_a_key_told_both_ways_counts_once(first: Method, second: Method) -> None:
    assert counted(("5", first, 0.0), ("5", second, 0.1)) == "5"


@pytest.mark.parametrize("method", [RTP, INFO])
def test_a_key_told_twice_the_same_way_counts_twice(method: Method) -> None:
    assert counted(("5", method, 0.0), ("5", method, 0.1)) == "55"


def test_a_key_pressed_twice_and_told_both_ways_counts_twice() -> None:
    assert counted(("5", RTP, 0.0), ("5", INFO, 0.1), ("5", RTP, 0.3), ("5", INFO, 0.4)) == "55"
    assert counted(("5", RTP, 0.0), ("5", RTP, 0.3), ("5", INFO, 0.4), ("5", INFO, 0.5)) == "55"


def test_different_keys_are_never_duplicates() -> None:
    assert counted(("5", RTP, 0.0), ("6", INFO, 0.0)) == "56"


def test_a_telling_after_the_window_is_another_press() -> None:
    assert counted(("5", RTP, 0.0), ("5", INFO, WINDOW_S)) == "55"
    assert counted(("5", RTP, 0.0), ("5", INFO, WINDOW_S - 0.01)) == "5"


def test_a_telling_that_was_lost_costs_no_key() -> None:
    """The first press by RTP is lost: INFO alone tells it, and the second press both."""
    assert counted(("5", INFO, 0.1), ("5", RTP, 0.3), ("5", INFO, 0.4)) == "55"


@given(st.lists(st.tuples(st.sampled_from("12"), st.booleans()), max_size=40))
def test_keys_told_in_step_by_both_ways_count_as_pressed(keys: list[tuple[str, bool]]) -> None:
    told: list[Told] = []
    for i, (digit, rtp_first) in enumerate(keys):
        ways = (RTP, INFO) if rtp_first else (INFO, RTP)
        told += [(digit, way, i * 0.2) for way in ways]
    assert counted(*told) == "".join(digit for digit, _ in keys)


def test_a_flood_is_forgotten_oldest_first() -> None:
    flood = [("5", RTP, 0.0)] * (REMEMBERED + 5)
    assert counted(*flood, *[("5", INFO, 0.1)] * (REMEMBERED + 1)) == "5" * (REMEMBERED + 6)
