"""The device: every part made, wired together, started in order and stopped in order."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import structlog

from conf.problem import BadSettings, Problem, shown
from media.clips.clip import ClipError
from media.codecs.registry import BY_TITLE
from media.devices.device import SoundDeviceError
from media.devices.portaudio import card_is_there
from media.devices.sound_uri import Sound, SoundUriError, choose_sound
from media.engine.commands import SetGains, ShapeMicrophone
from media.engine.engine import Engine
from media.engine.events import (
    ClipFinished,
    CommandRefused,
    DeviceBack,
    DeviceLost,
    StreamStopped,
    Underrun,
)
from media.microphone.near_end import EchoCancellation
from media.microphone.noise_suppressor import NoiseSuppression
from media.security.dtls_identity import DtlsIdentity
from nat.local_address import NoRoute, local_address_towards
from nat.multicast import open_multicast_path
from nat.port_pair import open_port_pair
from sip.account import RegistrationChanged
from sip.errors import MalformedUri
from sip.session.events import SessionId
from speaker.accounts import sip_accounts
from speaker.alarm import Alarm
from speaker.call_book import CallRefused
from speaker.call_media import CallMedia
from speaker.call_report import Equipment
from speaker.call_reporter import CallReporter
from speaker.clip_levels import ClipLevels
from speaker.clip_player import ClipPlayer
from speaker.clips import ClipLibrary, UnknownClip, clips_named
from speaker.controller import CallController
from speaker.dialling import dialled, first_hop
from speaker.events import Bus
from speaker.http.app import make_app
from speaker.http.server import HttpServer, bind_http
from speaker.key_exposure import warn_of_readable_keys
from speaker.media_plan import codec_problems, media_plan
from speaker.paging import Paging
from speaker.registrations import Registrations
from speaker.report_store import ReportStore
from speaker.rule_runner import RuleRunner
from speaker.rules import RuleEngine
from speaker.sound_condition import SoundCondition
from speaker.telephony import Telephony
from speaker.tls import Tls
from speaker.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conf.data_folder import DataFolder
    from conf.settings import AccountSettings, Settings
    from media.engine.events import EngineEvent
    from media.stream.statistics import StreamStatistics
    from sip.session.events import UserAgentEvent

    Witness = Callable[[UserAgentEvent | EngineEvent], None]

log = structlog.get_logger(__name__)

FAREWELL_S = 1.5
"""How long a stop waits for the peers to confirm that their calls have ended."""

SOMEWHERE = "192.0.2.1"
"""An address that is nobody's (RFC 5737): the way there is the way out of this machine."""


class StartFailure(Exception):
    """The device cannot start; the message is one sentence for the person who started it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the command line says about where the device runs. None: the usual."""

    bind: str | None
    http_port: int | None
    """0: any free one; None: no HTTP at all."""
    output: str | None
    input: str | None


class Device:
    """A running speaker. All of this happens on the main loop; sound has a thread of its own."""

    def __init__(self, settings: Settings, data: DataFolder, surroundings: Surroundings) -> None:
        self.settings = settings
        self.bus = Bus()
        self._serial = settings.device.serial or data.serial()
        self._surroundings = surroundings
        self._data = data
        self._loop = asyncio.get_running_loop()
        self._identity = DtlsIdentity()
        self._sound = self._choose_sound()
        self._engine = Engine(
            str(self._sound.output), str(self._sound.input), on_event=self._from_engine_thread
        )
        self._sound_condition = SoundCondition(self.bus)
        self._library = ClipLibrary(data.clips, ClipLevels(settings.audio, settings.clips))
        self._http: HttpServer | None = None
        self._farewells_said = asyncio.Event()
        tls = Tls(settings.sip, data.certificates, device_name=settings.device.name)
        self.telephony = Telephony(
            settings.sip,
            sip_accounts(settings, instance=data.instance()),
            bind=surroundings.bind,
            tls=tls,
        )
        self.registrations = Registrations(settings.sip.accounts, self.bus)
        self._witnesses: list[Witness] = []
        player = ClipPlayer(self._library, self._engine, self.bus)
        self._player = player
        self.reports = ReportStore(data.calls)
        reporter = self._make_reporter()
        self.calls = CallController(
            settings,
            self.telephony.agent,
            transmit=self.telephony.transmit,
            open_media=self._open_media,
            address_towards=self._media_address_towards,
            player=player,
            bus=self.bus,
            reporter=reporter,
        )
        self._paging = Paging(
            settings.multicast,
            sound=self._engine,
            bus=self.bus,
            loop=self._loop,
            reporter=reporter,
        )
        rules = RuleRunner(
            RuleEngine(settings.rules),
            self.bus,
            calls=self.calls,
            player=player,
            clock=self._loop.time,
        )
        self._alarm = Alarm(self._loop, self.calls, rules, self.registrations)

    def _make_reporter(self) -> CallReporter:
        equipment = Equipment(
            loudspeaker=str(self._sound.output),
            microphone=str(self._sound.input),
            input_gain_db=self.settings.audio.input_gain_db,
        )
        return CallReporter(
            equipment,
            self.bus,
            keep=self.reports.keep,
            wall=lambda: datetime.now().astimezone(),
        )

    def _choose_sound(self) -> Sound:
        asked = self._surroundings
        try:
            sound = choose_sound(asked.output, asked.input, card_is_there=card_is_there())
        except SoundUriError as error:
            raise StartFailure(str(error)) from error
        if sound.warning:
            log.warning(sound.warning)
        return sound

    # --- start and stop --------------------------------------------------------------------------

    async def start(self) -> None:
        """Open everything, the doors last.

        Raises:
            BadSettings: a setting names a clip, certificate or codec that cannot be had.
            StartFailure: something cannot be opened.
        """
        warn_of_readable_keys(self.settings.sip.accounts)
        self._load_codecs()
        self._load_clips()
        try:
            self._engine.start()
        except SoundDeviceError as error:
            raise StartFailure(str(error)) from error
        audio = self.settings.audio
        self._engine.submit(
            SetGains(
                output_gain_db=audio.output_gain_db,
                output_muted=audio.output_muted,
                input_gain_db=audio.input_gain_db,
                input_muted=audio.input_muted,
                input_enabled=audio.input_enabled,
            )
        )
        self._engine.submit(
            ShapeMicrophone(
                echo_cancellation=EchoCancellation(audio.echo_cancellation),
                noise_suppression=NoiseSuppression(audio.noise_suppression),
                automatic_gain=audio.automatic_gain,
            )
        )
        self._open_paging()
        self._bind_http()
        await self._open_sip()
        if self._http is not None:
            self._http.start()  # last, as what it is asked for may need all the others
            # Without --bind it is at every address, and answers those who come by loopback.
            near = self._own_address() if self._surroundings.bind else "127.0.0.1"
            self._data.note_http(f"{near}:{self._http.port}")
        with self.turn() as now:
            self.bus.set("device.ready", True)
            self.registrations.expect(self.telephony.registering, now)
            self.telephony.enter_accounts()

    def _load_codecs(self) -> None:
        """Load the libraries of the codecs that calls may have, before a call needs them."""
        problems = codec_problems(BY_TITLE[title] for title in self.settings.sip.codecs)
        if problems:
            raise BadSettings(problems)

    def _load_clips(self) -> None:
        """Decode every clip that a setting names, before it is needed."""
        problems = []
        for key, clip in clips_named(self.settings):
            try:
                self._library.load(clip)
            except (UnknownClip, ClipError) as error:
                problems.append(Problem(key, shown(clip), str(error)))
        if problems:
            raise BadSettings(problems)

    def _open_paging(self) -> None:
        if not self.settings.multicast.enabled:
            return
        for source in self.settings.multicast.sources:
            try:
                path = open_multicast_path(
                    source.address, source.port, interface=self._surroundings.bind
                )
            except (OSError, ValueError) as error:
                raise StartFailure(
                    f"multicast source {source.label!r}: {source.address} port {source.port}"
                    f" cannot be joined: {error}"
                ) from error
            self._paging.add(source, path)

    def _bind_http(self) -> None:
        port = self._surroundings.http_port
        if port is None:
            return
        try:
            sockets = bind_http(self._surroundings.bind, port)
        except OSError as error:
            where = f" of {self._surroundings.bind}" if self._surroundings.bind else ""
            raise StartFailure(
                f"HTTP port {port}{where} cannot be opened: {error.strerror}"
            ) from error
        self._http = HttpServer(make_app(self), sockets)

    async def _open_sip(self) -> None:
        try:
            await self.telephony.open(self._on_sip_event, self._on_network_changed)
        except OSError as error:
            raise StartFailure(str(error)) from error

    def ready_line(self) -> str:
        """What `speaker run` prints when it can take calls."""
        host = self._own_address()
        port = self.telephony.port
        sip = f"{host}:{port}" if port is not None else "off"
        http = f"{host}:{self._http.port}" if self._http is not None else "off"
        tls_port = self.telephony.tls_port
        tls = f"{host}:{tls_port}" if tls_port is not None else "off"
        return f"ready sip={sip} http={http} tls={tls}"

    def _own_address(self) -> str:
        """The address that people are told, in brackets where it needs them."""
        host = self._surroundings.bind
        if host is None:
            try:
                host = local_address_towards(SOMEWHERE)
            except NoRoute:
                host = "127.0.0.1"
        return f"[{host}]" if ":" in host else host

    async def stop(self) -> None:
        """End every call politely, then close everything; 3 seconds at most."""
        with self.turn() as now:
            self.bus.set("device.ready", False)
            self.calls.close(now)
            self.telephony.leave_accounts()
            self._note_farewells()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FAREWELL_S):
                await self._farewells_said.wait()
        await self.telephony.close()
        if self._http is not None:
            await self._http.stop()
        self._engine.stop()  # before the paths that it reads are closed
        await asyncio.sleep(0)  # hear what the engine told last
        self._paging.close()
        self._alarm.cancel()
        await self.reports.flush()

    # --- turns -----------------------------------------------------------------------------------

    @contextlib.contextmanager
    def turn(self) -> Iterator[float]:
        """Let something into the device: yields `now`, and sets the alarm anew at the end."""
        try:
            yield self._loop.time()
        finally:
            self._alarm.rearm()

    def _on_sip_event(self, event: UserAgentEvent) -> None:
        with self.turn() as now:
            if isinstance(event, RegistrationChanged):
                self.registrations.on_changed(event, now)
            else:
                self.calls.on_sip_event(event, now)
            self._note_farewells()
            self._let_witness(event)

    def _on_network_changed(self) -> None:
        log.info("the network has changed; calls and registrations follow")
        with self.turn() as now:
            self.telephony.renew_addresses()
            self.calls.on_network_changed(now)

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

    def _note_farewells(self) -> None:
        if self.calls.calls or self.calls.leaving or self.registrations.leaving:
            self._farewells_said.clear()
        else:
            self._farewells_said.set()

    def _from_engine_thread(self, event: EngineEvent) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody is left to tell
            self._loop.call_soon_threadsafe(self._on_sound_event, event)

    def _on_sound_event(self, event: EngineEvent) -> None:
        match event:
            case ClipFinished():
                self._player.on_finished(event)
            case _:
                _log_sound(event)
                self._sound_condition.on_sound_event(event)
                self._paging.on_sound_event(event)
        with self.turn() as now:
            self.calls.on_sound_event(event, now)
            self._let_witness(event)

    # --- what the parts ask of one another -------------------------------------------------------

    def _open_media(self, account: AccountSettings, peer_host: str) -> CallMedia:
        sip = self.settings.sip
        address = self._media_address_towards(peer_host)
        plan = media_plan(sip, account, address, self._identity)
        paths = open_port_pair(self._surroundings.bind, sip.rtp_start_port)
        return CallMedia(plan, paths, self._engine)

    def _media_address_towards(self, peer_host: str) -> str:
        return self._surroundings.bind or _address_towards(peer_host)

    async def call(self, text: str, account_id: str | None) -> SessionId:
        """Call a SIP URI, or a number at the account's own server; None: by the default account.

        Raises:
            CallRefused: the call cannot be placed.
            MalformedUri: it is not clear whom to call.
        """
        account = self.telephony.accounts.get(account_id or self.settings.sip.default_account.id)
        if account is None:
            asked = f"account {account_id!r}" if account_id else "default account"
            raise CallRefused(f"no active {asked}")
        target = dialled(text, account)
        hop = first_hop(target, account)
        found = await self.telephony.look_up(hop, account)
        if self.settings.sip.enabled and not found.targets:
            raise CallRefused(f"{hop.host!r} cannot be found")
        address = found.targets[0].address.host if found.targets else SOMEWHERE
        with self.turn() as now:
            return self.calls.call(target, account.id, now, address=address)

    def transfer(
        self, session: SessionId, text: str | None, to_call: str | None, now: float
    ) -> None:
        """Let a peer talk to what `text` dials, or to the peer of the call `to_call`.

        Raises:
            NoSuchCall: there is no such call.
            IllegalStep: a call is not answered, or the peer is being transferred already.
            MalformedUri: it is not clear to whom: not exactly one of the two is given.
        """
        if (text is None) == (to_call is None):
            raise MalformedUri("a transfer needs either `uri` or `to_call`")
        if to_call is not None:
            self.calls.transfer(session, SessionId(to_call), now)
        elif text is not None:
            account = self.telephony.accounts[self.calls.find(session).account.id]
            self.calls.transfer(session, dialled(text, account), now)

    def state(self) -> dict[str, Any]:
        """What the device is now, for the HTTP interface."""
        device = self.settings.device
        return {
            "device": {"name": device.name, "serial": self._serial, "version": VERSION},
            "accounts": [
                account.model_dump(include={"id", "name", "active", "default"})
                for account in self.settings.sip.accounts
            ],
            "conditions": [
                {"name": each.name, "of": each.of, "value": each.value, **each.attributes}
                for each in self.bus.conditions()
            ],
            "calls": [
                {
                    "call": call.session,
                    "state": call.state.value,
                    "account": call.account.id,
                    "peer": call.peer,
                    "caller": asdict(call.caller) if call.caller else None,
                    "codec": call.media.agreed.codec.title if call.media.agreed else None,
                }
                for call in self.calls.calls
            ],
            "sip": self.telephony.figures(),
            "engine": asdict(self._engine.figures()),
            "process": {
                # Both come back to what they were once nothing has happened for a minute.
                "tasks": len(asyncio.all_tasks(self._loop)),
                "remembered": self.telephony.agent.remembered,
            },
        }


def _log_sound(event: EngineEvent) -> None:
    """Tell an installer what the sound engine has to tell of itself and of its devices."""
    match event:
        case StreamStopped(stream, statistics):
            log.info("sound ends", stream=stream, **_report(statistics))
        case Underrun(count):
            log.warning("the loudspeaker ran out of sound: this machine is too busy", times=count)
        case DeviceLost(device, why):
            log.error("no sound there until the device is back", device=device, why=why)
        case DeviceBack(device):
            log.info("sound device is back", device=device)
        case CommandRefused(command, why):
            log.error("the sound engine refuses", command=command, why=why)
        case _:
            pass


def _report(statistics: StreamStatistics) -> dict[str, int | float]:
    """What of a stream's figures tells an installer how it went."""
    told = {
        "mos": statistics.mos,
        "mos_there": statistics.remote_mos,
        "round_trip_ms": statistics.round_trip_ms,
    }
    known = {name: round(value, 1) for name, value in told.items() if value is not None}
    return known | {
        "received": statistics.packets_received,
        "sent": statistics.packets_sent,
        "lost": statistics.packets_lost,
        "late": statistics.packets_late,
        "concealed_ms": statistics.concealed_ms,
        "stretched_ms": statistics.stretched_ms,
        "shortened_ms": statistics.shortened_ms,
        "jitter_ms": round(statistics.jitter_ms, 1),
        "delay_ms": round(statistics.playout_delay_ms),
    }


def _address_towards(host: str) -> str:
    try:
        return local_address_towards(host)
    except (NoRoute, ValueError):
        return local_address_towards(SOMEWHERE)
