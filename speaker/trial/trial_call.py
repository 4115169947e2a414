"""A test call: everything from the settings to the last word, each step told as it happens."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Final

from sip.account import RegistrationState
from sip.errors import MalformedUri
from speaker.calls.dialling import dialled, first_hop
from speaker.signalling.failure_words import registration_failure
from speaker.signalling.registrations import REACHABLE
from speaker.trial.followed_call import FollowedCall
from speaker.trial.probe import problem_of
from speaker.trial.trial_report import Stage, Step, failed, note, ok

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from media.engine.events import EngineEvent
    from sip.account import Account, RegistrationChanged
    from sip.location.effects import Target
    from sip.session.events import UserAgentEvent
    from sip.syntax.uri import SipUri
    from speaker.device import Device

REGISTRATION_S: Final = 40.0
"""How long to wait for a registration: two servers that keep silent."""

QUEUE: Final = 256
"""Events that may wait while a step is being told."""


class TrialCall:
    """One call of the device's own, with what came of each step."""

    def __init__(self, device: Device, account_id: str, text: str) -> None:
        self._device = device
        self._telephony = device.telephony
        self._account_id = account_id
        self._text = text
        self._events: asyncio.Queue[UserAgentEvent | EngineEvent] = asyncio.Queue(QUEUE)
        self._hosts: list[str] = []

    async def steps(self) -> AsyncIterator[Step]:
        """Each step when it is done; the first that failed is the last, but for the sound."""
        account = self._telephony.accounts.get(self._account_id)
        if account is None:
            yield failed(Stage.ACCOUNT, self._no_account())
            return
        yield ok(Stage.ACCOUNT, _described(account))
        try:
            target = dialled(self._text, account)
        except MalformedUri as error:
            yield failed(Stage.CALL, str(error))
            return
        with self._device.witnessed_by(self._take):
            async for step in self._all_steps(account, target):
                yield step
                if step.failed and step.stage is not Stage.RTP:
                    return

    def _take(self, event: UserAgentEvent | EngineEvent) -> None:
        with contextlib.suppress(asyncio.QueueFull):  # of other calls; ours says little
            self._events.put_nowait(event)

    async def _all_steps(self, account: Account, target: SipUri) -> AsyncIterator[Step]:
        async for step in self._find_any(account, target):
            yield step
        async for step in self._register(account):
            yield step
        call = FollowedCall(
            self._device,
            self._events,
            self._hosts,
            place=lambda: self._device.dialler.call(self._text, account.id),
        )
        async for step in call.steps(target):
            yield step

    def _no_account(self) -> str:
        accounts = self._device.settings.sip.accounts
        for each in accounts:
            if each.id == self._account_id:
                return f"account {each.id!r} is not active"
        known = ", ".join(repr(each.id) for each in accounts)
        return f"there is no account {self._account_id!r}; there are {known}"

    # --- the server ------------------------------------------------------------------------------

    async def _find_any(self, account: Account, target: SipUri) -> AsyncIterator[Step]:
        """Look the server up; where it cannot be had, the secondary one."""
        hops = [first_hop(account.registrar or target, account)]
        if account.secondary_server is not None and not account.proxies:
            hops.append(account.secondary_server)
        for hop in hops:
            lost = False
            async for step in self._find(account, hop):
                lost = lost or step.failed
                is_last = hop is hops[-1]
                yield step if is_last or not step.failed else note(step.stage, step.words)
            if not lost:
                return

    async def _find(self, account: Account, hop: SipUri) -> AsyncIterator[Step]:
        """Look a server up and knock at its port."""
        found = await self._telephony.look_up(hop, account)
        for question, answers in found.answers:
            yield note(Stage.SERVER, f"DNS: {question} -> {answers}")
        if not found.targets:
            yield failed(
                Stage.SERVER,
                f"{hop.host!r} is not found: the name is misspelt, or the DNS of this machine does"
                " not know it",
            )
            return
        yield ok(Stage.SERVER, ", then ".join(map(place, found.targets)))
        self._hosts += [target.address.host for target in found.targets]
        problems = []
        for target in found.targets:
            problem = await problem_of(target)
            if problem is None:
                break
            problems.append(problem)
        if len(problems) == len(found.targets):
            yield failed(Stage.CONNECTION, "; ".join(problems))
            return
        for problem in problems:
            yield note(Stage.CONNECTION, problem)

    async def _register(self, account: Account) -> AsyncIterator[Step]:
        if account.registrar is None:
            yield note(Stage.REGISTRATION, "a peer-to-peer account does not register")
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(REGISTRATION_S):
                while self._is_undecided(account):
                    await self._events.get()
        latest = self._device.registrations.latest(account.id)
        if latest is None or latest.state not in REACHABLE:
            yield failed(Stage.REGISTRATION, self._why_unregistered(latest))
        elif latest.state is RegistrationState.SECONDARY:
            yield ok(Stage.REGISTRATION, f"registered with the secondary server {latest.server}")
        else:
            yield ok(Stage.REGISTRATION, f"registered with {latest.server}")

    def _is_undecided(self, account: Account) -> bool:
        latest = self._device.registrations.latest(account.id)
        return latest is None or latest.state is RegistrationState.REGISTERING

    def _why_unregistered(self, latest: RegistrationChanged | None) -> str:
        if latest is None or not latest.code:
            return "no server has answered"
        words = registration_failure(latest.code, latest.reason)
        trouble = self._telephony.trouble_with(self._hosts)
        return f"{words}; {trouble}" if trouble and latest.code in (408, 503) else words


def _described(account: Account) -> str:
    if account.registrar is None:
        return f"{account.id!r} calls directly, without a server"
    who = account.address_of_record
    return f"{account.id!r} is {who} at the server {account.registrar.host}"


def place(target: Target) -> str:
    """Where something is sent to, for people."""
    host, port = target.address
    return f"{host} port {port} by {target.transport.value}"
