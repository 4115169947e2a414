"""The SIP side of the device: the user agent, its sockets, and who it is to the world."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import asdict
from typing import TYPE_CHECKING

import structlog

from nat.link_watch import NetlinkWatcher
from sip.transport.resolver import Resolver
from sip.transport.sip_transport import SipTransport
from sip.user_agent import UserAgent
from speaker.signalling.connection_trouble import ConnectionTrouble
from speaker.signalling.loss_report import LossReport
from speaker.signalling.recent_trouble import RecentTrouble
from speaker.signalling.server_lookup import LookUp, look_up
from speaker.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from conf.settings import SipSettings
    from sip.account import Account
    from sip.flow import Address, Flow, Transport
    from sip.session.endpoint import Effect
    from sip.session.events import UserAgentEvent
    from sip.syntax.uri import SipUri
    from speaker.signalling.tls import Tls

log = structlog.get_logger(__name__)

SESSIONS_BESIDES_CALLS = 16
"""Sessions that no call of the device holds: those that are being refused or have just ended."""

REPORT_EVERY_S = 60.0
"""How often it is told what was turned away, if anything was."""


class Telephony:
    """The user agent on its sockets. Until `open` nothing is sent and nothing arrives.

    `accounts` are those that are active, whether they register or not.
    """

    def __init__(
        self, settings: SipSettings, accounts: Iterable[Account], *, bind: str | None, tls: Tls
    ) -> None:
        self.accounts = {account.id: account for account in accounts}
        self._settings = settings
        self._loop = asyncio.get_running_loop()
        self._losses = LossReport()
        self._report: asyncio.TimerHandle | None = None
        self._trouble_log = ConnectionTrouble(self._loop.time)
        self._trouble = RecentTrouble(self._loop.time)
        self._resolver: Resolver | None = None
        self._watcher: NetlinkWatcher | None = None
        self._tls = tls
        self._bind = bind
        self._transport: SipTransport[UserAgentEvent] | None = None
        self.agent = UserAgent(
            local_address=self._address_towards,
            token=lambda: secrets.token_hex(8),
            user_agent_name=f"Intercom-Speaker/{VERSION}",
            maximum_sessions=settings.max_calls + SESSIONS_BESIDES_CALLS,
            session_timer_s=settings.session_timer_s,
        )

    async def open(
        self,
        on_event: Callable[[UserAgentEvent], None],
        on_network_changed: Callable[[], None],
    ) -> None:
        """Listen where the settings say, unless they say that SIP is off.

        Raises:
            BadSettings: a certificate cannot be used.
            OSError: a port cannot be had; its text is one sentence.
        """
        if not self._settings.enabled:
            return
        self._resolver = Resolver()
        self._transport = await SipTransport.open(
            self.agent,
            bind=self._bind,
            port=self._settings.port,
            on_event=on_event,
            on_trouble=self._on_trouble,
            resolver=self._resolver,
            tls=self._tls.contexts(),
            tls_port=self._settings.tls_port,
        )
        self._tls.watch(self._loop)
        self._watch_links(on_network_changed)
        self._report_losses()

    def _report_losses(self) -> None:
        """Now and every minute: what peers sent in vain is seen by nobody else."""
        news = self._losses.news(self.figures())
        if news and self._transport is not None:
            log.warning(
                "SIP messages were turned away", latest=self._transport.latest_turned_away, **news
            )
        self._report = self._loop.call_later(REPORT_EVERY_S, self._report_losses)

    def figures(self) -> dict[str, int]:
        """What SIP has carried and dropped since the start, by name."""
        if self._transport is None:
            return {}
        unreadable = self.agent.unreadable + self.agent.dropped.unreadable
        return {
            **asdict(self._transport.counters),
            "overflowed": self._transport.overflowed,
            **asdict(self.agent.dropped),
            "unreadable": unreadable,
        }

    def _watch_links(self, on_network_changed: Callable[[], None]) -> None:
        self._watcher = NetlinkWatcher(self._loop, on_network_changed)
        try:
            self._watcher.open()
        except OSError as error:
            log.warning(
                "changes of the network are not seen at once; registrations are renewed in time",
                why=error.strerror,
            )

    @property
    def registering(self) -> tuple[str, ...]:
        """The accounts that register, once SIP is open."""
        if self._transport is None:
            return ()
        return tuple(each.id for each in self.accounts.values() if each.registrar is not None)

    def enter_accounts(self) -> None:
        """Tell the user agent of every account; those with a server register."""
        if self._transport is not None:
            for account in self.accounts.values():
                self.transmit(self.agent.add_account(account, self._loop.time()))

    def leave_accounts(self) -> None:
        """Give up every account; those that are registered unregister."""
        if self._transport is not None:
            for account in self.accounts:
                self.transmit(self.agent.remove_account(account, self._loop.time()))

    def renew_addresses(self) -> None:
        """The network has changed: register from where we are now."""
        if self._transport is not None:
            self.transmit(self.agent.network_changed(self._loop.time()))

    async def look_up(self, uri: SipUri, account: Account) -> LookUp:
        """Where requests of an account to `uri` go, with what the DNS said."""
        if self._resolver is None:
            return LookUp((), ())
        return await look_up(self._resolver, uri, account)

    def trouble_with(self, hosts: Iterable[str]) -> str:
        """What went wrong lately with the connection to one of these; empty: nothing known."""
        return self._trouble.latest(hosts)

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

    def _on_trouble(self, flow: Flow, why: str) -> None:
        self._trouble_log.take(flow, why)
        self._trouble.take(flow, why)

    async def close(self) -> None:
        """Send what is still to be sent, then close every socket."""
        self._tls.close()
        if self._report is not None:
            self._report.cancel()
        if self._watcher is not None:
            self._watcher.close()
        if self._transport is not None:
            await self._transport.close()

    def _address_towards(self, transport: Transport, host: str) -> Address:
        if self._transport is None:
            raise RuntimeError("there is no SIP address before SIP is open")
        return self._transport.local_address_towards(transport, host)
