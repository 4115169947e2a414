"""Everything of the device that tells somebody: rules, tests, and the log by email."""

from __future__ import annotations

import os
import socket
from datetime import datetime
from typing import TYPE_CHECKING

from speaker.change import NOTHING, Prepared
from speaker.journal_line import Kind
from speaker.notifications.delivery import Delivery
from speaker.notifications.log_mail import LogMail
from speaker.notifications.notifier import Notifier
from speaker.notifications.placeholders import facts_of, filled_in
from speaker.notifications.trust import Trust

if TYPE_CHECKING:
    from conf.sections.notify import Notify
    from speaker.change import Change
    from speaker.device import Device
    from speaker.events import Event


class NotificationDesk:
    """The notifier and those who use it, as one part of the device."""

    def __init__(self, device: Device) -> None:
        self._device = device
        trust = Trust(device.certificates_folder)
        delivery = Delivery(trust, lambda: datetime.now().astimezone())
        self.notifier = Notifier(delivery, device.bus, turn=device.turn)
        self._log_mail = LogMail(
            lambda after: device.journal.lines(Kind.SYSTEM, after=after),
            self.notifier.notify,
            written=lambda line: line.text(socket.gethostname(), os.getpid()),
        )

    async def prepare(self, change: Change) -> Prepared:
        """See `Part.prepare`."""
        parts = [await each.prepare(change) for each in (self.notifier, self._log_mail)]
        if all(each is NOTHING for each in parts):
            return NOTHING

        def apply(now: float) -> None:
            for each in parts:
                each.apply(now)

        return Prepared(apply)

    def notify(self, action: Notify, cause: Event, rule: str, now: float) -> None:
        """Do what a rule wants, because of an event."""
        time = datetime.now().astimezone().isoformat(timespec="seconds")
        name, serial = self._device.settings.device.name, self._device.serial
        facts = facts_of(cause, device=name, serial=serial, rule=rule, time=time)
        self.notifier.notify(action.recipient, filled_in(action, facts), now)

    @property
    def deadline(self) -> float | None:
        """When `on_timer` wants to be called."""
        due = (self.notifier.deadline, self._log_mail.deadline)
        return min((each for each in due if each is not None), default=None)

    def on_timer(self, now: float) -> None:
        """The log first: what it sends goes out at once."""
        self._log_mail.on_timer(now)
        self.notifier.on_timer(now)

    async def close(self) -> None:
        """Give up what has not been told yet."""
        await self.notifier.close()
