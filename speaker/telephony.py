"""The SIP side of the device: the user agent, its sockets, and who it is to the world."""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING

from sip.transport.sip_transport import SipTransport
from sip.user_agent import UserAgent
from speaker.connection_trouble import ConnectionTrouble
from speaker.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from conf.settings import SipSettings
    from sip.flow import Address, Transport
    from sip.session.endpoint import Effect
    from sip.session.events import UserAgentEvent
    from speaker.tls import Tls

SESSIONS_BESIDES_CALLS = 16
"""Sessions that no call of the device holds: those that are being refused or have just ended."""


class Telephony:
    """The user agent on its sockets. Until `open` nothing is sent and nothing arrives."""

    def __init__(self, settings: SipSettings, *, bind: str | None, tls: Tls) -> None:
        self._settings = settings
        self._tls = tls
        self._bind = bind
        self._transport: SipTransport[UserAgentEvent] | None = None
        self.agent = UserAgent(
            local_address=self._address_towards,
            token=lambda: secrets.token_hex(8),
            user_agent_name=f"Intercom-Speaker/{VERSION}",
            maximum_sessions=settings.max_calls + SESSIONS_BESIDES_CALLS,
        )

    async def open(self, on_event: Callable[[UserAgentEvent], None]) -> None:
        """Listen where the settings say, unless they say that SIP is off.

        Raises:
            BadSettings: a certificate cannot be used.
            OSError: a port cannot be had; its text is one sentence.
        """
        if not self._settings.enabled:
            return
        loop = asyncio.get_running_loop()
        self._transport = await SipTransport.open(
            self.agent,
            bind=self._bind,
            port=self._settings.port,
            on_event=on_event,
            on_trouble=ConnectionTrouble(loop.time).take,
            tls=self._tls.contexts(),
            tls_port=self._settings.tls_port,
        )
        self._tls.watch(loop)

    @property
    def port(self) -> int | None:
        """The UDP and TCP port in use; None while SIP is not open."""
        return None if self._transport is None else self._transport.port

    @property
    def tls_port(self) -> int | None:
        """The port of TLS in use; None while SIP is not open."""
        return None if self._transport is None else self._transport.tls_port

    def transmit(self, effects: Iterable[Effect]) -> None:
        """Do what the user agent wants done."""
        if self._transport is not None:
            self._transport.carry_out(effects)

    async def close(self) -> None:
        """Send what is still to be sent, then close every socket."""
        self._tls.close()
        if self._transport is not None:
            await self._transport.close()

    def _address_towards(self, transport: Transport, host: str) -> Address:
        if self._transport is None:
            raise RuntimeError("there is no SIP address before SIP is open")
        return self._transport.local_address_towards(transport, host)
