"""RFC 3261 §14.1."""

import pytest

from sip.session.glare import retry_wait_s


@pytest.mark.parametrize(
    ("owns_call_id", "shortest", "longest"), [(True, 2.1, 4.0), (False, 0.0, 2.0)]
)
def test_the_wait_depends_on_who_made_the_call_id(
    owns_call_id: bool, shortest: float, longest: float
) -> None:
    waits = [retry_wait_s(n / 1000, owns_call_id=owns_call_id) for n in range(1000)]
    assert min(waits) == shortest
    assert max(waits) == pytest.approx(longest)
    assert all(round(wait * 100, 6) % 1 == 0 for wait in waits), "units of 10 ms"
