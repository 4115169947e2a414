"""One run of the assistant: finds a way to the server, registers, calls, saves."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from pathlib import Path
from ssl import DER_cert_to_PEM_cert
from typing import TYPE_CHECKING, Final

from conf.certificates.folder import CertificateError
from conf.store.store_error import StoreError
from conf.validation.problem import SettingsError
from sip.flow import Transport
from sip.location.literal_target import transport_named
from speaker.calls.dialling import first_hop
from speaker.signalling.accounts import sip_account
from speaker.sip_setup.conclusion import Conclusion, it_does_not, it_works
from speaker.sip_setup.direct import Reach, direct_steps
from speaker.sip_setup.guests import guest_of, received
from speaker.sip_setup.plan import Attempt, Came, End, Tried, following, ways
from speaker.sip_setup.saving import save
from speaker.sip_setup.server_trial import ServerTrial
from speaker.sip_setup.sound_trial import SoundTrial
from speaker.trial.trial_call import QUEUE
from speaker.trial.trial_report import Stage, Step, failed, note, ok

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Sequence

    from conf.settings import AccountSettings
    from media.engine.events import EngineEvent
    from sip.account import Account
    from sip.session.events import UserAgentEvent
    from speaker.device import Device
    from speaker.http.identity import Identity
    from speaker.sip_setup.facts import Facts
    from speaker.sip_setup.guests import Guest
    from speaker.sip_setup.plan import Sound
    from speaker.sip_setup.server_trial import Events

FAREWELL_S: Final = 2.0
"""How long a server may take to forget a guest."""


class SetUp:
    """Finds out what works, with accounts that are in no settings."""

    def __init__(
        self, device: Device, facts: Facts, account: AccountSettings, who: Identity
    ) -> None:
        """`account` is what `facts` make of it, checked; `who` saves."""
        self._device = device
        self._facts = facts
        self._account = account
        self._who = who
        self._events: Events = asyncio.Queue(QUEUE)
        self._failures: list[Step] = []
        self._tried: list[Tried] = []
        self._end: End | None = None
        self._shown: bytes | None = None
        self._works: dict[str, object] | None = None
        self._way = ""

    async def steps(self) -> AsyncGenerator[Step | Conclusion]:
        """Each step when it is done; the conclusion is the last."""
        before = self._device.telephony.accounts.get(self._account.id)
        try:
            with self._device.witnessed_by(self._take), tempfile.TemporaryDirectory() as folder:
                async for step in self._all_steps(Path(folder)):
                    yield self._noted(step)
            saved = ""
            if self._works is not None and self._facts.save:
                saved, step = await self._save(self._works)
                yield self._noted(step)
        finally:
            self._restore(before)
        if self._works is None:
            yield it_does_not(self._end, self._tried, self._shown, self._failures)
        else:
            yield it_works(self._works, self._way, saved, self._failures)

    def _take(self, event: UserAgentEvent | EngineEvent) -> None:
        with contextlib.suppress(asyncio.QueueFull):  # of others; ours says little
            self._events.put_nowait(event)

    def _noted(self, step: Step) -> Step:
        if step.failed:
            self._failures.append(step)
        return step

    async def _all_steps(self, folder: Path) -> AsyncIterator[Step]:
        if self._device.telephony.port is None:
            yield failed(Stage.SETTINGS, "SIP is off: switch `sip.enabled` on")
            return
        try:
            way = self._directly() if self._facts.is_direct else self._with_server(folder)
            async for step in way:
                yield step
        except CertificateError as error:
            yield failed(Stage.ACCOUNT, f"a certificate of the account cannot be used: {error}")

    def _restore(self, before: Account | None) -> None:
        """Register an account anew whose place at the server a guest may have taken."""
        was_registered = any(each.came is Came.REGISTERED for each in self._tried)
        accounts = self._device.telephony.accounts
        if before is not None and was_registered and accounts.get(before.id) == before:
            with self._device.turn():
                self._device.telephony.register_anew(before)

    # --- with a server ---------------------------------------------------------------------------

    async def _with_server(self, folder: Path) -> AsyncIterator[Step]:
        yield ok(Stage.ACCOUNT, self._described())
        order = await self._order()
        by = ", then ".join(each.value for each in order)
        yield note(Stage.ACCOUNT, f"what is tried: {by}")
        attempt = following(order, (), accepted=self._facts.accepted)
        while isinstance(attempt, Attempt):
            pinned = self._pin(folder) if attempt.pinned else None
            guest = await guest_of(self._device, self._account, attempt.transport, pinned)
            async for step in self._attempt(guest, attempt, order):
                yield step
            await self._left(guest)
            attempt = following(order, self._tried, accepted=self._facts.accepted)
        self._end = attempt

    def _described(self) -> str:
        account = self._account
        return f"{account.user_id!r} at the server {account.registrar or account.domain}"

    async def _order(self) -> Sequence[Transport]:
        chosen = self._account.model_copy(update={"transport": "auto"})
        sip, name = self._device.settings.sip, self._device.settings.device.name
        account = sip_account(chosen, sip, device_name=name, instance="")
        if account.registrar is None:
            raise AssertionError("an account with a server has a registrar")
        hop = first_hop(account.registrar, account)
        wished = self._facts.transport or transport_named(hop)
        if account.sips:
            wished = Transport.TLS
        if wished is not None:
            return (wished,)
        found = await self._device.telephony.look_up(hop, account)
        return ways(wished=None, advertised=found.advertised, port=hop.port)

    def _pin(self, folder: Path) -> Path:
        if self._shown is None:
            raise AssertionError("only what was shown is accepted")
        path = folder / "server.pem"
        path.write_text(DER_cert_to_PEM_cert(self._shown))
        return path

    async def _attempt(
        self, guest: Guest, attempt: Attempt, order: Sequence[Transport]
    ) -> AsyncIterator[Step]:
        """Register; the failure of one that is not the last is but a note."""
        server = guest.account.registrar
        if server is None:
            raise AssertionError("an account with a server has a registrar")
        with contextlib.ExitStack() as stay:
            trial = ServerTrial(self._device, guest, attempt, self._events, stay)
            async for step in trial.steps(server):
                tried = (*self._tried, trial.tried)
                after = following(order, tried, accepted=self._facts.accepted)
                goes_on = step.failed and isinstance(after, Attempt)
                yield note(step.stage, step.words) if goes_on else step
            self._tried.append(trial.tried)
            self._shown = trial.shown.certificate or self._shown
            if trial.tried.came is not Came.REGISTERED:
                return
            sound = SoundTrial(self._device, guest, self._events, trial.hosts, attempt.transport)
            async for step in sound.steps(self._facts.number):
                yield step
            self._conclude(attempt, sound.sound)

    def _conclude(self, attempt: Attempt, sound: Sound) -> None:
        self._works = {
            "transport": attempt.transport.value.lower(),
            "tls_version": self._account.tls_version,
            "verify_server_certificate": True,
            "media_encryption": sound.media_encryption,
            "media_key_exchange": sound.media_key_exchange,
        }
        is_secret = attempt.transport is Transport.TLS
        how = "the server proves who it is" if is_secret else "others on the way can read who calls"
        self._way = f"registered by {attempt.transport.value}, {how}; {sound}"

    async def _left(self, guest: Guest) -> None:
        """Return when the server has forgotten a guest, or takes too long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FAREWELL_S):
                while self._device.registrations.latest(guest.account.id) is not None:
                    await self._events.get()

    # --- without one -----------------------------------------------------------------------------

    async def _directly(self) -> AsyncIterator[Step]:
        yield ok(Stage.ACCOUNT, "no server is given: phones and the speaker call each other")
        device = self._device
        reach = Reach(
            address=device.address, port=device.telephony.port, tls_port=device.telephony.tls_port
        )
        for step in direct_steps(device.settings.sip, self._account, reach):
            yield step
            if step.failed:
                return
        kept = self._account.transport
        usual = Transport.UDP if kept == "auto" else Transport(kept.upper())
        attempt = Attempt(self._facts.transport or usual)
        guest = await guest_of(device, self._account, attempt.transport, None)
        with received(device, guest):
            sound = SoundTrial(device, guest, self._events, (), attempt.transport)
            async for step in sound.steps(self._facts.number):
                yield step
        self._conclude(attempt, sound.sound)
        if self._works is not None and self._facts.transport is None:
            self._works["transport"] = kept
        by = attempt.transport.value
        self._way = f"phones can call; the speaker calls them by {by}; {sound.sound}"

    # --- the settings ----------------------------------------------------------------------------

    async def _save(self, works: dict[str, object]) -> tuple[str, Step]:
        """The id under which it is saved, empty where it is not; and the step."""
        pinned = self._shown if self._tried and self._tried[-1].attempt.pinned else None
        try:
            saved = await save(self._device, self._facts, works, self._who, pinned)
        except (SettingsError, StoreError, CertificateError) as error:
            return "", failed(Stage.SAVING, f"it could not be saved: {error}")
        return saved, ok(Stage.SAVING, f"saved as the account {saved!r}")
