"""How long to wait before a server that failed is asked again (RFC 5626 §4.5)."""

from typing import Final

BASE_S: Final = 5.0
"""Base time. The RFC suggests 30 s and leaves the choice to us: a door that cannot be heard for a
minute because its server was started anew is what users complain of."""

LONGEST_S: Final = 300.0
"""Longest wait; the RFC suggests 1800 s."""

MAXIMUM_DOUBLINGS: Final = 16


def wait_s(failures: int, fraction: float) -> float:
    """Seconds to wait after so many failures in a row, at least 1; `fraction` is from 0 up to 1.

    The bound doubles with each failure, and the wait is a random half to whole of it, so that the
    phones of a whole building do not come back at the same moment.
    """
    bound = min(LONGEST_S, BASE_S * 2.0 ** min(failures, MAXIMUM_DOUBLINGS))
    return bound * (0.5 + fraction / 2)
