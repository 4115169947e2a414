"""Telling a request that arrives twice by different ways from a new one (RFC 3261 §8.2.2.2)."""

from typing import Final

from sip.client.alarms import Alarms
from sip.session.endpoint import Effect
from sip.syntax.message import Request
from sip.transaction.timers import TIMER_J

MAXIMUM_REMEMBERED: Final = 1024
"""Requests outside of dialogs that are remembered; the oldest make room."""


class MergedRequests:
    """Remembers requests without a To tag for as long as copies of them may arrive (32 s).

    Only a hash of each is kept: a tag or Call-ID may be 64 KiB long, and nobody outside of this
    process can find two that have the same.
    """

    def __init__(self, alarms: Alarms[Effect]) -> None:
        self._alarms = alarms
        self._until: dict[int, float] = {}  # oldest first

    def __len__(self) -> int:
        return len(self._until)

    def already_has(self, request: Request, now: float) -> bool:
        """Whether this new transaction carries a request that another one has brought: 482."""
        cseq = request.cseq
        key = hash((request.from_.tag, request.call_id, cseq.number, cseq.method))
        if self._until.get(key, now) > now:
            return True
        self._until.pop(key, None)
        if len(self._until) >= MAXIMUM_REMEMBERED:
            del self._until[next(iter(self._until))]
        self._until[key] = now + TIMER_J
        self._alarms.set(self._forget, next(iter(self._until.values())))
        return False

    def _forget(self, now: float) -> list[Effect]:
        while self._until:
            key, until = next(iter(self._until.items()))
            if until > now:
                self._alarms.set(self._forget, until)
                break
            del self._until[key]
        return []
