"""The sound engine without its thread: commands and ticks in, events out."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Final, TypeAlias

import numpy as np

from media.devices.device import InputDevice, OutputDevice
from media.engine.arbiter import Claim, Standing, Verdict, arbitrate
from media.engine.clip_voice import ClipVoice
from media.engine.commands import (
    DetectSound,
    EngineCommand,
    OpenStream,
    PlayClip,
    SendNamedEvent,
    SetGains,
    ShapeMicrophone,
    StartFeed,
    StartListening,
    StartStream,
    StopClip,
    StopFeed,
    StopListening,
    StopStream,
    UpdateStream,
)
from media.engine.device_watch import DeviceWatch
from media.engine.events import (
    ClipEnd,
    ClipFinished,
    ClipId,
    ClipStarted,
    CommandRefused,
    EngineEvent,
    FeedFinished,
    FeedId,
    KeysAgreed,
    KeysRefused,
    KeysWearOut,
    NamedEventReceived,
    SoundDetected,
    StreamDisplaced,
    StreamId,
    StreamSaidGoodbye,
    StreamSilent,
    StreamStopped,
)
from media.engine.feed import FeedVoice
from media.engine.listeners import MAXIMUM_LISTENERS, Listeners
from media.engine.stream_sound import RoomSound
from media.engine.stream_voice import StreamVoice
from media.frame import FloatArray, linear, silence
from media.microphone.near_end import EchoCancellation, NearEnd
from media.microphone.sound_detector import SoundDetector
from media.mixing.limiter import Limiter
from media.mixing.mixer import GainRamp, Mixer

MAXIMUM_STREAMS: Final = 128
"""As many calls and multicast sources as can be set, 64 of each."""
MAXIMUM_CLIPS: Final = 64
MAXIMUM_FEEDS: Final = 8
CONTROL_EVERY_TICKS: Final = 5
"""RTCP is looked after every 50 ms, the streams taking turns."""
WATCH_EVERY_TICKS: Final = 10

Voice: TypeAlias = StreamVoice | ClipVoice | FeedVoice

_GONE: Final = Verdict(Standing.STOPPED)


class EngineCore:
    """Plays, mixes, records and sends, 10 ms with each tick.

    Reads no clock: `now` is monotonic seconds, `wall` Unix time. All calls come from one thread,
    and so do those of `on_event`.
    """

    def __init__(
        self,
        output: OutputDevice,
        input_: InputDevice,
        on_event: Callable[[EngineEvent], None],
        *,
        has_echo: bool = True,
    ) -> None:
        """Take open devices. `has_echo`: the microphone may hear the loudspeaker in a room."""
        self._output = output
        self._input = input_
        self._tell = on_event
        self._watch = DeviceWatch(output, input_, on_event)
        self._streams: dict[StreamId, StreamVoice] = {}
        self._clips: dict[ClipId, ClipVoice] = {}
        self._feeds: dict[FeedId, FeedVoice] = {}
        self._listeners = Listeners()
        self._fading: list[Voice] = []
        self._overheard: dict[ClipId, FloatArray] = {}  # what is heard of them in this tick
        self._numbers = itertools.count()
        self._claims_changed = False
        self._mixer = Mixer()
        self._limiter = Limiter()
        self._microphone = silence()
        self._has_echo = has_echo
        self._near_end = NearEnd()
        self._input_enabled = True
        self._input_gain = 1.0
        self._input_ramp = GainRamp(self._input_gain)
        self._detector: SoundDetector | None = None
        self._room = RoomSound()
        self._measured_room: RoomSound | None = None
        self._tick_number = 0

    @property
    def streams(self) -> int:
        """How many streams there are."""
        return len(self._streams)

    @property
    def clips(self) -> int:
        """How many clips there are, those that wait included."""
        return len(self._clips)

    @property
    def room(self) -> RoomSound | None:
        """The last 100 ms that were measured; None: there is no stream, and nothing is."""
        return self._measured_room if self._streams else None

    def pace(self) -> float:
        """The factor by which the time between ticks shall differ from 10 ms."""
        pace = self._output.pace()
        return 1.0 if pace is None else pace

    def carry_out(self, command: EngineCommand, now: float, wall: float) -> None:
        """Do what is asked; it is heard from the next tick on."""
        match command:
            case StartStream():
                self._start_stream(command, now)
            case StopStream():
                self._stop_stream(command.stream, now, wall, to_its_end=command.to_its_end)
            case OpenStream() | UpdateStream() | SendNamedEvent():
                if voice := self._streams.get(command.stream):
                    self._change_stream(voice, command, now)
            case PlayClip():
                self._play_clip(command)
            case StopClip() | StopFeed():
                self._stop(command)
            case StartFeed():
                self._start_feed(command)
            case StartListening() | StopListening():
                self._let_hear(command)
            case SetGains() | ShapeMicrophone():
                self._adjust(command)
            case DetectSound():
                self._detect_sound(command)

    def _change_stream(
        self, voice: StreamVoice, command: OpenStream | UpdateStream | SendNamedEvent, now: float
    ) -> None:
        match command:
            case OpenStream():
                voice.is_open = True
                self._claims_changed = True
            case UpdateStream():
                voice.core.update(command.agreed, now)
            case SendNamedEvent():
                voice.core.send_named_event(command.payloads, command.payload_type)

    def tick(self, now: float, wall: float) -> None:
        """Move 10 ms of sound from everywhere to everywhere."""
        self._tick_number += 1
        for voice in self._streams.values():
            voice.receive()
        self._agree_on_keys(now)
        if self._claims_changed:
            self._arbitrate()
        played = self._play(now)
        self._record(played, now)
        self._look_after_streams(now, wall)
        if self._tick_number % WATCH_EVERY_TICKS == 0:
            self._watch.look(now)

    def skip(self, ticks: int) -> None:
        """Tell, before a tick, that the time of so many ticks before it has passed without them.

        Calls lose the sound of that time, so that no delay is left behind; clips wait for it.
        """
        for voice in self._streams.values():
            voice.core.skip(ticks)
            voice.meter.skipped_ticks += ticks

    def stop_everything(self, now: float, wall: float) -> None:
        """Stop all streams and clips; they are silent two ticks later."""
        for stream in list(self._streams):
            self._stop_stream(stream, now, wall)
        for clip in list(self._clips):
            self._end_clip(clip, ClipEnd.STOPPED)
        for feed in list(self._feeds):
            self._end_feed(feed, played=False)
        for voice in self._fading:
            voice.obey(_GONE)

    def _start_stream(self, command: StartStream, now: float) -> None:
        reason = ""
        if command.stream in self._streams:
            reason = "there is a stream of this name"
        elif len(self._streams) >= MAXIMUM_STREAMS:
            reason = f"there are {MAXIMUM_STREAMS} streams already"
        if reason:
            command.rtp.close()
            command.rtcp.close()
            self._tell(CommandRefused(f"StartStream {command.stream}", reason))
            return
        self._streams[command.stream] = StreamVoice(
            command, next(self._numbers), now, underruns=self._output.underruns
        )
        self._claims_changed = True

    def _stop_stream(
        self, stream: StreamId, now: float, wall: float, *, to_its_end: bool = False
    ) -> None:
        voice = self._streams.pop(stream, None)
        if voice is None:
            return
        voice.receive()
        voice.close(now, wall)
        if to_its_end:
            voice.finish(now)
            self._fading.append(voice)
            self._claims_changed = True
        else:
            self._fade(voice)
        sound = voice.meter.sound(self._output.underruns)
        self._tell(StreamStopped(stream, voice.core.statistics, sound))

    def _play_clip(self, command: PlayClip) -> None:
        try:
            voice = ClipVoice(command, next(self._numbers))
        except ValueError as problem:
            self._tell(CommandRefused(f"PlayClip {command.clip}", str(problem)))
            return
        self._end_clip(command.clip, ClipEnd.REPLACED)
        if len(self._clips) >= MAXIMUM_CLIPS:
            reason = f"there are {MAXIMUM_CLIPS} clips already"
            self._tell(CommandRefused(f"PlayClip {command.clip}", reason))
            return
        self._clips[command.clip] = voice
        self._claims_changed = True

    def _stop(self, command: StopClip | StopFeed) -> None:
        if isinstance(command, StopClip):
            self._end_clip(command.clip, ClipEnd.STOPPED)
        else:
            self._end_feed(command.feed, played=False)

    def _let_hear(self, command: StartListening | StopListening) -> None:
        if isinstance(command, StopListening):
            self._listeners.remove(command.listener)
        elif not self._listeners.add(command.listener, command.ring):
            reason = f"there are {MAXIMUM_LISTENERS} listeners already"
            self._tell(CommandRefused(f"StartListening {command.listener}", reason))

    def _end_clip(self, clip: ClipId, reason: ClipEnd) -> None:
        voice = self._clips.pop(clip, None)
        if voice is not None:
            self._fade(voice)
            self._tell(ClipFinished(clip, reason))

    def _start_feed(self, command: StartFeed) -> None:
        self._end_feed(command.feed, played=False)
        if len(self._feeds) >= MAXIMUM_FEEDS:
            reason = f"there are {MAXIMUM_FEEDS} feeds already"
            self._tell(CommandRefused(f"StartFeed {command.feed}", reason))
            return
        number = next(self._numbers)
        self._feeds[command.feed] = FeedVoice(
            command.feed, command.sound, command.placement, number
        )
        self._claims_changed = True

    def _end_feed(self, feed: FeedId, *, played: bool) -> None:
        voice = self._feeds.pop(feed, None)
        if voice is not None:
            self._fade(voice)
            self._tell(FeedFinished(feed, played))

    def _fade(self, voice: Voice) -> None:
        voice.obey(_GONE)
        self._fading.append(voice)
        self._claims_changed = True

    def _adjust(self, command: SetGains | ShapeMicrophone) -> None:
        if isinstance(command, SetGains):
            self._set_gains(command)
        else:
            self._near_end.shape(
                command.echo_cancellation if self._has_echo else EchoCancellation.OFF,
                command.noise_suppression,
                automatic_gain=command.automatic_gain,
            )

    def _set_gains(self, gains: SetGains) -> None:
        self._mixer.set_output_gain(0.0 if gains.output_muted else linear(gains.output_gain_db))
        self._input_enabled = gains.input_enabled
        is_heard = gains.input_enabled and not gains.input_muted
        self._input_gain = linear(gains.input_gain_db) if is_heard else 0.0
        self._input_ramp.aim(self._input_gain)

    def _detect_sound(self, command: DetectSound) -> None:
        if command.alarm_level_dbfs is None:
            self._detector = None
            return
        self._detector = SoundDetector(
            command.alarm_level_dbfs, quiet_after_s=command.quiet_after_s
        )
        self._tell(SoundDetected(is_loud=False))

    def _arbitrate(self) -> None:
        self._claims_changed = False
        open_streams = [voice for voice in self._streams.values() if voice.is_open]
        voices: list[Voice] = [*open_streams, *self._clips.values(), *self._feeds.values()]
        voices.sort(key=lambda voice: voice.number)
        verdicts = arbitrate([Claim(voice, voice.placement, voice.begun) for voice in voices])
        for voice in voices:
            verdict = verdicts[voice]
            if isinstance(voice, StreamVoice):
                self._rule_on_stream(voice, verdict)
            elif isinstance(voice, ClipVoice):
                self._rule_on_clip(voice, verdict)
            elif verdict.standing is Standing.STOPPED:
                self._end_feed(voice.feed, played=False)
            else:
                voice.obey(verdict)

    def _rule_on_stream(self, voice: StreamVoice, verdict: Verdict) -> None:
        if verdict.standing is Standing.STOPPED and not voice.displaced:
            voice.displaced = True
            self._tell(StreamDisplaced(voice.stream))
        voice.obey(_GONE if voice.displaced else verdict)

    def _rule_on_clip(self, voice: ClipVoice, verdict: Verdict) -> None:
        if verdict.standing is Standing.STOPPED:
            self._end_clip(voice.clip, ClipEnd.STOPPED)
            return
        was_heard = voice.begun
        voice.obey(verdict)
        if voice.begun and not was_heard:
            self._tell(ClipStarted(voice.clip))

    def _play(self, now: float) -> FloatArray | None:
        self._overheard.clear()
        for stream in self._streams.values():
            self._mix(stream, now)
        for clip in self._clips.values():
            self._mix_clip(clip, now)
        for feed in self._feeds.values():
            self._mix(feed, now)
        if self._fading:
            for fading in self._fading:
                if isinstance(fading, ClipVoice):
                    self._mix_clip(fading, now)
                else:
                    self._mix(fading, now)
            self._fading = [one for one in self._fading if not (one.ramp.is_silent or one.is_over)]
        played = self._limiter.limit(self._mixer.take())
        self._output.write(played, now)
        if self._clips:
            self._let_go_of_ended_clips()
        if self._feeds:
            for over in [feed for feed in self._feeds.values() if feed.is_over]:
                self._end_feed(over.feed, played=True)
        return played

    def _let_go_of_ended_clips(self) -> None:
        for over in [clip for clip in self._clips.values() if clip.is_over]:
            del self._clips[over.clip]
            self._claims_changed = True
            self._tell(ClipFinished(over.clip, ClipEnd.PLAYED))

    def _mix(self, voice: Voice, now: float) -> FloatArray | None:
        frame = voice.render(now)
        if frame is None:
            voice.ramp.step()  # a gain that changes in silence has changed when sound comes
            return None
        return self._mixer.add(frame, voice.ramp)

    def _mix_clip(self, voice: ClipVoice, now: float) -> None:
        frame = self._mix(voice, now)
        if frame is not None and any(
            stream.overhears == voice.clip for stream in self._streams.values()
        ):
            self._overheard[voice.clip] = frame.copy()

    def _record(self, played: FloatArray | None, now: float) -> None:
        microphone = self._microphone
        self._input.read(microphone, played, now)
        if self._streams:
            self._room.hear(microphone)
        if self._detector is not None:
            own = played if self._has_echo else None
            is_loud = self._detector.hear(microphone, self._input_gain, own)
            if is_loud is not None:
                self._tell(SoundDetected(is_loud))
        # A muted microphone goes on, so that the echo is still known when it is heard again. One
        # that is switched off does so until it has faded out, or its echo would be heard then.
        is_on = self._input_enabled or not self._input_ramp.is_silent
        if is_on and self._microphone_is_heard:
            microphone = self._near_end.process(microphone, played)
        else:
            self._near_end.rest()
        gain = self._input_ramp.step()
        if not isinstance(gain, float) or gain != 1.0:
            microphone = np.multiply(microphone, gain, out=self._microphone, dtype=np.float32)
            np.clip(microphone, -1.0, 1.0, out=microphone)
        if self._listeners:
            self._listeners.hear(microphone)
        for voice in self._streams.values():
            voice.send(microphone, self._overheard, now)
        if self._streams:
            self._measure(microphone, played)

    @property
    def _microphone_is_heard(self) -> bool:
        return bool(self._listeners) or any(
            voice.hears_microphone for voice in self._streams.values()
        )

    def _measure(self, sent: FloatArray, played: FloatArray | None) -> None:
        room = self._room
        room.end_tick(
            sent,
            played,
            microphone_is_muted=self._input_ramp.is_silent,
            loudspeaker_is_muted=self._mixer.is_muted,
        )
        if room.is_full:  # as every stream adds them up, they come in one sum
            self._measured_room, self._room = room, RoomSound()
            for voice in self._streams.values():
                voice.note(room)

    def _agree_on_keys(self, now: float) -> None:
        """One step of one handshake: however many calls begin at once, a tick stays short."""
        due = [voice for voice in self._streams.values() if voice.core.handshake_is_due(now)]
        if not due:
            return
        voice = due[self._tick_number % len(due)]
        voice.core.advance_handshake(now)
        self._tell_of_keys(voice)

    def _tell_of_keys(self, voice: StreamVoice) -> None:
        for news in voice.core.take_key_news():
            if news.suite is not None:
                self._tell(KeysAgreed(voice.stream, news.suite.value))
            else:
                self._tell(KeysRefused(voice.stream, news.why))

    def _look_after_streams(self, now: float, wall: float) -> None:
        for number, voice in enumerate(self._streams.values()):
            for packet in voice.core.take_named_events():
                self._tell(NamedEventReceived(voice.stream, packet))
            if (self._tick_number + number) % CONTROL_EVERY_TICKS:
                continue
            voice.receive_control()
            voice.send_control(now, wall)
            self._tell_of_keys(voice)
            packets_left = voice.core.take_key_packets_left()
            if packets_left is not None:
                self._tell(KeysWearOut(voice.stream, packets_left))
            silent_s = voice.new_silence_s(now)
            if silent_s is not None:
                self._tell(StreamSilent(voice.stream, silent_s))
            if voice.core.peer_said_goodbye and not voice.goodbye_told:
                voice.goodbye_told = True
                self._tell(StreamSaidGoodbye(voice.stream))
