"""A mail server that somebody else wrote (aiosmtpd), with STARTTLS and log-in."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

NAME, PASSWORD = "joe", "s3cret"


@dataclass
class Mailbox:
    """What a server has taken, and where it listens."""

    port: int = 0
    to: list[list[str]] = field(default_factory=list)
    mails: list[EmailMessage] = field(default_factory=list)
    logged_in: list[bool] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    """Answers to some addresses."""

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, _server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        content = envelope.content
        assert isinstance(content, bytes)
        mail = message_from_bytes(content, policy=default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        self.to.append(list(envelope.rcpt_tos))
        self.logged_in.append(session.authenticated or False)
        return "250 taken"


@asynccontextmanager
async def mail_server(
    context: ssl.SSLContext | None = None, *, encrypted: bool = False
) -> AsyncIterator[Mailbox]:
    """A server on a free port, with STARTTLS if it has a context, or `encrypted` from the start."""
    mailbox = Mailbox()
    protocols: list[SMTP] = []

    def check(_server: Any, _session: Any, _envelope: Any, _kind: str, who: Any) -> AuthResult:
        is_right = isinstance(who, LoginPassword) and who == LoginPassword(
            NAME.encode(), PASSWORD.encode()
        )
        return AuthResult(success=is_right, handled=False)

    def make() -> SMTP:
        protocol = SMTP(
            mailbox,
            hostname="mail.example",
            tls_context=None if encrypted else context,
            require_starttls=context is not None and not encrypted,
            authenticator=check,
            auth_require_tls=context is not None and not encrypted,
        )
        protocols.append(protocol)
        return protocol

    loop = asyncio.get_running_loop()
    server = await loop.create_server(make, "127.0.0.1", 0, ssl=context if encrypted else None)
    mailbox.port = server.sockets[0].getsockname()[1]
    try:
        yield mailbox
    finally:
        server.close()
        tasks = [each._handler_coroutine for each in protocols if each._handler_coroutine]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0)
