"""A recipient is told by a connection (TCP) that carries the message and nothing else."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Final

from speaker.notifications.failure import DeliveryFailed, connecting

if TYPE_CHECKING:
    from conf.sections.recipients import RecipientSettings
    from speaker.notifications.notification import Notification

CONNECT_S: Final = 10.0
SEND_S: Final = 10.0
END_S: Final = 2.0
"""How long it may take until there is a connection, until all is sent, and until the other side has
closed its end; that it has seen everything, only that could tell, and many do not."""

LONGEST_ANSWER: Final = 64 * 1024


async def deliver(recipient: RecipientSettings, notification: Notification) -> None:
    """Send the message as it is, in UTF-8.

    Raises:
        DeliveryFailed: it was not told.
    """
    host = recipient.host.strip("[]")
    try:
        async with asyncio.timeout(CONNECT_S):
            reader, writer = await asyncio.open_connection(host, recipient.port)
    except OSError as error:  # TimeoutError is one
        raise connecting(error, "") from error
    try:
        async with asyncio.timeout(SEND_S):
            writer.write(notification.message.encode())
            await writer.drain()
            writer.write_eof()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(END_S):
                await _until_closed(reader)
    except TimeoutError as error:
        raise DeliveryFailed("does not take the message") from error
    except OSError as error:
        raise connecting(error, "") from error
    finally:
        writer.transport.abort()


async def _until_closed(reader: asyncio.StreamReader) -> None:
    """Wait for the other side's end; what it says before, as a greeting, is no sign of that."""
    left = LONGEST_ANSWER
    while left > 0 and (said := await reader.read(left)):
        left -= len(said)
