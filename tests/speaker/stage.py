"""A phone and the device in memory: their messages, their sound, and their common time."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import numpy as np

from conf.sections.notify import Notify
from conf.settings import AccountSettings, Settings
from conf.validation.validate import validate
from media.devices.virtual import Virtual
from media.engine.commands import EngineCommand
from media.engine.engine_core import EngineCore
from media.engine.events import ClipFinished, EngineEvent, StreamStopped
from media.frame import TICK_S, FloatArray, silence
from media.sdp.negotiation import Capabilities, make_offer, read_answer
from media.sdp.session_description import Origin
from media.security.dtls_identity import DtlsIdentity
from media.stream.rtp_stream import RtpStream
from nat.local_address import NoRoute
from sip.session.events import Answered, Progress, UserAgentEvent
from sip.syntax.uri import SipUri
from speaker.calls.call_media import CallMedia
from speaker.calls.controller import CallController
from speaker.calls.media_plan import media_plan
from speaker.events import Bus, Condition, Event, Happening
from speaker.reports.call_report import CallReport, Equipment
from speaker.reports.call_reporter import CallReporter
from speaker.rules.rule_engine import RuleEngine
from speaker.rules.rule_runner import RuleRunner
from speaker.signalling.accounts import sip_accounts
from speaker.sound.clip_player import ClipPlayer
from speaker.sound.clips import ClipLibrary
from speaker.sound.speech import Spoken
from tests.sip.pair import Pair, Phone
from tests.speaker.memory_network import MemoryNetwork
from tests.speaker.sound.no_cache import NO_CACHE

PHONE_TONE_HZ = 700.0
ROOM_TONE_HZ = 1300.0

DEVICE_IDENTITY = DtlsIdentity()
PHONE_IDENTITY = DtlsIdentity()


class Voice(Protocol):
    """What somebody says."""

    def frame(self) -> FloatArray:
        """The next 480 samples."""


class Room(Virtual):
    """A loudspeaker that is written down, and a microphone in which a tone sounds."""

    underruns = 0

    def __init__(self) -> None:
        self.played: list[FloatArray] = []
        self.voice: Voice = Tone(ROOM_TONE_HZ)

    def write(self, frame: FloatArray | None, now: float) -> None:
        self.played.append(silence() if frame is None else frame.copy())

    def read(self, into: FloatArray, played: FloatArray | None, now: float) -> None:
        into[:] = self.voice.frame()


class Tone:
    """An endless tone of -12 dB, cut into frames."""

    def __init__(self, frequency_hz: float) -> None:
        self._frequency_hz = frequency_hz
        self._sample = 0

    def frame(self) -> FloatArray:
        samples = np.arange(self._sample, self._sample + 480)
        self._sample += 480
        tone = 0.25 * np.sin(2 * np.pi * self._frequency_hz * samples / 48000)
        return tone.astype(np.float32)


def level_db(frames: list[FloatArray], frequency_hz: float) -> float:
    """How loud a tone is in the frames, dB of full scale (RMS); -120 at least."""
    sound = np.concatenate(frames) if frames else silence()
    wave = np.exp(-2j * np.pi * frequency_hz * np.arange(sound.size) / 48000)
    amplitude = 2 * abs(np.mean(sound * wave))
    return 20 * float(np.log10(max(amplitude / np.sqrt(2), 1e-6)))


class Stage:
    """Alice is a phone with sound; Bob is the device."""

    def __init__(
        self, settings: Mapping[str, object] | None = None, *, room: Room | None = None
    ) -> None:
        sip: dict[str, object] = {"allowed_callers": ["any"]}
        tables: dict[str, object] = {"sip": sip, **(settings or {})}
        if settings and isinstance(settings.get("sip"), Mapping):
            tables["sip"] = {**sip, **settings["sip"]}  # type: ignore[dict-item]
        self.settings: Settings = validate(tables)
        self.pair = Pair(on_event=self._on_event)
        self.network = MemoryNetwork()
        self.device_address: str | None = self.pair.bob.host
        """Where the device is for its peers; None: no route leads to them."""
        self.room = room or Room()
        self.told: list[Event] = []
        self._engine_events: list[EngineEvent] = []
        self.equipment = Equipment()
        self.reports: list[CallReport] = []
        self._engine = EngineCore(self.room, self.room, self._engine_events.append)
        self._ports = iter(range(4000, 5000, 2))
        self._wire_device()
        self._wire_phone()

    def _wire_device(self) -> None:
        for account in sip_accounts(self.settings, instance="urn:uuid:bob"):
            self.pair.bob.do(self.pair.bob.agent.add_account(account, self.pair.now))
        self.bus = Bus()
        self.bus.listen(self.told.append)
        self._player = ClipPlayer(ClipLibrary(Path("/nonexistent"), NO_CACHE), self, self.bus)
        self.calls = CallController(
            self.settings,
            self.pair.bob.agent,
            transmit=self.pair.bob.do,
            open_media=self._open_media,
            address_towards=self._address_towards,
            player=self._player,
            bus=self.bus,
            reporter=CallReporter(
                self.equipment,
                self.bus,
                keep=self._keep,
                wall=lambda: datetime.fromtimestamp(self.pair.now, UTC),
            ),
        )
        self.notified: list[Notify] = []
        """What recipients are told."""
        self.spoken: list[tuple[Spoken, Callable[[str], None]]] = []
        """Texts of rules, and who hears why they cannot be spoken."""
        self._rules = RuleRunner(
            RuleEngine(self.settings.rules),
            self.bus,
            calls=self.calls,
            player=self._player,
            notify=lambda action, *_why: self.notified.append(action),
            speak=lambda spoken, complain: self.spoken.append((spoken, complain)),
            clock=lambda: self.pair.now,
        )

    def _wire_phone(self) -> None:
        self.phone: Phone = self.pair.alice
        self.heard: list[FloatArray] = []
        self.speaks = True
        self.is_muted = False
        """The phone goes on sending, but no sound."""
        self.sends_reports = False
        """The phone sends RTCP."""
        self._phone_rtp, self._phone_rtcp = self.network.open_pair(self.phone.host, 6000)
        self.offer = make_offer(
            Capabilities(), self.phone.host, 6000, origin=Origin(1, 1, self.phone.host)
        )
        self.phone_stream: RtpStream | None = None
        self.phone_rtp_arrived = 0
        self.lost_packets = 0
        """Of the last stream that has ended, on its way to the device."""
        self.phone_voice: Voice = Tone(PHONE_TONE_HZ)

    def _open_media(self, account: AccountSettings, peer_host: str) -> CallMedia:
        plan = media_plan(self.settings.sip, account, self.pair.bob.host, DEVICE_IDENTITY)
        paths = self.network.open_pair(self.pair.bob.host, next(self._ports))
        return CallMedia(plan, paths, self)

    def _keep(self, report: CallReport) -> CallReport:
        self.reports.append(replace(report, number=len(self.reports) + 1))
        return self.reports[-1]

    def _address_towards(self, peer_host: str) -> str:
        if self.device_address is None:
            raise NoRoute(f"no route to {peer_host}")
        return self.device_address

    def submit(self, command: EngineCommand) -> None:
        self._engine.carry_out(command, self.pair.now, self.pair.now)

    def _on_event(self, phone: Phone, event: UserAgentEvent) -> None:
        if phone is self.pair.bob:
            self.calls.on_sip_event(event, self.pair.now)
        elif phone is self.phone and isinstance(event, Answered | Progress) and event.body:
            agreed = read_answer(self.offer, event.body)
            if self.phone_stream is None:
                self.phone_stream = RtpStream(
                    agreed,
                    ssrc=1,
                    first_sequence=1,
                    first_timestamp=1,
                    cname="phone",
                    identity=PHONE_IDENTITY,
                )

    def change(self, settings: Mapping[str, object]) -> None:
        """Have the calls of the device go by other settings."""
        self.settings = validate({"sip": {"allowed_callers": ["any"]}, **settings})
        self.calls.apply(self.settings, self.pair.now)

    def call(self) -> None:
        """Let the phone call the device."""
        self.phone.call(self.pair.bob, self.offer)
        self.run(0.05)

    def place_call(self) -> None:
        """Let the device call the phone."""
        target = SipUri.for_user("alice", self.phone.host)
        self.calls.call(target, None, self.pair.now, address=self.phone.host)
        self.run(0.1)

    def run(self, seconds: float) -> None:
        """Let time pass for messages, timers and sound."""
        for _ in range(round(seconds / TICK_S)):
            self.pair.run(TICK_S)
            self.network.now = self.pair.now
            self._phone_talks()
            self._engine.tick(self.pair.now, self.pair.now)
            self._device_hears_its_engine()
            for part in (self.calls, self._rules):
                if part.deadline is not None and part.deadline <= self.pair.now:
                    part.on_timer(self.pair.now)

    def _device_hears_its_engine(self) -> None:
        events, self._engine_events[:] = tuple(self._engine_events), []
        for event in events:
            if isinstance(event, StreamStopped):
                figures = event.statistics
                self.lost_packets = figures.packets_lost + figures.packets_unauthentic
            if isinstance(event, ClipFinished):
                self._player.on_finished(event)
            self.calls.on_sound_event(event, self.pair.now)

    def _phone_talks(self) -> None:
        stream, now = self.phone_stream, self.pair.now
        datagrams = self._phone_rtp.receive()
        self.phone_rtp_arrived += len(datagrams)
        if stream is None:
            return
        for data, source, arrived in datagrams:
            stream.receive(data, source, arrived)
        if stream.handshake_is_due(now):
            stream.advance_handshake(now)
        if self.sends_reports:
            for report, to in stream.control(now, now):
                (self._phone_rtp if stream.multiplexed else self._phone_rtcp).send(report, to)
        frame = stream.play(now)
        self.heard.append(silence() if frame is None else frame.copy())
        if self.speaks:
            frame = silence() if self.is_muted else self.phone_voice.frame()
            for packet, to in stream.capture(frame, now):
                self._phone_rtp.send(packet, to)

    def room_level_db(self, frequency_hz: float = PHONE_TONE_HZ) -> float:
        """How loud a tone was in the room in the last 0.2 s."""
        return level_db(self.room.played[-20:], frequency_hz)

    def phone_level_db(self, frequency_hz: float = ROOM_TONE_HZ) -> float:
        """How loud a tone was in the phone in the last 0.2 s."""
        return level_db(self.heard[-20:], frequency_hz)

    def state(self) -> object:
        """The device's `call.state`."""
        return self.bus.value("call.state")

    def happenings(self, name: str) -> list[Mapping[str, object]]:
        """The attributes of every happening of this name."""
        return [
            event.attributes
            for event in self.told
            if isinstance(event, Happening) and event.name == name
        ]

    @property
    def states(self) -> list[object]:
        """Every value that `call.state` had, in order."""
        return [
            event.value
            for event in self.told
            if isinstance(event, Condition) and event.name == "call.state"
        ]
