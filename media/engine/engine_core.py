"""The sound engine without its thread: commands and ticks in, events out."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Final

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
from media.engine.echo_delay import EchoDelay
from media.engine.events import (
    ClipEnd,
    ClipFinished,
    ClipId,
    ClipStarted,
    CommandRefused,
    EngineEvent,
    FeedFinished,
    FeedId,
    PartFailed,
    StreamDisplaced,
    StreamFailed,
    StreamId,
    StreamStopped,
)
from media.engine.faults import Failed, FaultTeller, Voice, in_words
from media.engine.feed import FeedVoice
from media.engine.listeners import MAXIMUM_LISTENERS
from media.engine.microphone_way import MicrophoneWay
from media.engine.stream_care import StreamCare
from media.engine.stream_sound import RoomSound, StreamSound
from media.engine.stream_voice import StreamVoice
from media.frame import FloatArray, linear
from media.mixing.limiter import Limiter
from media.mixing.mixer import Mixer
from media.stream.statistics import StreamStatistics

MAXIMUM_STREAMS: Final = 128
"""As many calls and multicast sources as can be set, 64 of each."""
MAXIMUM_CLIPS: Final = 64
MAXIMUM_FEEDS: Final = 8
WATCH_EVERY_TICKS: Final = 10

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
        self._tell = on_event
        self._watch = DeviceWatch(output, input_, on_event)
        self._echo_delay = EchoDelay(output, input_, on_event)
        self._streams: dict[StreamId, StreamVoice] = {}
        self._clips: dict[ClipId, ClipVoice] = {}
        self._feeds: dict[FeedId, FeedVoice] = {}
        self._fading: list[Voice] = []
        self._failed: Failed = {}
        self._faults = FaultTeller(on_event)
        self._care = StreamCare(self._streams, on_event, self._failed)
        self._overheard: dict[ClipId, FloatArray] = {}  # what is heard of them in this tick
        self._numbers = itertools.count()
        self._claims_changed = False
        self._mixer = Mixer()
        self._limiter = Limiter()
        self._microphone = MicrophoneWay(input_, on_event, self._faults, has_echo=has_echo)
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
        try:
            self._carry_out(command, now, wall)
        except Exception as fault:
            self._give_up(command, fault, now, wall)

    def _carry_out(self, command: EngineCommand, now: float, wall: float) -> None:
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
            case SetGains():
                gain = 0.0 if command.output_muted else linear(command.output_gain_db)
                self._mixer.set_output_gain(gain)
                self._microphone.set_gains(command)
            case ShapeMicrophone():
                self._microphone.shape(command)
            case DetectSound():
                self._microphone.detect(command)

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
            try:
                voice.receive()
            except Exception as fault:
                self._failed.setdefault(voice, fault)
        if self._streams:
            self._care.agree_on_keys(now)
        if self._claims_changed:
            self._arbitrate()
        played = self._play(now)
        self._record(played, now)
        if self._streams:
            self._care.look_after(now, wall)
        if self._failed:
            self._part_with_failed(now, wall)
        if self._tick_number % WATCH_EVERY_TICKS == 0:
            try:
                self._watch.look(now)
                self._echo_delay.look(now, is_cancelled=self._microphone.cancels_echo)
            except Exception as fault:
                self._faults.tell("sound devices", fault, now)

    def skip(self, ticks: int) -> None:
        """Tell, before a tick, that the time of so many ticks before it has passed without them.

        Calls lose the sound of that time, so that no delay is left behind; clips wait for it.
        """
        for voice in self._streams.values():
            voice.meter.skipped_ticks += ticks
            try:
                voice.core.skip(ticks)
            except Exception as fault:
                self._failed.setdefault(voice, fault)

    def stop_everything(self, now: float, wall: float) -> None:
        """Stop all streams and clips; they are silent two ticks later."""
        for stream in list(self._streams):
            self._stop_stream(stream, now, wall)
        for clip in list(self._clips):
            self._end_clip(clip, ClipEnd.STOPPED)
        for feed in list(self._feeds):
            self._end_feed(feed, played=False)
        for voice in self._fading:
            voice.ramp.aim(0.0)

    def _part_with_failed(self, now: float, wall: float) -> None:
        """Stop what raised in this tick; the others have not noticed."""
        failed = tuple(self._failed.items())
        self._failed.clear()
        for voice, fault in failed:
            self._faults.blame(voice, fault)
            if isinstance(voice, StreamVoice):
                if self._streams.get(voice.stream) is voice:
                    self._tell(StreamFailed(voice.stream, in_words(fault)))
                    self._stop_stream(voice.stream, now, wall)
            elif isinstance(voice, ClipVoice):
                if self._clips.get(voice.clip) is voice:
                    self._end_clip(voice.clip, ClipEnd.FAILED)
            elif self._feeds.get(voice.feed) is voice:
                self._end_feed(voice.feed, played=False)

    def _give_up(self, command: EngineCommand, fault: Exception, now: float, wall: float) -> None:
        """A command raised: what it is for ends."""
        if isinstance(command, OpenStream | UpdateStream | SendNamedEvent):
            self._failed.setdefault(self._streams[command.stream], fault)
            self._part_with_failed(now, wall)
            return
        self._tell(PartFailed(type(command).__name__, fault))
        match command:
            case PlayClip(clip) if clip not in self._clips:
                self._tell(ClipFinished(clip, ClipEnd.FAILED))
            case StartFeed(feed) if feed not in self._feeds:
                self._tell(FeedFinished(feed, played=False))
            case StartStream(stream) if stream not in self._streams:
                command.rtp.close()
                command.rtcp.close()
                self._tell(StreamFailed(stream, in_words(fault)))
                self._tell(StreamStopped(stream, StreamStatistics()))
            case _:
                pass

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
        statistics, sound = StreamStatistics(), StreamSound()
        try:
            voice.close(now, wall)
        except Exception as fault:
            self._faults.blame(voice, fault)
        try:
            sound = voice.meter.sound(self._output.underruns, self._echo_delay.seconds)
            statistics = voice.core.statistics
        except Exception as fault:
            self._faults.blame(voice, fault)
        if to_its_end and not voice.has_failed:
            voice.finish(now)
            self._fading.append(voice)
            self._claims_changed = True
        else:
            self._fade(voice)
        self._tell(StreamStopped(stream, statistics, sound))

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
            self._microphone.listeners.remove(command.listener)
        elif not self._microphone.listeners.add(command.listener, command.ring):
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
        self._claims_changed = True
        try:
            voice.obey(_GONE)
        except Exception as fault:  # it ends without a fade
            self._faults.blame(voice, fault)
        else:
            self._fading.append(voice)

    def _arbitrate(self) -> None:
        self._claims_changed = False
        open_streams = [voice for voice in self._streams.values() if voice.is_open]
        voices: list[Voice] = [*open_streams, *self._clips.values(), *self._feeds.values()]
        voices.sort(key=lambda voice: voice.number)
        verdicts = arbitrate([Claim(voice, voice.placement, voice.begun) for voice in voices])
        for voice in voices:
            verdict = verdicts[voice]
            try:
                if isinstance(voice, StreamVoice):
                    self._rule_on_stream(voice, verdict)
                elif isinstance(voice, ClipVoice):
                    self._rule_on_clip(voice, verdict)
                elif verdict.standing is Standing.STOPPED:
                    self._end_feed(voice.feed, played=False)
                else:
                    voice.obey(verdict)
            except Exception as fault:
                self._failed.setdefault(voice, fault)

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
        for voices in (self._streams, self._feeds):
            for voice in voices.values():
                try:
                    self._mix(voice, now)
                except Exception as fault:
                    self._failed.setdefault(voice, fault)
        for clip in self._clips.values():
            try:
                self._mix_clip(clip, now)
            except Exception as fault:
                self._failed.setdefault(clip, fault)
        if self._fading:
            self._mix_fading(now)
        played: FloatArray | None = None
        try:
            played = self._limiter.limit(self._mixer.take())
            self._output.write(played, now)
        except Exception as fault:
            self._limiter = Limiter()
            self._faults.tell("loudspeaker", fault, now)
        if self._clips:
            self._let_go_of_ended_clips()
        if self._feeds:
            for over in [feed for feed in self._feeds.values() if feed.is_over]:
                self._end_feed(over.feed, played=True)
        return played

    def _mix_fading(self, now: float) -> None:
        going_on = []
        for voice in self._fading:
            try:
                if isinstance(voice, ClipVoice):
                    self._mix_clip(voice, now)
                else:
                    self._mix(voice, now)
            except Exception as fault:  # it ends without the rest of its fade
                self._faults.blame(voice, fault)
            else:
                if not (voice.ramp.is_silent or voice.is_over):
                    going_on.append(voice)
        self._fading = going_on

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
        raw = self._microphone.take(played, now)
        if self._streams:
            self._room.hear(raw)
        is_heard = any(voice.hears_microphone for voice in self._streams.values())
        microphone = self._microphone.send(played, now, is_heard=is_heard)
        for voice in self._streams.values():
            try:
                voice.send(microphone, self._overheard, now)
            except Exception as fault:
                self._failed.setdefault(voice, fault)
        if self._streams:
            self._measure(microphone, played)

    def _measure(self, sent: FloatArray, played: FloatArray | None) -> None:
        room = self._room
        room.end_tick(
            sent,
            played,
            microphone_is_muted=self._microphone.is_muted,
            loudspeaker_is_muted=self._mixer.is_muted,
        )
        if room.is_full:  # as every stream adds them up, they come in one sum
            self._measured_room, self._room = room, RoomSound()
            for voice in self._streams.values():
                try:
                    voice.note(room)
                except Exception as fault:
                    self._failed.setdefault(voice, fault)
