from collections import Counter

import pytest

from sip.location.server_selection import MAXIMUM_DRAWN, in_order_of_trial
from tests.sip.location.zone import lots, srv


def names(*servers: tuple[str, int, int], drawn: tuple[float, ...] = ()) -> str:
    """The order of servers that are given as name, priority, weight."""
    records = [srv(name, priority=priority, weight=weight) for name, priority, weight in servers]
    return "".join(each.target for each in in_order_of_trial(records, lots(*drawn)))


def test_the_lowest_priority_is_tried_first_whatever_the_weight() -> None:
    """RFC 2782, "Priority"."""
    assert names(("c", 30, 99), ("a", 10, 0), ("b", 20, 50)) == "abc"


@pytest.mark.parametrize(
    ("drawn", "expected"),
    [
        # Running sums: a 10, b 40, c 100; the lot is between 0 and 100.
        ((0.0, 0.0), "abc"),
        ((0.10, 0.0), "abc"),
        ((0.11, 0.0), "bac"),
        ((0.40, 0.0), "bac"),
        ((0.41, 0.0), "cab"),
        ((0.999, 0.999), "cba"),
    ],
)
def test_the_first_whose_running_sum_reaches_the_lot_is_next(
    drawn: tuple[float, ...], expected: str
) -> None:
    """RFC 2782, "Weight"."""
    assert names(("a", 1, 10), ("b", 1, 30), ("c", 1, 60), drawn=drawn) == expected


@pytest.mark.parametrize(("drawn", "expected"), [((0.0,), "za"), ((0.001,), "za"), ((0.1,), "az")])
def test_a_server_without_weight_has_a_small_chance(
    drawn: tuple[float, ...], expected: str
) -> None:
    """RFC 2782: it is placed first, and so drawn with the lot 0 only."""
    assert names(("a", 1, 99), ("z", 1, 0), drawn=drawn) == expected


def test_the_whole_sum_can_be_drawn() -> None:
    """RFC 2782: a number from 0 to the sum of the weights, both included."""
    assert names(("a", 1, 1), ("b", 1, 1), drawn=(0.7,)) == "ba"


def test_weights_share_out_the_load() -> None:
    steps = 1000
    first = Counter(
        names(("a", 1, 60), ("b", 1, 40), drawn=(step / steps,))[0] for step in range(steps)
    )
    assert first["a"] == pytest.approx(600, abs=10)


def test_no_more_than_a_bounded_number_of_servers_takes_part() -> None:
    many = [srv(f"s{number}", priority=number) for number in reversed(range(5000))]
    ordered = in_order_of_trial(many, lots())
    assert [each.target for each in ordered] == [f"s{number}" for number in range(MAXIMUM_DRAWN)]
