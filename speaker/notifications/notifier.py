"""Tells recipients what they are to be told: each in its time, and nobody waits for any."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import structlog

from speaker.change import NOTHING, Prepared
from speaker.notifications.delivery import sentence
from speaker.notifications.delivery_queue import AT_ONCE, BY_MAIL, DeliveryQueue
from speaker.notifications.failure import DeliveryFailed

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from conf.sections.recipients import RecipientSettings
    from conf.settings import Settings
    from speaker.change import Change
    from speaker.events import Bus
    from speaker.notifications.delivery import Delivery
    from speaker.notifications.notification import Notification

log = structlog.get_logger(__name__)

FAILED: Final = "recipient.failed"


class Notifier:
    """A queue for each recipient. Belongs to the main loop."""

    def __init__(
        self,
        delivery: Delivery,
        bus: Bus,
        *,
        turn: Callable[[], AbstractContextManager[float]],
    ) -> None:
        """`turn` lets something into the device, and yields `now` (monotonic seconds)."""
        self._delivery = delivery
        self._bus = bus
        self._turn = turn
        self._settings: Settings | None = None
        self._recipients: dict[str, RecipientSettings] = {}
        self._queues: dict[str, DeliveryQueue] = {}
        self._trying: dict[str, asyncio.Task[None]] = {}

    async def prepare(self, change: Change) -> Prepared:
        """See `Part.prepare`."""
        views = (
            lambda settings: settings.recipients,
            lambda settings: settings.global_proxies,
            lambda settings: settings.device.name,
        )
        if not change.concerns(*views):
            return NOTHING
        return Prepared(lambda _now: self._take(change.new))

    def _take(self, settings: Settings) -> None:
        before = self._recipients
        self._settings = settings
        self._recipients = {each.name: each for each in settings.recipients}
        for name, recipient in before.items():
            now = self._recipients.get(name)
            if now is None or now.type != recipient.type:
                self._forget(name)

    def _forget(self, name: str) -> None:
        self._queues.pop(name, None)
        task = self._trying.pop(name, None)
        if task is not None:
            task.cancel()

    def notify(self, name: str, notification: Notification, now: float) -> None:
        """Let the recipient of this name be told; how it goes, the log and the bus say."""
        recipient = self._recipients.get(name)
        if recipient is None:
            log.warning("there is no such recipient any more", recipient=name)
            return
        queue = self._queues.get(name)
        if queue is None:
            manners = BY_MAIL if recipient.type == "email" else AT_ONCE
            queue = self._queues[name] = DeliveryQueue(manners)
        if queue.add(notification, now):
            queue.given_up = 0
        elif queue.given_up == 1:  # told once, and not of each
            log.warning("too much for a recipient: some of it is not told", recipient=name)

    @property
    def deadline(self) -> float | None:
        """When `on_timer` wants to be called."""
        due = (queue.deadline for queue in self._queues.values())
        return min((each for each in due if each is not None), default=None)

    def on_timer(self, now: float) -> None:
        """Begin to tell what is due."""
        for name, queue in self._queues.items():
            notification = queue.take(now)
            if queue.late:
                log.warning(
                    "recipient not told in time, and so not at all",
                    recipient=name,
                    count=queue.late,
                )
                queue.late = 0
            if notification is not None:
                work = self._tell(self._recipients[name], queue, notification)
                self._trying[name] = asyncio.get_running_loop().create_task(work)

    async def _tell(
        self, recipient: RecipientSettings, queue: DeliveryQueue, notification: Notification
    ) -> None:
        failure: DeliveryFailed | None = None
        try:
            await self._deliver(recipient, notification)
        except DeliveryFailed as error:
            failure = error
        except Exception:
            log.exception("a recipient cannot be told", recipient=recipient.name)
            failure = DeliveryFailed("is not told: a fault of the speaker, see its log")
        with self._turn() as now:
            if failure is None:
                queue.on_told()
                log.info("recipient told", recipient=recipient.name)
            else:
                self._on_failed(recipient, queue, failure, now)

    def _on_failed(
        self,
        recipient: RecipientSettings,
        queue: DeliveryQueue,
        failure: DeliveryFailed,
        now: float,
    ) -> None:
        why = sentence(recipient, failure)
        if queue.on_failed(failure, now):
            log.info("recipient not told yet, tried again", recipient=recipient.name, why=why)
            return
        log.warning("recipient not told", recipient=recipient.name, why=why)
        self._bus.happen(FAILED, recipient=recipient.name, why=why)

    async def test(self, recipient: RecipientSettings, notification: Notification) -> None:
        """Tell a recipient, known or not, something now, and wait until that is done.

        Raises:
            DeliveryFailed: it was not told; the message is a whole sentence.
        """
        try:
            await self._deliver(recipient, notification)
        except DeliveryFailed as error:
            raise DeliveryFailed(sentence(recipient, error)) from error

    async def _deliver(self, recipient: RecipientSettings, notification: Notification) -> None:
        if self._settings is None:
            raise RuntimeError("the device has not started")
        await self._delivery.deliver(recipient, notification, self._settings)

    async def close(self) -> None:
        """Give up what has not been told yet."""
        trying = tuple(self._trying.values())
        self._queues.clear()
        for task in trying:
            task.cancel()
        if trying:
            await asyncio.wait(trying)
