"""The sound engine's thread: the shell around `EngineCore`."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from media.devices.device import SoundDeviceError
from media.devices.realtime import ask_for_punctuality
from media.devices.registry import input_device, output_device
from media.devices.sound_uri import ECHOING, choose_sound
from media.engine.clock import Distribution, TickSchedule
from media.engine.commands import EngineCommand
from media.engine.engine_core import EngineCore
from media.engine.events import EngineEvent
from media.errors import MisuseError
from media.mixing.mixer import RAMP_FRAMES

WAITING_COMMANDS: Final = 1024
COMMANDS_PER_TICK: Final = 32
"""A tick stays short; the others wait 10 ms."""

FAULTS_EVERY_S: Final = 1.0

_CLOSING_TICKS: Final = RAMP_FRAMES + 1
"""Until what was stopped has faded out, and left the limiter."""


class EngineOverloaded(MisuseError):
    """More commands wait than the engine takes; the caller asks too much of it."""


class EngineNotRunning(MisuseError):
    """The engine was not started, or is stopped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineFigures:
    """How the engine is doing, since its start."""

    ticks: int
    skipped_ticks: int
    """Given up after stalls."""
    underruns: int
    """Times the loudspeaker ran out of sound."""
    output_delay_ms: float
    """From the engine to the room, now."""
    input_delay_ms: float
    """From the room to the engine, now."""
    lateness_p50_ms: float
    lateness_p99_ms: float
    lateness_max_ms: float
    """Of wake-ups, against the schedule."""
    busy_p50_ms: float
    busy_p99_ms: float
    busy_max_ms: float
    """Time that one wake-up worked, mostly one tick."""
    busy_fraction: float
    """Share of one core, of this thread's wall time."""
    streams: int
    clips: int
    microphone_dbfs: float | None
    """Of the last 100 ms, before its gain; None: there is no call or page, and nobody measures."""
    loudspeaker_dbfs: float | None
    """Likewise, of all that is played, after its gain."""
    is_realtime: bool
    """Whether the system schedules the engine's thread before ordinary ones."""


class Engine:
    """The sound engine on a thread of its own, with a tick of 10 ms.

    Spoken to by small immutable commands, answers by events. Commands wait for the next tick,
    at most 10 ms; waking the thread earlier would gain nothing.
    """

    def __init__(
        self, output_uri: str, input_uri: str, *, on_event: Callable[[EngineEvent], None]
    ) -> None:
        """Take sound URIs; nothing is opened yet. `on_event` is called on the engine thread.

        Raises:
            SoundUriError: a URI is not one of the known forms.
        """
        sound = choose_sound(output_uri, input_uri, card_is_there=False)
        self._output = output_device(sound.output)
        self._input = input_device(sound.input)
        self._core = EngineCore(
            self._output, self._input, self._tell, has_echo=sound.input.scheme in ECHOING
        )
        self._on_event = on_event
        self._commands: deque[EngineCommand] = deque()
        self._thread = threading.Thread(target=self._run, name="sound engine", daemon=True)
        self._stopping = threading.Event()
        self._schedule = TickSchedule(0.0)
        self._started_at = 0.0
        self._quiet_about_faults_until = 0.0
        self._ticks = 0
        self._is_realtime = False
        self._lateness = Distribution()
        self._busy = Distribution()

    def start(self) -> None:
        """Open the devices and start ticking.

        Raises:
            SoundDeviceError: a device cannot be opened; one sentence says why.
            MisuseError: it was started before.
        """
        if self._started_at:
            raise MisuseError("the engine starts once")
        self._output.open()
        try:
            self._input.open()
        except SoundDeviceError:
            self._output.close()
            raise
        self._started_at = time.monotonic()
        self._thread.start()

    def submit(self, command: EngineCommand) -> None:
        """Ask for `command` at the next tick; from any thread, never blocks.

        Raises:
            EngineOverloaded: too many commands wait already.
            EngineNotRunning: before `start` or after `stop`.
        """
        if not self._thread.is_alive() or self._stopping.is_set():
            raise EngineNotRunning(f"{type(command).__name__}: the engine is not running")
        if len(self._commands) >= WAITING_COMMANDS:
            raise EngineOverloaded(
                f"{type(command).__name__}: {WAITING_COMMANDS} commands wait for the engine"
            )
        self._commands.append(command)

    def stop(self) -> None:
        """Stop every stream and clip, play out what the devices hold, close them; waits.

        All events have been told when it returns. May be called twice, and before `start`.
        """
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def figures(self) -> EngineFigures:
        """A snapshot, from any thread."""
        elapsed_s = max(time.monotonic() - self._started_at, 1e-9)
        room = self._core.room
        return EngineFigures(
            ticks=self._ticks,
            skipped_ticks=self._schedule.skipped,
            underruns=self._output.underruns,
            output_delay_ms=1e3 * self._output.delay_s,
            input_delay_ms=1e3 * self._input.delay_s,
            lateness_p50_ms=1e3 * self._lateness.percentile_s(0.5),
            lateness_p99_ms=1e3 * self._lateness.percentile_s(0.99),
            lateness_max_ms=1e3 * self._lateness.maximum_s,
            busy_p50_ms=1e3 * self._busy.percentile_s(0.5),
            busy_p99_ms=1e3 * self._busy.percentile_s(0.99),
            busy_max_ms=1e3 * self._busy.maximum_s,
            busy_fraction=self._busy.total_s / elapsed_s,
            streams=self._core.streams,
            clips=self._core.clips,
            microphone_dbfs=None if room is None else room.microphone.level.rms_dbfs,
            loudspeaker_dbfs=None if room is None else room.played.level.rms_dbfs,
            is_realtime=self._is_realtime,
        )

    def _run(self) -> None:
        self._is_realtime = ask_for_punctuality()
        self._schedule = TickSchedule(time.monotonic())
        while not self._stopping.is_set():
            try:
                self._wake()
            except Exception as fault:  # of what serves all: sound must not stop for good
                self._tell_fault(fault)
            time.sleep(max(self._schedule.next_at - time.monotonic(), 0.0))
        self._finish()

    def _tell(self, event: EngineEvent) -> None:
        """Pass an event on; who fails to take it costs nobody a tick."""
        try:
            self._on_event(event)
        except Exception as fault:
            self._tell_fault(fault)

    def _tell_fault(self, fault: Exception) -> None:
        """Report a fault as that of any thread; once a second at most."""
        now = time.monotonic()
        if now >= self._quiet_about_faults_until:
            self._quiet_about_faults_until = now + FAULTS_EVERY_S
            told = (type(fault), fault, fault.__traceback__, self._thread)
            threading.excepthook(threading.ExceptHookArgs(told))

    def _wake(self) -> None:
        """Run the ticks that are due."""
        woken_at = time.monotonic()
        due_at, skipped_before = self._schedule.next_at, self._schedule.skipped
        ticks = self._schedule.due(woken_at)
        if not ticks:
            return
        self._lateness.add(woken_at - due_at)
        if self._schedule.skipped != skipped_before:
            self._core.skip(self._schedule.skipped - skipped_before)
        for _ in range(ticks):
            self._tick()
        self._schedule.follow(self._core.pace())
        self._busy.add(time.monotonic() - woken_at)

    def _tick(self) -> None:
        now, wall = time.monotonic(), time.time()
        self._take_commands(COMMANDS_PER_TICK, now, wall)
        self._core.tick(now, wall)
        self._ticks += 1

    def _take_commands(self, most: int, now: float, wall: float) -> None:
        for _ in range(min(most, len(self._commands))):
            self._core.carry_out(self._commands.popleft(), now, wall)

    def _finish(self) -> None:
        """Whatever fails here, the devices are given back."""
        try:
            now, wall = time.monotonic(), time.time()
            self._take_commands(WAITING_COMMANDS, now, wall)  # paths in them are to be closed
            self._core.stop_everything(now, wall)
            for _ in range(_CLOSING_TICKS):
                self._tick()
        except Exception as fault:
            self._tell_fault(fault)
        for device in (self._output, self._input):
            try:
                device.close()
            except Exception as fault:
                self._tell_fault(fault)
