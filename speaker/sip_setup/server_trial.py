"""One attempt to register: find the server, knock, see its certificate, register."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from typing import TYPE_CHECKING

from sip.account import RegistrationChanged, RegistrationState
from sip.client.accounts import AccountContext
from sip.flow import TlsPeer, Transport
from speaker.calls.dialling import first_hop
from speaker.signalling.failure_words import registration_failure
from speaker.signalling.registrations import REACHABLE
from speaker.sip_setup.guests import received
from speaker.sip_setup.plan import Attempt, Came, Tried
from speaker.sip_setup.shown_certificate import Shown, shown_by
from speaker.trial.probe import problem_of
from speaker.trial.trial_call import REGISTRATION_S, place
from speaker.trial.trial_report import Stage, Step, failed, note, ok

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from media.engine.events import EngineEvent
    from sip.location.effects import Target
    from sip.session.events import UserAgentEvent
    from sip.syntax.uri import SipUri
    from speaker.device import Device
    from speaker.sip_setup.guests import Guest

    Events = asyncio.Queue[UserAgentEvent | EngineEvent]

UNANSWERED = (408, 503)
"""What silence, and no way to the server, count as; and what a server says that is overloaded."""


class ServerTrial:
    """Registers a guest by one transport; it stays registered until `stay` is left."""

    def __init__(
        self,
        device: Device,
        guest: Guest,
        attempt: Attempt,
        events: Events,
        stay: contextlib.ExitStack,
    ) -> None:
        """`events` is what the device's witnesses hear."""
        self.shown = Shown()
        """What the server is like by TLS, once that was asked."""
        self.hosts: list[str] = []
        """Where the server is."""
        self.tried = Tried(attempt, Came.NOT_THERE)
        """What has come of it so far."""
        self._device = device
        self._guest = guest
        self._attempt = attempt
        self._events = events
        self._stay = stay

    async def steps(self, server: SipUri) -> AsyncIterator[Step]:
        """Each step when it is done; the first that failed is the last."""
        account = self._guest.account
        hop = first_hop(server, account)
        found = await self._device.telephony.look_up(hop, account)
        for question, answers in found.answers:
            yield note(Stage.SERVER, f"DNS: {question} -> {answers}")
        if not found.targets:
            yield failed(Stage.SERVER, not_found(hop))
            return
        yield ok(Stage.SERVER, ", then ".join(map(place, found.targets)))
        self.hosts += [target.address.host for target in found.targets]
        target, problems = await _open_one(found.targets)
        if target is None:
            yield failed(Stage.CONNECTION, "; ".join(problems))
            return
        for problem in problems:
            yield note(Stage.CONNECTION, problem)
        if self._attempt.transport is Transport.TLS:
            step = await self._see_certificate(target)
            yield step
            if step.failed:
                return
        yield await self._register()

    async def _see_certificate(self, target: Target) -> Step:
        account = self._guest.account
        or_domain = AccountContext(account, _no_token).proof_for(target)
        peer = TlsPeer(account.id, target.domain, or_domain)
        self.shown = shown = await shown_by(target.address, self._guest.profile, peer)
        if not shown.problem:
            how = "by the certificate that was accepted" if self._attempt.pinned else "to us"
            words = f"{target.domain} proves {how} who it is; {shown.version}"
            return ok(Stage.CERTIFICATE, words)
        if shown.certificate is None:
            return failed(Stage.CONNECTION, f"{place(target)} {shown.problem}")
        fingerprint = hashlib.sha256(shown.certificate).hexdigest()
        self.tried = Tried(self._attempt, Came.UNTRUSTED, fingerprint)
        words = f"{target.domain} {shown.problem}; its SHA-256 fingerprint is "
        return failed(Stage.CERTIFICATE, words + bytes.fromhex(fingerprint).hex(":").upper())

    async def _register(self) -> Step:
        while not self._events.empty():  # what others did meanwhile
            self._events.get_nowait()
        self._stay.enter_context(received(self._device, self._guest))
        latest = await self._verdict()
        if latest is None or not latest.code:
            return failed(Stage.REGISTRATION, registration_failure(408, ""))
        if latest.state in REACHABLE:
            self.tried = Tried(self._attempt, Came.REGISTERED)
            by = self._attempt.transport.value
            return ok(Stage.REGISTRATION, f"registered with {latest.server} by {by}")
        words = registration_failure(latest.code, latest.reason)
        if latest.state is RegistrationState.REFUSED:
            self.tried = Tried(self._attempt, Came.PASSWORD_REFUSED)
        elif latest.code < 500 and latest.code not in UNANSWERED:
            self.tried = Tried(self._attempt, Came.REFUSED)
        else:
            trouble = self._device.telephony.trouble_with(self.hosts)
            words += f"; {trouble}" if trouble else ""
        return failed(Stage.REGISTRATION, words)

    async def _verdict(self) -> RegistrationChanged | None:
        """What came of the REGISTER; None: nothing in time."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(REGISTRATION_S):
                while True:
                    event = await self._events.get()
                    if (
                        isinstance(event, RegistrationChanged)
                        and event.account == self._guest.account.id
                        and event.state is not RegistrationState.REGISTERING
                    ):
                        return event
        return None


def not_found(hop: SipUri) -> str:
    """What to say where the DNS knows no address."""
    return (
        f"{hop.host!r} is not found: the name is misspelt, or the DNS of this machine does not"
        " know it"
    )


async def _open_one(targets: tuple[Target, ...]) -> tuple[Target | None, list[str]]:
    """The first target against which nothing is known, and what is known against those before."""
    problems: list[str] = []
    for target in targets:
        problem = await problem_of(target)
        if problem is None:
            return target, problems
        problems.append(problem)
    return None, problems


def _no_token() -> str:
    raise AssertionError("nothing is signed here")
