"""How long one server may stay silent (RFC 3261 §17.1.1.2, §17.1.2.2)."""

import pytest

from sip.client.patience import patience_s


@pytest.mark.parametrize(
    ("method", "retransmissions", "seconds"),
    [
        ("REGISTER", 0, 0.5),
        ("REGISTER", 1, 1.5),
        ("REGISTER", 3, 7.5),
        ("REGISTER", 4, 11.5),
        ("REGISTER", 10, 32.0),
        ("INVITE", 3, 7.5),
        ("INVITE", 4, 15.5),
        ("INVITE", 6, 32.0),
        ("INVITE", 1000, 32.0),
    ],
)
def test_patience_ends_when_one_copy_more_would_be_due(
    method: str, retransmissions: int, seconds: float
) -> None:
    assert patience_s(method, retransmissions) == seconds
