"""A recipient is told by email, handed to its mail server (SMTP, RFC 5321)."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from typing import TYPE_CHECKING, Final

import aiosmtplib

from conf.sections.recipients import SUBMISSION_PORT, addresses_in
from speaker.notifications.failure import DeliveryFailed, connecting, quoted

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable
    from datetime import datetime

    from conf.sections.recipients import RecipientSettings
    from speaker.notifications.notification import Notification

WHOLE_S: Final = 45.0
SILENCE_S: Final = 20.0
"""How long it may take in all, and until each answer of the server."""

LEAVE_S: Final = 2.0
"""How long a server that has taken the email may take to say good-bye."""


def compose(
    recipient: RecipientSettings, notification: Notification, device: str, at: datetime
) -> EmailMessage:
    """The email, in the name of the speaker `device`; `at` has a zone."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = recipient.email_from
    mail["To"] = ", ".join(addresses_in(notification.email_to or recipient.email_to))
    mail["Subject"] = notification.subject or device
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = make_msgid(domain=recipient.email_from.rpartition("@")[2])
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no absence is answered to it
    mail.set_content(notification.message or notification.subject or device)
    return mail


async def deliver(
    recipient: RecipientSettings,
    notification: Notification,
    stamp: tuple[str, datetime],
    context: Callable[[bool], ssl.SSLContext],
) -> None:
    """Hand an email to the mail server, in the name and at the time of `stamp`.

    `context` makes the terms of TLS, validated or not.

    Raises:
        DeliveryFailed: the server has not taken it, for one of its addresses at least.
    """
    mail = compose(recipient, notification, *stamp)
    server = _server(recipient)
    try:
        async with asyncio.timeout(WHOLE_S):
            terms = None
            if recipient.encryption != "none":
                terms = await asyncio.to_thread(context, recipient.validate_server_certificate)
            await server.connect(tls_context=terms)
            refused = await _hand_over(server, recipient, mail)
        await _take_leave(server)
    except TimeoutError as error:  # also those of aiosmtplib
        raise DeliveryFailed("does not answer in time", temporary=True) from error
    except aiosmtplib.SMTPException as error:
        raise _failure(error) from error
    except (OSError, ValueError) as error:
        raise connecting(error, "") from error
    finally:
        _leave(server)
    if refused:
        told = "; ".join(f"{who}: {code} {quoted(text)}" for who, (code, text) in refused.items())
        raise DeliveryFailed(f"has taken it, but not for {told}")


def _server(recipient: RecipientSettings) -> aiosmtplib.SMTP:
    return aiosmtplib.SMTP(
        hostname=recipient.host.strip("[]"),
        port=recipient.port or SUBMISSION_PORT,
        local_hostname=_own_name(),
        timeout=SILENCE_S,
        use_tls=recipient.encryption == "ssl",
        start_tls=recipient.encryption == "tls",
    )


async def _hand_over(
    server: aiosmtplib.SMTP, recipient: RecipientSettings, mail: EmailMessage
) -> dict[str, tuple[int, str]]:
    """Whom the server refused, though not everybody."""
    if recipient.username:
        await server.login(recipient.username, recipient.password.reveal())
    refused, _ = await server.send_message(mail)
    return {who: (answer.code, answer.message) for who, answer in refused.items()}


async def _take_leave(server: aiosmtplib.SMTP) -> None:
    """Say so; the email is the server's by now, whatever it answers."""
    with contextlib.suppress(aiosmtplib.SMTPException, OSError):
        await server.execute_command(b"QUIT", timeout=LEAVE_S)


def _leave(server: aiosmtplib.SMTP) -> None:
    """Without a word: who was silent so far would be waited for again."""
    if isinstance(server.transport, asyncio.Transport):
        server.transport.abort()  # closing TLS in order takes two
    server.close()


def _own_name() -> str:
    """What the speaker calls itself: no question to the DNS is worth it."""
    name = socket.gethostname()
    return name if name.isascii() and name else "localhost"


def _failure(error: aiosmtplib.SMTPException) -> DeliveryFailed:
    match error:
        case aiosmtplib.SMTPAuthenticationError(code=535 | 534 | 530):
            why = f"does not accept the user name or the password ({_answer(error)})"
            return DeliveryFailed(why)
        case aiosmtplib.SMTPRecipientsRefused(recipients=[*each]) if each:
            told = "; ".join(f"{one.recipient}: {_answer(one)}" for one in each)
            passes = all(400 <= one.code < 500 for one in each)
            return DeliveryFailed(f"does not take it for {told}", temporary=passes)
        case aiosmtplib.SMTPResponseException():
            passes = 400 <= error.code < 500
            return DeliveryFailed(f"answers {_answer(error)}", temporary=passes)
        case aiosmtplib.SMTPServerDisconnected():
            return DeliveryFailed("has closed the connection", temporary=True)
        case aiosmtplib.SMTPConnectError():
            return connecting(error, "")
    if "STARTTLS" in str(error):
        return DeliveryFailed('offers no encryption by STARTTLS: try encryption "ssl"')
    if "AUTH" in str(error):
        return DeliveryFailed("offers no log-in (AUTH), though a user name is set")
    return DeliveryFailed(f"cannot be talked to: {quoted(str(error))}")


def _answer(error: aiosmtplib.SMTPResponseException) -> str:
    return f"{error.code} {quoted(error.message)}"
