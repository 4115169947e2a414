"""Both sides asked for a change at once (RFC 3261 §14.1)."""

from typing import Final

OWNER_WAIT_S: Final = (2.1, 4.0)
"""Shortest and longest wait of the side that made the Call-ID."""

OTHER_WAIT_S: Final = (0.0, 2.0)
"""The same for the other side, so that one of them is always first."""

UNIT_S: Final = 0.01

BUSY_RETRY_S: Final = 10
"""Longest Retry-After of the 500 to a second INVITE before the first is answered (§14.2)."""


def retry_wait_s(fraction: float, *, owns_call_id: bool) -> float:
    """How long to wait after a 491 before asking again, in steps of 10 ms.

    `fraction` is random, from 0 up to 1.
    """
    shortest, longest = OWNER_WAIT_S if owns_call_id else OTHER_WAIT_S
    steps = round((longest - shortest) / UNIT_S) + 1
    return shortest + int(fraction * steps) * UNIT_S
