"""Tells of failed logins: to those who listen to the device, and in the log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import structlog

from speaker.log import shortened

if TYPE_CHECKING:
    from speaker.events import Bus

log = structlog.get_logger(__name__, journal="access")

TOLD_PER_S: Final = 2.0
TOLD_AT_ONCE: Final = 50.0
"""Beyond that nobody is told: neither the rules nor the log are there for an attacker to fill."""


class FailedLogins:
    """The happening `login.failed`, and a line in the log; both no more often than bearable."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._left = TOLD_AT_ONCE
        self._at: float | None = None
        self._untold = 0

    def tell(self, user: str, address: str, page: str, now: float) -> None:
        """Somebody at `address` did not prove to be `user` at `page`."""
        if not self._may_tell(now):
            self._untold += 1
            return
        untold, self._untold = self._untold, 0
        log.warning(
            "login failed", journal="access", user=user, address=address, page=page, untold=untold
        )
        self._bus.happen("login.failed", user=shortened(user), address=address)

    def tell_blocked(self, address: str, page: str, period_s: float) -> None:
        """`address` failed too often, and is not listened to for a while."""
        log.warning(
            "logins are blocked", journal="access", address=address, page=page, period_s=period_s
        )

    def _may_tell(self, now: float) -> bool:
        """A token bucket, refilled by time."""
        passed = 0.0 if self._at is None else now - self._at
        self._at = now
        self._left = min(TOLD_AT_ONCE, self._left + passed * TOLD_PER_S)
        if self._left < 1:
            return False
        self._left -= 1
        return True
