"""A call's sound between its datagram paths and the engine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from media.engine.arbiter import Placement, Standing, Verdict
from media.engine.commands import StartStream
from media.engine.events import ClipId
from media.engine.stream_sound import RoomSound, StreamSoundMeter
from media.frame import FloatArray, linear, silence
from media.mixing.mixer import GainRamp
from media.mixing.opening import opened
from media.playout.jitter_buffer import LONGEST_DELAY_S, MOST_WAITING_S
from media.stream.rtp_stream import Outgoing
from nat.datagram_path import DatagramPath

LAST_WORD_S: Final = MOST_WAITING_S + LONGEST_DELAY_S
"""An ended stream is heard no longer than this: all that can wait, and what that waits for."""

_SILENCE: Final = silence()


class StreamVoice:
    """One stream, from the command that starts it to the one that stops it."""

    def __init__(
        self, command: StartStream, number: int, now: float, *, underruns: int = 0
    ) -> None:
        """Take the paths. `number` tells the order in which voices came.

        `underruns` is how many the output device has counted by now.
        """
        self.stream = command.stream
        self.title = f"stream {command.stream}"
        self.has_failed = False
        self.number = number
        self.placement: Placement = command.placement
        self.core = command.core
        self.ramp = GainRamp()
        self.begun = True  # a call is live from its first packet: there is nothing to queue
        self.is_open = command.opened
        self.displaced = False
        self._was_heard = self._sounds = False
        self._heard_microphone = False
        self._ends_by: float | None = None
        self.overhears = command.overhears
        """A clip that the peer hears in place of the microphone."""
        self.goodbye_told = False
        self._rtp: DatagramPath = command.rtp
        self._rtcp: DatagramPath = command.rtcp
        self._silence_limit_s = command.silence_limit_s
        self._started_at = now
        self._silence_told_of: float | None = None
        self.meter = StreamSoundMeter(underruns)

    @property
    def is_over(self) -> bool:
        """Never by itself."""
        return False

    @property
    def hears_microphone(self) -> bool:
        """Whether the peer is sent what the microphone hears."""
        return self.is_open and self.core.agreed.direction.sends

    def obey(self, verdict: Verdict) -> None:
        """Head for what the arbiter says. A live stream that is paused is only not heard."""
        gain = linear(verdict.gain_db) if verdict.standing is Standing.PLAY else 0.0
        if gain and not self._was_heard:
            self._was_heard = True
            if self._sounds:
                self.ramp.open(gain)
            else:
                self.ramp.begin(gain)
        else:
            self.ramp.aim(gain)

    def finish(self, now: float) -> None:
        """Fade out when what has arrived was heard, without being told again."""
        self._ends_by = now + LAST_WORD_S
        self.core.finish()

    def render(self, now: float) -> FloatArray | None:
        """The next 10 ms of the peer; None when nothing comes or nothing is to be heard."""
        if self._ends_by is not None and (now >= self._ends_by or not self.core.sound_waits):
            self._ends_by = None
            self.ramp.aim(0.0)
        frame = self.core.play(now)  # always asked, so that its buffer keeps up with the peer
        self._sounds = frame is not None
        if frame is not None and self.is_open:
            self.meter.receive(frame)
        return None if self.ramp.is_silent else frame

    def receive(self) -> None:
        """Take the sound that came since the last tick."""
        for data, source, arrived in self._rtp.receive():
            self.core.receive(data, source, arrived)

    def receive_control(self) -> None:
        """Take the RTCP that came."""
        for data, source, arrived in self._rtcp.receive():
            self.core.receive_control(data, source, arrived)

    def note(self, room: RoomSound) -> None:
        """Keep in mind how loud everything was since the last time."""
        if self.is_open:
            direction = self.core.agreed.direction
            self.meter.add(room, is_sent=direction.sends, is_displaced=self.ramp.is_silent)

    def send(
        self, microphone: FloatArray, overheard: Mapping[ClipId, FloatArray], now: float
    ) -> None:
        """Give 10 ms to the peer: the microphone's; before it is open those of its clip, or none.

        `overheard` has what sounds of such clips in this tick. One that has not faded out when the
        stream is opened does so beside the microphone.
        """
        heard = _SILENCE
        if self.hears_microphone:
            heard = microphone if self._heard_microphone else opened(microphone)
        self._heard_microphone = self.hears_microphone
        if self.overhears is not None:
            clip = overheard.get(self.overhears)
            if clip is not None:
                heard = heard + clip
            elif self.is_open:
                self.overhears = None
        for data, destination in self.core.capture(heard, now):
            self._rtp.send(data, destination)

    def send_control(self, now: float, wall: float) -> None:
        """Send the reports that are due."""
        self._send_control(self.core.control(now, wall))

    def close(self, now: float, wall: float) -> None:
        """Take what came, say goodbye and give the paths back: these in any case."""
        try:
            self.receive()
        finally:
            try:
                self._send_control(self.core.goodbye(now, wall))
            finally:
                self._rtp.close()
                self._rtcp.close()

    def new_silence_s(self, now: float) -> float | None:
        """How long nothing came, when that has just passed the limit; once for each silence."""
        heard_at = self.core.heard_at
        since = self._started_at if heard_at is None else heard_at
        if not self._silence_limit_s or now - since < self._silence_limit_s:
            return None
        if self._silence_told_of == since:
            return None
        self._silence_told_of = since
        return now - since

    def _send_control(self, reports: Iterable[Outgoing]) -> None:
        path = self._rtp if self.core.multiplexed else self._rtcp
        for data, destination in reports:
            path.send(data, destination)
