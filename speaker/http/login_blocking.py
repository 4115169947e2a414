"""Who failed to log in too often, and is not listened to for a while (`[http.brute_force]`)."""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from conf.sections.brute_force import BruteForceSettings

MAXIMUM_COUNTS: Final = 8192
"""Sources and pages that are remembered; the one whose last failure is oldest makes room."""

ALL_PAGES: Final = ""


@dataclass(slots=True)
class _Count:
    failures: deque[float] = field(default_factory=deque)
    blocked_until: float = 0.0


class LoginBlocking:
    """Counts failures by source, at each page and at all of them. Reads no clock.

    A login that succeeds takes nothing back: else whoever has an account of their own could guess
    at another one for ever.
    """

    def __init__(
        self, settings: Callable[[], BruteForceSettings], maximum: int = MAXIMUM_COUNTS
    ) -> None:
        self._settings = settings
        self._maximum = maximum
        # The one that failed longest ago comes first.
        self._counts: OrderedDict[tuple[str, str], _Count] = OrderedDict()

    def __len__(self) -> int:
        """How many sources and pages are remembered."""
        return len(self._counts)

    def blocked_for_s(self, source: str, page: str, now: float) -> float:
        """How long `source` will not be listened to at `page`; 0: it is."""
        if not self._settings().enabled:
            return 0.0
        found = (self._counts.get((source, each)) for each in (page, ALL_PAGES))
        return max(0.0, *(each.blocked_until - now for each in found if each is not None), 0.0)

    def failed(self, source: str, page: str, now: float) -> bool:
        """Count a failure; whether it was one too many."""
        settings = self._settings()
        if not settings.enabled:
            return False
        rules = (
            (page, settings.page_count, settings.page_interval_s),
            (ALL_PAGES, settings.device_count, settings.device_interval_s),
        )
        blocked = False
        for place, allowed, interval_s in rules:
            count = self._counts.setdefault((source, place), _Count())
            self._counts.move_to_end((source, place))
            count.failures.append(now)
            while count.failures and count.failures[0] <= now - interval_s:
                count.failures.popleft()
            if len(count.failures) >= allowed:
                count.failures.clear()
                count.blocked_until = now + settings.block_period_s
                blocked = True
        while len(self._counts) > self._maximum:
            self._counts.popitem(last=False)
        return blocked
