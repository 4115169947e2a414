"""How long one server may stay silent before the next is tried."""

from typing import Final

from sip.transaction.timers import T1, T2, TIMER_F

FULL: Final = TIMER_F
"""What RFC 3261 waits (timers B and F), in seconds."""


def patience_s(method: str, retransmissions: int) -> float:
    """Seconds from the first copy of a request to giving its server up.

    It ends when the copy after `retransmissions` of them would be due (RFC 3261 §17.1.1.2,
    §17.1.2.2): with 0 after 0.5 s, with 3 after 7.5 s.
    """
    end, gap = T1, T1
    for _ in range(retransmissions):
        gap = 2 * gap if method == "INVITE" else min(2 * gap, T2)
        end += gap
        if end >= FULL:
            return FULL
    return end
