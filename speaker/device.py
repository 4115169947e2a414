"""The device: every part made, wired together, started in order and stopped in order.

Settings are the parts' own affair: `_parts` lists, in their order, those that take them, at the
start and at each change (`speaker.change`).
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import structlog

from conf.accounts.machine_tokens import MachineTokens
from conf.accounts.user_accounts import UserAccounts
from conf.certificates.folder import Certificates
from media.devices.device import SoundDeviceError
from media.devices.portaudio import card_is_there
from media.devices.sound_uri import Sound, SoundUriError, choose_sound
from media.engine.engine import Engine
from media.engine.events import ClipFinished
from sip.account import RegistrationChanged
from speaker.alarm import Alarm
from speaker.calls.controller import CallController
from speaker.calls.dialler import Dialler
from speaker.calls.media_ports import MediaPorts
from speaker.change import Unavailable
from speaker.device_state import state_of
from speaker.event_feed import EventFeed
from speaker.events import Bus
from speaker.farewells import Farewells
from speaker.http.app import make_app
from speaker.http.doors import Doors
from speaker.http.logins import Logins, realm_of
from speaker.journal import Journal
from speaker.kept_sockets import KeptSockets
from speaker.lifecycle import Lifecycle
from speaker.live_settings import LiveSettings
from speaker.local_time import LocalTime
from speaker.metrics.tally import Tally
from speaker.notifications.desk import NotificationDesk
from speaker.reports.call_report import Equipment
from speaker.reports.call_reporter import CallReporter
from speaker.reports.report_store import ReportStore
from speaker.rules.rule_engine import RuleEngine
from speaker.rules.rule_runner import RuleRunner
from speaker.signalling.registrations import Registrations
from speaker.signalling.sip_ports import PortOpener
from speaker.signalling.telephony import Telephony
from speaker.sound.clip_desk import ClipDesk
from speaker.sound.clip_player import ClipPlayer
from speaker.sound.input_level import InputLevel
from speaker.sound.listening import Listening
from speaker.sound.named_clips import NamedClips
from speaker.sound.paging import Paging
from speaker.sound.sound_condition import SoundCondition
from speaker.sound.sound_controls import SoundControls
from speaker.sound.sound_log import log_sound
from speaker.sound.speech import Speech
from speaker.sound.transmission import Transmitter
from speaker.support.traffic_tap import TrafficTap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from conf.files.data_folder import DataFolder
    from conf.settings import Settings
    from conf.store.settings_store import SettingsStore
    from media.engine.events import EngineEvent
    from sip.session.events import UserAgentEvent
    from speaker.change import Part
    from speaker.kept_sockets import NamedSocket

    Witness = Callable[[UserAgentEvent | EngineEvent], None]

log = structlog.get_logger(__name__)


class StartFailure(Exception):
    """The device cannot start; the message is one sentence for the person who started it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the command line says about where the device runs. None: the usual."""

    bind: str | None
    serves_http: bool
    """Whether there is an HTTP side at all."""
    output: str | None
    input: str | None
    journal: Journal = field(default_factory=Journal)
    """Where the log of this process goes."""
    kept: KeptSockets = field(default_factory=KeptSockets)
    """Sockets that were bound before this process began."""


class Device:
    """A running speaker. All of this happens on the main loop; sound has a thread of its own."""

    def __init__(
        self,
        store: SettingsStore,
        data: DataFolder,
        surroundings: Surroundings,
        settings: Settings | None = None,
        *,
        lifecycle: Lifecycle | None = None,
    ) -> None:
        """`settings` count in place of those of the store, for good; None: its own do."""
        self.store = store
        self.bus = Bus()
        self._local_time = LocalTime()
        self.journal = surroundings.journal
        self.local_token = data.make_local_token()
        self._surroundings = surroundings
        self._data = data
        self._loop = asyncio.get_running_loop()
        self.lifecycle = lifecycle or Lifecycle(self._loop.time)
        self.traffic = TrafficTap()
        self._witnesses: list[Witness] = []
        self._made_up_serial = data.serial()
        self._farewells = Farewells(self._farewells_are_awaited)
        self._live = LiveSettings(settings or store.settings, turn=self.turn)
        self._make_sound()
        self._make_signalling()
        self._make_calls()
        timed = self.calls, self._rules, self.registrations, self.notifications
        self._alarm = Alarm(self._loop, *timed)
        self._make_logins()
        self._doors = self._make_doors()
        self._live.parts = self._parts()
        self._stop_following = _nothing
        self._follows_store = settings is None

    def _parts(self) -> tuple[Part, ...]:
        """Those that take settings, in their order: calls hear of an account's end before SIP."""
        doors = () if self._doors is None else (self._doors,)
        return (
            self._local_time,
            SoundControls(self.engine, self._reporter),
            NamedClips(self.clips.library),
            self.speech,
            self._input_level,
            self.calls,
            self.registrations,
            self._paging,
            self.telephony,
            self.notifications,
            self._rules,
            *doors,
        )

    def _make_sound(self) -> None:
        asked = self._surroundings
        try:
            sound = choose_sound(asked.output, asked.input, card_is_there=card_is_there())
        except SoundUriError as error:
            raise StartFailure(str(error)) from error
        if sound.warning:
            log.warning(sound.warning)
        self.engine = Engine(str(sound.output), str(sound.input), on_event=self._from_engine_thread)
        self._sound_condition = SoundCondition(self.bus)
        self._input_level = InputLevel(self.engine, self.bus)
        self.clips = ClipDesk(self._data, self.store)
        self.player = ClipPlayer(self.clips.library, self.engine, self.bus)
        self.speech = Speech(self.player, lambda: self.settings, self.turn)
        self.transmitter = Transmitter(self.engine, self.bus, clock=self._loop.time)
        self.listening = Listening(self.engine, self.bus)
        self.event_feed = EventFeed(self.bus, lambda: datetime.now(UTC))
        self.reports = ReportStore(self._data.calls)
        self.tally = Tally()
        self.bus.listen(self.tally.on_event)
        self.reports.listen(self.tally.on_report)
        self._reporter = self._make_reporter(sound)
        self._paging = Paging(
            bind=asked.bind,
            sound=self.engine,
            bus=self.bus,
            loop=self._loop,
            reporter=self._reporter,
            tap=self.traffic.datagram,
        )

    def _make_reporter(self, sound: Sound) -> CallReporter:
        return CallReporter(
            Equipment(loudspeaker=str(sound.output), microphone=str(sound.input)),
            self.bus,
            keep=self.reports.keep,
            wall=lambda: datetime.now().astimezone(),
        )

    def _make_signalling(self) -> None:
        self.telephony = Telephony(
            self,
            bind=self._surroundings.bind,
            ports=PortOpener(self._surroundings.bind, self._surroundings.kept),
            certificates=self._data.certificates,
            instance=self._data.instance(),
            farewells=self._farewells,
            tap=self.traffic.sip,
        )
        self.registrations = Registrations(self.bus)

    def _make_calls(self) -> None:
        self._media = MediaPorts(
            self._surroundings.bind,
            self.engine,
            lambda: self.settings.sip,
            tap=self.traffic.datagram,
        )
        self.calls = CallController(
            self.settings,
            self.telephony.agent,
            transmit=self.telephony.transmit,
            open_media=self._media.open,
            address_towards=self._media.address_towards,
            player=self.player,
            bus=self.bus,
            reporter=self._reporter,
        )
        self.dialler = Dialler(self.calls, self.telephony, lambda: self.settings.sip, self.turn)
        self.notifications = NotificationDesk(self)
        self._rules = RuleRunner(
            RuleEngine(()),
            self.bus,
            calls=self.calls,
            player=self.player,
            notify=self.notifications.notify,
            speak=self.speech.speak_soon,
            clock=self._loop.time,
        )

    def _make_logins(self) -> None:
        store = self.store
        self.accounts = UserAccounts(
            store.database, store.box, store.audit, realm=lambda: realm_of(self.serial)
        )
        self.tokens = MachineTokens(store.database, store.audit)
        self.logins = Logins(
            self.accounts,
            self.tokens,
            local_token=self.local_token,
            serial=lambda: self.serial,
            settings=lambda: self.settings.http,
            bus=self.bus,
            now=self._loop.time,
        )

    def _make_doors(self) -> Doors | None:
        if not self._surroundings.serves_http:
            return None
        return Doors(
            make_app(self),
            self._surroundings.bind,
            Certificates(self._data.certificates),
            self._surroundings.kept,
            on_open=self._note_doors,
        )

    # --- settings --------------------------------------------------------------------------------

    @property
    def settings(self) -> Settings:
        """What every part of the device goes by now."""
        return self._live.settings

    @property
    def serial(self) -> str:
        """The serial number: as set, or made up at the first start."""
        return self.settings.device.serial or self._made_up_serial

    @property
    def address(self) -> str:
        """The address that people are told, in brackets where it needs them."""
        return self._media.told_address

    @property
    def certificates_folder(self) -> Path:
        """Where the certificates are."""
        return self._data.certificates

    async def change(self, tables: Mapping[str, object], *, by: str, address: str = "") -> Settings:
        """Change settings, and return when every part of the device has taken them.

        See `SettingsStore.change`; any other change of the store, off this loop, does it as well.
        """
        return await asyncio.to_thread(self.store.change, tables, by=by, address=address)

    # --- start and stop --------------------------------------------------------------------------

    async def start(self) -> None:
        """Open everything, the doors last.

        Raises:
            BadSettings: a setting names a clip, certificate or codec that cannot be had.
            StartFailure: something cannot be opened.
        """
        self.clips.clear_up()
        try:
            self.engine.start()
        except SoundDeviceError as error:
            raise StartFailure(str(error)) from error
        try:
            await self._live.start()
        except Unavailable as error:
            raise StartFailure(str(error)) from error
        self._surroundings.kept.close()
        self.clips.start()
        if self._follows_store:
            self._stop_following = self.store.accompany(self._live.taking)
        with self.turn():
            self.bus.set("device.ready", True)

    def _note_doors(self, url: str) -> None:
        """Leave word for the programs of this machine."""
        if self.bus.value("device.ready"):
            self._loop.run_in_executor(None, self._data.note_http, url)  # it waits for the disk
        else:
            self._data.note_http(url)

    def ready_line(self) -> str:
        """What `speaker run` prints when it can take calls."""
        doors = self._doors
        ports = {
            "sip": self.telephony.port,
            "http": None if doors is None else doors.port,
            "tls": self.telephony.tls_port,
            "https": None if doors is None else doors.https_port,
        }
        host = self._media.told_address
        told = (f"{name}={host}:{port}" if port else f"{name}=off" for name, port in ports.items())
        return f"ready {' '.join(told)}"

    def state(self) -> dict[str, Any]:
        """What the device is now, for the HTTP interface."""
        return state_of(self)

    @property
    def data_folder(self) -> Path:
        """Where everything is that the device remembers."""
        return self._data.path

    @property
    def sockets(self) -> list[NamedSocket]:
        """Those that are listened on; a restart keeps them."""
        return [*self.telephony.sockets, *([] if self._doors is None else self._doors.sockets)]

    async def stop(self) -> None:
        """End every call politely, then close everything; 3 seconds at most."""
        self._stop_following()
        self._live.close()
        self.clips.give_up()
        self.speech.give_up()
        self.transmitter.stop()
        self.listening.end()
        self.event_feed.close()
        with self.turn() as now:
            self.bus.set("device.ready", False)
            self.calls.close(now)
            self.telephony.leave_accounts()
        await self._farewells.said()
        await self.notifications.close()
        # From here on nobody who calls is refused: a socket that is kept keeps it for the next one.
        await self.telephony.close()
        self._local_time.restore()
        if self._doors is not None:
            await self._doors.stop()
        self.engine.stop()  # before the paths that it reads are closed
        await asyncio.sleep(0)  # hear what the engine told last
        self._paging.close()
        self._alarm.cancel()
        await self.clips.close()
        await self.speech.close()
        await self.reports.flush()

    def _farewells_are_awaited(self) -> bool:
        return bool(self.calls.calls or self.calls.leaving or self.registrations.leaving)

    # --- turns -----------------------------------------------------------------------------------

    @contextlib.contextmanager
    def turn(self) -> Iterator[float]:
        """Let something into the device: yields `now`, and sets the alarm anew at the end."""
        try:
            yield self._loop.time()
        finally:
            self._alarm.rearm()

    def on_sip_event(self, event: UserAgentEvent) -> None:
        """The user agent tells something."""
        with self.turn() as now:
            if isinstance(event, RegistrationChanged):
                self.registrations.on_changed(event, now)
            else:
                self.calls.on_sip_event(event, now)
            self._farewells.note()
            self._let_witness(event)

    def on_network_changed(self) -> None:
        """The machine has other addresses or routes than before."""
        log.info("the network has changed; calls and registrations follow")
        with self.turn() as now:
            self.telephony.renew_addresses()
            self.calls.on_network_changed(now)

    def on_port_changed(self, now: float) -> None:
        """SIP reaches us by another port than before."""
        self.calls.on_port_changed(now)

    @contextlib.contextmanager
    def witnessed_by(self, witness: Witness) -> Iterator[None]:
        """Tell `witness` what the user agent and the sound engine tell, after it was acted on."""
        self._witnesses.append(witness)
        try:
            yield
        finally:
            self._witnesses.remove(witness)

    def _let_witness(self, event: UserAgentEvent | EngineEvent) -> None:
        for witness in tuple(self._witnesses):
            witness(event)

    def _from_engine_thread(self, event: EngineEvent) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody is left to tell
            self._loop.call_soon_threadsafe(self._on_sound_event, event)

    def _on_sound_event(self, event: EngineEvent) -> None:
        match event:
            case ClipFinished():
                self.player.on_finished(event)
            case _:
                log_sound(event)
                self._sound_condition.on_sound_event(event)
                self._input_level.on_sound_event(event)
                self._paging.on_sound_event(event)
                self.transmitter.on_sound_event(event)
        with self.turn() as now:
            self.calls.on_sound_event(event, now)
            self._let_witness(event)


def _nothing() -> None:
    """The store is not followed."""
