"""The log by email: lines and times in, emails out."""

import asyncio
from datetime import UTC, datetime

from conf.settings import Settings
from conf.validation.validate import validate
from speaker.change import Change
from speaker.journal import Journal
from speaker.notifications.log_mail import LogMail
from speaker.notifications.notification import Notification

AT = datetime(2026, 11, 27, 12, tzinfo=UTC)
WEB = {"name": "web", "type": "tcp", "host": "x", "port": 9}
BY_MAIL = {
    "type": "email",
    "email_to": "joe@example.com",
    "email_from": "door@example.net",
    "host": "mail.example",
}


class Log:
    """A log, what is sent of it, and to whom."""

    def __init__(self) -> None:
        self.journal = Journal(lambda: AT)
        self.sent: list[tuple[float, str, Notification]] = []
        self.mail = LogMail(
            lambda after: self.journal.lines(after=after),
            lambda name, told, now: self.sent.append((now, name, told)),
            written=lambda line: f"{line.level} {line.event}",
        )

    async def set(self, now: float = 0.0, **log_mail: str) -> None:
        recipients = [WEB, *({**BY_MAIL, "name": name} for name in ("staff", "other"))]
        settings = validate({"recipients": recipients, "log_mail": log_mail})
        change = Change(Settings(), settings, asyncio.to_thread)
        (await self.mail.prepare(change)).apply(now)

    def run(self, until: float) -> None:
        """Let the timer ring whenever it is due."""
        while (due := self.mail.deadline) is not None and due <= until:
            self.mail.on_timer(due)


async def test_lines_that_are_bad_enough_are_gathered_and_sent_together() -> None:
    log = Log()
    log.journal.note("from before", level="error")
    await log.set(level="warning")
    for level in ("info", "warning", "error", "critical"):
        log.journal.note(f"it is {level}", level=level)
    log.run(until=60.0)
    [(at, name, told)] = log.sent
    assert (at, name) == (30.0, "staff")
    assert told.message.splitlines() == [
        "warning it is warning",
        "error it is error",
        "critical it is critical",
    ]
    assert told.subject.endswith(": 3 lines of the log, the worst: critical")
    assert told.email_to == ""


async def test_two_emails_are_five_minutes_apart() -> None:
    log = Log()
    await log.set(level="info", recipient="other", to="eve@example.com")
    log.journal.note("one")
    log.run(until=30.0)
    log.journal.note("two")
    log.run(until=299.0)
    log.journal.note("three")
    log.run(until=1000.0)
    assert [at for at, _, _ in log.sent] == [30.0, 330.0]
    assert log.sent[1][2].message.splitlines() == ["info two", "info three"]
    assert {(name, told.email_to) for _, name, told in log.sent} == {("other", "eve@example.com")}


async def test_what_is_logged_of_the_emails_themselves_leads_to_none() -> None:
    log = Log()
    await log.set(level="info")
    log.journal.note("recipient not told", level="warning", fields={"recipient": "staff"})
    log.run(until=1000.0)
    assert log.sent == []
    log.journal.note("recipient not told", level="warning", fields={"recipient": "web"})
    log.run(until=2000.0)
    assert len(log.sent) == 1


async def test_of_a_flood_the_last_lines_are_sent_and_the_others_counted() -> None:
    log = Log()
    await log.set(level="info")
    for number in range(1000):
        log.journal.note(f"line {number}")
    log.run(until=30.0)
    first, *lines = log.sent[0][2].message.splitlines()
    assert first == "(800 lines before these are left out)"
    assert (len(lines), lines[-1]) == (200, "info line 999")


async def test_nothing_is_sent_once_it_is_switched_off() -> None:
    log = Log()
    await log.set(level="info")
    log.journal.note("one")
    await log.set(level="none")
    assert log.mail.deadline is None
    await log.set(level="info", now=100.0)
    log.run(until=1000.0)
    assert log.sent == []
