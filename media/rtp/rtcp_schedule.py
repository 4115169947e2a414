"""When to send the next RTCP packet (RFC 3550 §6.2, §6.3, appendix A.7)."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

_MINIMUM_S: Final = 5.0
_CONTROL_SHARE: Final = 0.05  # of the session's bandwidth
_SENDERS_SHARE: Final = 0.25  # of the control bandwidth, while senders are few
_COMPENSATION: Final = math.e - 1.5  # reconsideration waits too long on average; this undoes it
_SIZE_WEIGHT: Final = 1 / 16
_HEADERS: Final = 28  # octets of IP and UDP, which count as bandwidth
_FIRST_SIZE: Final = 100.0  # a guess at our first packet, as good as any


class RtcpSchedule:
    """The timer of one member of a session of two. `random` gives numbers from 0 to below 1."""

    def __init__(self, now: float, *, octets_per_s: float, random: Callable[[], float]) -> None:
        self._bandwidth = _CONTROL_SHARE * octets_per_s
        self._random = random
        self._average_size = _FIRST_SIZE + _HEADERS
        self._initial = True
        self._sent_at = now
        self.deadline = now + self._interval(members=1, senders=0, we_send=False)

    def is_due(self, now: float, *, members: int, senders: int, we_send: bool) -> bool:
        """Whether to send now. When the session has grown meanwhile, the timer goes on (§6.3.6).

        `members` and `senders` count us too. A packet that is sent must be told by `sent`.
        """
        if now < self.deadline:
            return False
        due_at = self._sent_at + self._interval(members=members, senders=senders, we_send=we_send)
        if due_at > now:
            self.deadline = due_at
            return False
        return True

    def sent(self, now: float, size: int, *, members: int, senders: int, we_send: bool) -> None:
        """Our packet of `size` octets went out; sets the next deadline."""
        self._count(size)
        self._initial = False
        self._sent_at = now
        self.deadline = now + self._interval(members=members, senders=senders, we_send=we_send)

    def received(self, size: int) -> None:
        """A peer's packet of `size` octets came in."""
        self._count(size)

    def _count(self, size: int) -> None:
        self._average_size += _SIZE_WEIGHT * (size + _HEADERS - self._average_size)

    def _interval(self, *, members: int, senders: int, we_send: bool) -> float:
        bandwidth = self._bandwidth
        sharing = members
        if senders <= members * _SENDERS_SHARE:
            if we_send:
                bandwidth *= _SENDERS_SHARE
                sharing = senders
            else:
                bandwidth *= 1 - _SENDERS_SHARE
                sharing = members - senders
        minimum = _MINIMUM_S / 2 if self._initial else _MINIMUM_S
        interval = max(self._average_size * sharing / bandwidth, minimum)
        return interval * (self._random() + 0.5) / _COMPENSATION
