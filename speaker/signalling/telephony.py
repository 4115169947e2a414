"""The SIP side of the device: the user agent, its sockets, and who it is to the world."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Protocol

import structlog

from nat.link_watch import NetlinkWatcher
from sip.transport.resolver import Resolver
from sip.transport.sip_transport import SipTransport
from sip.user_agent import UserAgent
from speaker.calls.key_exposure import warn_of_readable_keys
from speaker.change import NOTHING, Prepared
from speaker.signalling.accounts import sip_accounts
from speaker.signalling.connection_trouble import ConnectionTrouble
from speaker.signalling.loss_report import LossReport
from speaker.signalling.recent_trouble import RecentTrouble
from speaker.signalling.server_lookup import LookUp, look_up
from speaker.signalling.sip_ports import SipPorts
from speaker.signalling.tls import Tls, tls_settings
from speaker.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from conf.settings import Settings, SipSettings
    from sip.account import Account
    from sip.flow import Address, Flow, Transport
    from sip.session.endpoint import Effect
    from sip.session.events import UserAgentEvent
    from sip.syntax.uri import SipUri
    from sip.transport.core import Tap
    from sip.transport.tls_contexts import TlsContexts
    from sip.transport.tls_profile import ClientProfile
    from speaker.change import Change
    from speaker.farewells import Farewells
    from speaker.kept_sockets import NamedSocket
    from speaker.signalling.sip_ports import PortOpener

log = structlog.get_logger(__name__)

SESSIONS_BESIDES_CALLS = 16
"""Sessions that no call of the device holds: those that are being refused or have just ended."""

REPORT_EVERY_S = 60.0
"""How often it is told what was turned away, if anything was."""


class Listener(Protocol):
    """Who hears of what happens to the SIP side."""

    def on_sip_event(self, event: UserAgentEvent) -> None:
        """The user agent tells something."""

    def on_network_changed(self) -> None:
        """The machine has other addresses or routes than before."""

    def on_port_changed(self, now: float) -> None:
        """We are to be reached by another port than before."""


class Telephony:
    """The user agent on its sockets. Until it has taken settings nothing is sent or arrives."""

    def __init__(
        self,
        listener: Listener,
        *,
        bind: str | None,
        ports: PortOpener,
        certificates: Path,
        instance: str,
        farewells: Farewells,
        tap: Tap | None = None,
    ) -> None:
        """`instance` is the device's `urn:uuid:…` (RFC 5626 §4.1); `tap` hears what passes."""
        self.accounts: dict[str, Account] = {}
        """Those that are active, whether they register or not."""
        self._listener = listener
        self._bind = bind
        self._opener = ports
        self._certificates = certificates
        self._instance = instance
        self._farewells = farewells
        self._tap = tap
        self._loop = asyncio.get_running_loop()
        self._losses = LossReport()
        self._report: asyncio.TimerHandle | None = None
        self._trouble_log = ConnectionTrouble(self._loop.time)
        self._trouble = RecentTrouble(self._loop.time)
        self._resolver: Resolver | None = None
        self._watcher: NetlinkWatcher | None = None
        self._tls: Tls | None = None
        self._guests: dict[str, ClientProfile] = {}
        self._ports = SipPorts()
        self._transport: SipTransport[UserAgentEvent] | None = None
        self._leaving: asyncio.Task[None] | None = None
        self.agent = UserAgent(
            local_address=self._address_towards,
            token=lambda: secrets.token_hex(8),
            user_agent_name=f"Intercom-Speaker/{VERSION}",
        )

    # --- settings --------------------------------------------------------------------------------

    async def prepare(self, change: Change) -> Prepared:
        """See `Part.prepare`: opens other ports beside those in use, and reads the certificates."""
        if not change.concerns(lambda settings: settings.sip, lambda settings: settings.device):
            return NOTHING
        new = change.new
        if not new.sip.enabled:
            return Prepared(lambda _now: self._switch_off(new))
        if self._leaving is not None:  # it has the ports still
            await self._leaving
        tls, contexts = self._tls, None
        if self._transport is None or change.concerns(tls_settings):
            tls = Tls(new.sip, self._certificates, device_name=new.device.name)
            contexts = await change.off_loop(partial(tls.contexts, self._guests))
        ports = self._opener.open(
            plain=new.sip.port if self._is_other(self.port, new.sip.port) else None,
            tls=new.sip.tls_port if self._is_other(self.tls_port, new.sip.tls_port) else None,
        )
        return Prepared(lambda now: self._take(new, tls, contexts, ports, now), ports.close)

    @staticmethod
    def _is_other(port: int | None, wanted: int) -> bool:
        """Whether a port has to be opened; that which is in use is as good as any."""
        return port is None or wanted not in (0, port)

    def _take(
        self,
        new: Settings,
        tls: Tls | None,
        contexts: TlsContexts | None,
        ports: SipPorts,
        now: float,
    ) -> None:
        self._limit(new.sip)
        if tls is not self._tls and tls is not None:
            if self._tls is not None:
                self._tls.close()
            self._tls = tls
            tls.watch(self._loop)
        if self._transport is None:
            self._open(ports, contexts)
        else:
            if contexts is not None:
                self._transport.use_tls(contexts)
            self._transport.rebind(ports.plain, ports.tls)
        is_moved = bool(ports.named() and self._ports.named())
        self._ports = self._ports.updated(ports)
        if is_moved:
            log.info("SIP has another port", port=self.port, tls_port=self.tls_port)
            self.renew_addresses()
            self._listener.on_port_changed(now)
        self._enter(new, now)

    def _limit(self, sip: SipSettings) -> None:
        self.agent.limit(
            maximum_sessions=sip.max_calls + SESSIONS_BESIDES_CALLS,
            session_timer_s=sip.session_timer_s,
        )

    def _enter(self, settings: Settings, now: float) -> None:
        """Be who the settings say; accounts that are as they were stay registered."""
        warn_of_readable_keys(settings.sip.accounts)
        accounts = {each.id: each for each in sip_accounts(settings, instance=self._instance)}
        gone = self.accounts.keys() - accounts.keys()
        self.accounts = accounts
        for account in gone:
            self.transmit(self.agent.remove_account(account, now))
        for each in accounts.values():
            self.transmit(self.agent.add_account(each, now))

    def _switch_off(self, settings: Settings) -> None:
        """Leave politely; the ports are given back when that is done."""
        self.leave_accounts()
        self.accounts = {each.id: each for each in sip_accounts(settings, instance=self._instance)}
        if self._transport is not None and self._leaving is None:
            self._leaving = self._loop.create_task(self._leave())

    async def _leave(self) -> None:
        await self._farewells.said()
        await self.close()
        self._leaving = None

    # --- the sockets -----------------------------------------------------------------------------

    def _open(self, ports: SipPorts, contexts: TlsContexts | None) -> None:
        if ports.plain is None:
            raise RuntimeError("SIP is opened without a port")
        self._resolver = Resolver()
        self._transport = SipTransport.on(
            self.agent,
            ports.plain,
            ports.tls,
            bind=self._bind,
            on_event=self._listener.on_sip_event,
            on_trouble=self._on_trouble,
            resolver=self._resolver,
            tls=contexts,
        )
        self._transport.tap = self._tap
        self._watch_links()
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
        """What SIP has carried and dropped since it was opened, by name."""
        if self._transport is None:
            return {}
        unreadable = self.agent.unreadable + self.agent.dropped.unreadable
        return {
            **asdict(self._transport.counters),
            "overflowed": self._transport.overflowed,
            **asdict(self.agent.dropped),
            "unreadable": unreadable,
        }

    def _watch_links(self) -> None:
        self._watcher = NetlinkWatcher(self._loop, self._listener.on_network_changed)
        try:
            self._watcher.open()
        except OSError as error:
            log.warning(
                "changes of the network are not seen at once; registrations are renewed in time",
                why=error.strerror,
            )

    def receive_guest(self, account: Account, profile: ClientProfile) -> None:
        """Use an account that is in no settings, until `dismiss_guest`; its id is none of theirs.

        `profile` is how it opens connections by TLS; its `tls_profile` is its id.
        """
        self._guests[account.id] = profile
        self.transmit(self.agent.add_account(account, self._loop.time()))

    def dismiss_guest(self, account: Account) -> None:
        """Unregister such an account and forget it."""
        self.transmit(self.agent.remove_account(account.id, self._loop.time()))
        self._guests.pop(account.id, None)

    def register_anew(self, account: Account) -> None:
        """Leave an account's servers, and register again: they may have forgotten it."""
        now = self._loop.time()
        self.transmit(self.agent.remove_account(account.id, now))
        self.transmit(self.agent.add_account(account, now))

    def leave_accounts(self) -> None:
        """Give up every account; those that are registered unregister."""
        for account in (*self.accounts, *self._guests):
            self.transmit(self.agent.remove_account(account, self._loop.time()))

    def renew_addresses(self) -> None:
        """Where we are reached is another place: register from where we are now."""
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

    @property
    def sockets(self) -> list[NamedSocket]:
        """Those that are listened on."""
        return [] if self._transport is None else self._ports.named()

    def transmit(self, effects: Iterable[Effect]) -> None:
        """Do what the user agent wants done."""
        if self._transport is not None:
            self._transport.carry_out(effects)

    def _on_trouble(self, flow: Flow, why: str) -> None:
        self._trouble_log.take(flow, why)
        self._trouble.take(flow, why)

    async def close(self) -> None:
        """Send what is still to be sent, then close every socket."""
        if self._tls is not None:
            self._tls.close()
        if self._report is not None:
            self._report.cancel()
        if self._watcher is not None:
            self._watcher.close()
        transport, self._transport = self._transport, None
        self._tls, self._resolver, self._ports = None, None, SipPorts()
        if transport is not None:
            await transport.close()

    def _address_towards(self, transport: Transport, host: str) -> Address:
        if self._transport is None:
            raise RuntimeError("there is no SIP address before SIP is open")
        return self._transport.local_address_towards(transport, host)
