"""Tells one recipient one thing, in the way of its type."""

from __future__ import annotations

import asyncio
from functools import cache
from typing import TYPE_CHECKING, Final

from conf.sections.recipients import SUBMISSION_PORT
from conf.values.web_address import origin_of
from speaker.notifications import tcp_delivery
from speaker.notifications.proxy import proxy_for
from speaker.notifications.thread_of_its_own import apart

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Coroutine
    from datetime import datetime

    from conf.sections.recipients import RecipientSettings
    from conf.settings import Settings
    from speaker.notifications.notification import Notification
    from speaker.notifications.trust import Trust

    Deliver = Callable[..., Coroutine[None, None, None]]

MOST_AT_A_TIME: Final = 4
"""Each has a thread, and has it wait for the DNS, too."""


class Delivery:
    """The ways to all recipients. Belongs to the main loop, and keeps it waiting for nothing."""

    def __init__(self, trust: Trust, wall: Callable[[], datetime]) -> None:
        self._trust = trust
        self._wall = wall
        self._turns = asyncio.Semaphore(MOST_AT_A_TIME)

    async def deliver(
        self, recipient: RecipientSettings, notification: Notification, settings: Settings
    ) -> None:
        """Tell it, and wait until that is done: for 45 s at most, once it is its turn.

        Raises:
            DeliveryFailed: it was not told.
        """
        async with self._turns:
            match recipient.type:
                case "http" | "https":
                    ask = await asyncio.to_thread(_http)
                    proxy = proxy_for(recipient, settings.global_proxies)
                    await apart(lambda: ask(recipient, notification, proxy, self._context))
                case "email":
                    mail = await asyncio.to_thread(_smtp)
                    stamp = settings.device.name, self._wall()
                    await apart(lambda: mail(recipient, notification, stamp, self._context))
                case "tcp":
                    await apart(lambda: tcp_delivery.deliver(recipient, notification))

    def _context(self, validate: bool) -> ssl.SSLContext:
        return self._trust.context(validate=validate)


# What follows is loaded by those speakers only that tell somebody (3 MB), and on a thread, as it
# takes up to 0.1 s.


@cache
def _http() -> Deliver:
    import anyio  # noqa: PLC0415
    import httpcore  # noqa: F401, PLC0415 - else httpx loads it when it is first used, on the loop

    from speaker.notifications.http_delivery import deliver  # noqa: PLC0415

    anyio.run(anyio.sleep, 0)  # the same of what httpcore uses
    return deliver


@cache
def _smtp() -> Deliver:
    from speaker.notifications.email_delivery import deliver  # noqa: PLC0415

    return deliver


def place_of(recipient: RecipientSettings) -> str:
    """Where a recipient is, as people write it: `192.0.2.7:80`."""
    if not recipient.is_web:
        return f"{recipient.host}:{recipient.port or SUBMISSION_PORT}"
    _, host, port = origin_of(recipient.url) or ("", recipient.url, 0)
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def sentence(recipient: RecipientSettings, why: object) -> str:
    """Why a recipient was not told, for people."""
    return f'"{recipient.name}" at {place_of(recipient)} {why}'
