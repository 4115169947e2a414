"""Timer values of SIP over one hop, in seconds (RFC 3261 §17, table 4; RFC 6026 §8).

Where a reliable transport makes a wait pointless the tables say zero; the machines then end at
once instead of arming a timer, so that only the values for unreliable transports stand here.
"""

from typing import Final

T1: Final = 0.5
"""Estimate of the round trip; the first gap between retransmissions (timers A, E and G)."""

T2: Final = 4.0
"""Longest gap between retransmissions, except those of an INVITE (timers E and G)."""

T4: Final = 5.0
"""Longest time that a message stays in the network."""

TRYING_S: Final = 0.2
"""How long an INVITE may wait for its first answer before a 100 has to go out (§17.2.1)."""

TIMER_B: Final = 64 * T1
"""An INVITE without any answer is given up."""

TIMER_D: Final = 64 * T1
"""Retransmissions of a refusal of our INVITE are acknowledged this long (at least 32 s)."""

TIMER_F: Final = 64 * T1
"""A request other than INVITE without its final answer is given up."""

TIMER_H: Final = 64 * T1
"""A refusal that nobody acknowledges is given up, on every transport."""

TIMER_I: Final = T4
"""Retransmitted ACKs are absorbed this long."""

TIMER_J: Final = 64 * T1
"""A final answer to a request other than INVITE is repeated on demand this long."""

TIMER_K: Final = T4
"""Retransmitted final answers to a request other than INVITE are absorbed this long."""

TIMER_L: Final = 64 * T1
"""After our 2xx, retransmitted INVITEs are absorbed this long, on every transport (RFC 6026)."""

TIMER_M: Final = 64 * T1
"""After a 2xx, further 2xx still reach the user agent this long, on every transport (RFC 6026)."""

CANCELLED_S: Final = 64 * T1
"""After CANCEL, an INVITE without a final answer is taken as cancelled (RFC 3261 §9.1)."""
