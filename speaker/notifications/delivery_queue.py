"""What one recipient is still to be told, one after the other, in its time."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from speaker.notifications.failure import DeliveryFailed
    from speaker.notifications.notification import Notification

MOST_WAITING: Final = 32
"""What comes on top is not told: by the time it were, nobody would want to know any more."""


@dataclass(frozen=True, slots=True)
class Manners:
    """How often a type of recipient is told, and how often it is tried again."""

    at_once: int
    """So many notifications come without a wait after a pause."""
    every_s: float
    """Beyond them, one each so many seconds."""
    again_after_s: Sequence[float]
    """Waits before each further try of one that may yet succeed."""
    when_temporary: bool
    """Whether it is tried again also where the recipient has heard of it, and said: later."""
    patience_s: float
    """How long one may wait for its turn; after that it is not told any more."""


AT_ONCE: Final = Manners(20, 0.5, (2.0,), when_temporary=False, patience_s=60.0)
"""Of machines: something is to happen there now, and never twice. So it is tried again only where
there was no connection at all, and not when it would come late."""

BY_MAIL: Final = Manners(10, 20.0, (30.0, 120.0, 600.0), when_temporary=True, patience_s=86400.0)
"""Of people: servers ask for patience (greylisting, RFC 6647), and no mailbox is to be flooded."""


class DeliveryQueue:
    """Decides when the next notification is tried. Reads no clock: `now` is monotonic seconds."""

    def __init__(self, manners: Manners) -> None:
        self._manners = manners
        self._waiting: deque[tuple[Notification, float]] = deque()
        """With when each came."""
        self._is_trying = False
        self._tries = 0
        self._again_at = 0.0
        self._paid_until = 0.0
        """What was told so far, at the steady pace, would have taken until then."""
        self.given_up = 0
        """Notifications for which there was no room since the last that was taken in."""
        self.late = 0
        """Notifications that have waited for too long, and are not told."""

    def add(self, notification: Notification, now: float) -> bool:
        """Take it in; False: there is no room."""
        if len(self._waiting) >= MOST_WAITING:
            self.given_up += 1
            return False
        if not self._waiting:
            self._again_at = now
        self._waiting.append((notification, now))
        return True

    @property
    def deadline(self) -> float | None:
        """When `take` gives the next one; None: not before something else happens."""
        if self._is_trying or not self._waiting:
            return None
        ahead = (self._manners.at_once - 1) * self._manners.every_s
        return max(self._again_at, self._paid_until - ahead)

    def take(self, now: float) -> Notification | None:
        """The one to tell now; `on_told` or `on_failed` follow."""
        due = self.deadline
        if due is None or due > now:
            return None
        while self._waiting and now - self._waiting[0][1] > self._manners.patience_s:
            self._waiting.popleft()
            self._tries = 0
            self.late += 1
        if not self._waiting:
            return None
        self._is_trying = True
        self._tries += 1
        self._paid_until = max(self._paid_until, now) + self._manners.every_s
        return self._waiting[0][0]

    def on_told(self) -> None:
        """It was told."""
        self._waiting.popleft()
        self._is_trying, self._tries = False, 0

    def on_failed(self, failure: DeliveryFailed, now: float) -> bool:
        """It was not; whether it will be tried again."""
        self._is_trying = False
        may_work = failure.untouched or (self._manners.when_temporary and failure.temporary)
        if may_work and self._tries <= len(self._manners.again_after_s):
            self._again_at = now + self._manners.again_after_s[self._tries - 1]
            return True
        self._waiting.popleft()
        self._tries = 0
        return False
