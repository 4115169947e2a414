"""The log by email: lines are looked at now and then, gathered, and sent at bearable intervals.

What is logged about the recipient by which they are sent is not sent itself: else each email that
does not get through would lead to another one.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

from speaker.change import NOTHING, Prepared
from speaker.notifications.notification import Notification

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from conf.sections.recipients import RecipientSettings
    from conf.settings import Settings
    from speaker.change import Change
    from speaker.journal_line import JournalLine

LOOK_EVERY_S: Final = 30.0
SEND_EVERY_S: Final = 300.0

MOST_LINES: Final = 200
"""In one email; of more, the last ones."""

LONGEST: Final = 64 * 1024
"""Characters of one email."""

LEVELS: Final = ("debug", "info", "warning", "error", "critical")


class LogMail:
    """Belongs to the main loop. Reads no clock: `now` is monotonic seconds."""

    def __init__(
        self,
        lines: Callable[[int], Sequence[JournalLine]],
        send: Callable[[str, Notification, float], None],
        *,
        written: Callable[[JournalLine], str],
    ) -> None:
        """`lines` are those after a number; `send` tells a recipient; `written` makes text."""
        self._lines = lines
        self._send = send
        self._written = written
        self._level: str = "none"
        self._to = ""
        self._device = ""
        self._recipient = ""
        self._seen = 0
        self._gathered: deque[JournalLine] = deque(maxlen=MOST_LINES)
        self._left_out = 0
        self._look_at: float | None = None
        self._send_from = 0.0

    async def prepare(self, change: Change) -> Prepared:
        """See `Part.prepare`."""
        views = (
            lambda settings: settings.log_mail,
            lambda settings: settings.recipients,
            lambda settings: settings.device.name,
        )
        if not change.concerns(*views):
            return NOTHING
        return Prepared(lambda now: self._take(change.new, now))

    def _take(self, settings: Settings, now: float) -> None:
        wanted = settings.log_mail
        recipient = _by_whom(settings)
        was_off = self._look_at is None
        self._level, self._to, self._device = wanted.level, wanted.to, settings.device.name
        self._recipient = "" if recipient is None else recipient.name
        if wanted.level == "none" or recipient is None:
            self._look_at = None
            self._gathered.clear()
            self._left_out = 0
        elif was_off:
            self._seen = max((line.number for line in self._lines(self._seen)), default=self._seen)
            self._look_at = now + LOOK_EVERY_S

    @property
    def deadline(self) -> float | None:
        """When `on_timer` wants to be called."""
        return self._look_at

    def on_timer(self, now: float) -> None:
        """Look at the log, and send what there is if it is time."""
        if self._look_at is None or now < self._look_at:
            return
        self._look_at = now + LOOK_EVERY_S
        for line in self._lines(self._seen):
            self._seen = max(self._seen, line.number)
            if self._is_wanted(line):
                self._left_out += len(self._gathered) == MOST_LINES
                self._gathered.append(line)
        if self._gathered and now >= self._send_from:
            self._send_from = now + SEND_EVERY_S
            self._send(self._recipient, self._email(), now)
            self._gathered.clear()
            self._left_out = 0

    def _is_wanted(self, line: JournalLine) -> bool:
        if line.fields.get("recipient") == self._recipient or line.level not in LEVELS:
            return False
        return LEVELS.index(line.level) >= LEVELS.index(self._level)

    def _email(self) -> Notification:
        lines = [self._written(line) for line in self._gathered]
        text = "\n".join(lines)[-LONGEST:]
        if self._left_out:
            text = f"({self._left_out} lines before these are left out)\n{text}"
        worst = max((line.level for line in self._gathered), key=LEVELS.index)
        count = len(self._gathered) + self._left_out
        subject = f"{self._device}: {count} lines of the log, the worst: {worst}"
        return Notification(subject=subject, message=text, email_to=self._to)


def _by_whom(settings: Settings) -> RecipientSettings | None:
    """The recipient by whose mail server the log is sent."""
    mailed = [each for each in settings.recipients if each.type == "email"]
    named = settings.log_mail.recipient
    return next((each for each in mailed if not named or each.name == named), None)
