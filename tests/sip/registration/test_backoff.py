"""RFC 5626 §4.5."""

import pytest

from sip.registration.backoff import BASE_S, LONGEST_S, wait_s


@pytest.mark.parametrize(
    ("failures", "bound"), [(0, 5), (1, 10), (2, 20), (5, 160), (6, 300), (10**6, 300)]
)
def test_the_wait_is_a_random_half_to_whole_of_a_doubling_bound(
    failures: int, bound: float
) -> None:
    assert wait_s(failures, 0.0) == bound / 2
    assert wait_s(failures, 0.999999) == pytest.approx(bound, rel=1e-3)


def test_the_first_wait_is_short_and_none_is_endless() -> None:
    assert (BASE_S, LONGEST_S) == (5.0, 300.0)
