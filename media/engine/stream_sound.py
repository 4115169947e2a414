"""What could be heard while one stream was open: levels at each place, and what kept sound away."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from media.frame import TICK_S, FloatArray
from media.mixing.level import Level, LevelMeter

MEASURED_TICKS: Final = 10
"""Levels are told to the streams every 100 ms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamSound:
    """Of the time in which a stream was open: not of early media, where nobody is heard."""

    open_s: float = 0.0
    received: Level = field(default_factory=Level)
    """What the peer's packets hold, before any gain of ours. Time without packets is left out."""
    microphone: Level = field(default_factory=Level)
    """What the microphone gives, before its gain."""
    sent: Level = field(default_factory=Level)
    """What was made of it for the peer: after gain and mute."""
    played: Level = field(default_factory=Level)
    """What the loudspeaker was given, of all sources together and after its gain."""
    microphone_muted_s: float = 0.0
    """How long settings kept the microphone silent."""
    loudspeaker_muted_s: float = 0.0
    """How long settings kept the loudspeaker silent."""
    displaced_s: float = 0.0
    """How long the peer was not heard because a source of higher priority had the loudspeaker."""
    underruns: int = 0
    """Times the loudspeaker ran out of sound, from the stream's start to its end."""
    echo_delay_s: float = 0.0
    """How long the sound devices held sound back at its end, loudspeaker and microphone together;
    0: no echo was cancelled."""
    skipped_ticks: int = 0
    """10 ms each that this machine came too late for, from the stream's start to its end."""


class RoomSound:
    """What microphone and loudspeaker had in a row of ticks, for all streams at once."""

    def __init__(self) -> None:
        self.ticks = 0
        self.microphone = LevelMeter()
        self.sent = LevelMeter()
        self.played = LevelMeter()
        self.microphone_muted = self.loudspeaker_muted = 0
        """Ticks."""

    @property
    def is_full(self) -> bool:
        """Whether it is time to begin another one."""
        return self.ticks == MEASURED_TICKS

    def hear(self, microphone: FloatArray) -> None:
        """Take what the microphone gives in this tick, before anything is done to it."""
        self.microphone.add(microphone)

    def end_tick(
        self,
        sent: FloatArray,
        played: FloatArray | None,
        *,
        microphone_is_muted: bool,
        loudspeaker_is_muted: bool,
    ) -> None:
        """Take what was made of it for the peers, and what was played."""
        self.ticks += 1
        self.sent.add(sent)
        self.played.add(played)
        self.microphone_muted += microphone_is_muted
        self.loudspeaker_muted += loudspeaker_is_muted
        if self.is_full:  # from now on other threads may look
            for meter in (self.microphone, self.sent, self.played):
                meter.settle()


class StreamSoundMeter:
    """Adds up the sound of one stream; that of the room is told now and then."""

    def __init__(self, underruns: int) -> None:
        """`underruns` is how many the output device has counted by now."""
        self.skipped_ticks = 0
        self._underruns_before = underruns
        self._received = LevelMeter()
        self._microphone = LevelMeter()
        self._sent = LevelMeter()
        self._played = LevelMeter()
        self._open = self._displaced = 0  # ticks, as those below
        self._microphone_muted = self._loudspeaker_muted = 0

    def receive(self, frame: FloatArray) -> None:
        """Take 10 ms that came from the peer."""
        self._received.add(frame)

    def add(self, room: RoomSound, *, is_sent: bool, is_displaced: bool) -> None:
        """Take what else there was, while the stream was open."""
        self._open += room.ticks
        self._microphone.add_all(room.microphone)
        self._played.add_all(room.played)
        if is_sent:
            self._sent.add_all(room.sent)
        self._microphone_muted += room.microphone_muted
        self._loudspeaker_muted += room.loudspeaker_muted
        if is_displaced:
            self._displaced += room.ticks

    def sound(self, underruns: int, echo_delay_s: float = 0.0) -> StreamSound:
        """The figures up to now; `underruns` as at the start."""
        return StreamSound(
            open_s=self._open * TICK_S,
            received=self._received.level,
            microphone=self._microphone.level,
            sent=self._sent.level,
            played=self._played.level,
            microphone_muted_s=self._microphone_muted * TICK_S,
            loudspeaker_muted_s=self._loudspeaker_muted * TICK_S,
            displaced_s=self._displaced * TICK_S,
            underruns=underruns - self._underruns_before,
            echo_delay_s=echo_delay_s,
            skipped_ticks=self.skipped_ticks,
        )
