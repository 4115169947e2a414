"""What the sound engine tells. Each event is a small immutable value."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import NewType, TypeAlias

from media.engine.stream_sound import StreamSound
from media.rtp.named_event import NamedEventPacket
from media.stream.statistics import StreamStatistics

StreamId = NewType("StreamId", str)
ClipId = NewType("ClipId", str)
FeedId = NewType("FeedId", str)
ListenerId = NewType("ListenerId", str)


@dataclass(frozen=True, slots=True)
class NamedEventReceived:
    """A telephone-event packet of the peer (RFC 4733)."""

    stream: StreamId
    packet: NamedEventPacket


@dataclass(frozen=True, slots=True)
class StreamSilent:
    """Neither RTP nor RTCP came for the limit of the stream. Once for each silence."""

    stream: StreamId
    silent_s: float


@dataclass(frozen=True, slots=True)
class StreamSaidGoodbye:
    """The peer sent RTCP BYE (RFC 3550 §6.6)."""

    stream: StreamId


@dataclass(frozen=True, slots=True)
class StreamDisplaced:
    """A source of higher priority stopped this one: it is no longer heard.

    Its packets still flow until `StopStream`, so that the call can be ended properly.
    """

    stream: StreamId


@dataclass(frozen=True, slots=True)
class StreamFailed:
    """A fault of the program in this stream: the engine has stopped it, all others go on.

    `StreamStopped` follows; `PartFailed` has gone before, with the trace.
    """

    stream: StreamId
    why: str
    """In words."""


@dataclass(frozen=True, slots=True)
class StreamStopped:
    """The last event of a stream; its paths are closed."""

    stream: StreamId
    statistics: StreamStatistics
    sound: StreamSound = field(default_factory=StreamSound)


@dataclass(frozen=True, slots=True)
class KeysAgreed:
    """A handshake has led to keys (RFC 5763): the stream can be heard from now on."""

    stream: StreamId
    suite: str


@dataclass(frozen=True, slots=True)
class KeysWearOut:
    """The peer's key is good for so many packets more: it is time to agree on others."""

    stream: StreamId
    packets_left: int


@dataclass(frozen=True, slots=True)
class KeysRefused:
    """There are no keys, or none any more: nothing of the stream may be heard, or sent."""

    stream: StreamId
    why: str
    """In words."""


@dataclass(frozen=True, slots=True)
class ClipStarted:
    """The first sample of a clip went to the loudspeaker."""

    clip: ClipId


class ClipEnd(enum.Enum):
    """Why a clip is over."""

    PLAYED = "played"  # to its end, as often as asked
    STOPPED = "stopped"  # by command, or by a source of higher priority
    REPLACED = "replaced"  # by a new clip of the same name
    FAILED = "failed"  # by a fault of the program


@dataclass(frozen=True, slots=True)
class ClipFinished:
    """The last event of a clip."""

    clip: ClipId
    reason: ClipEnd


@dataclass(frozen=True, slots=True)
class FeedFinished:
    """The last event of a feed."""

    feed: FeedId
    played: bool
    """To its end; else it was stopped, by command, by a source of higher priority or by a fault."""


@dataclass(frozen=True, slots=True)
class Underrun:
    """The loudspeaker ran out of sound. Told at most once a second."""

    count: int
    """Since the last such event."""


@dataclass(frozen=True, slots=True)
class DeviceLost:
    """A sound device went away or stopped moving sound; the engine goes on in silence."""

    device: str
    reason: str


@dataclass(frozen=True, slots=True)
class DeviceBack:
    """A lost device works again."""

    device: str


@dataclass(frozen=True, slots=True)
class EchoTooLate:
    """The devices hold sound back for longer than an echo is looked for. Told once.

    Seconds; what is held back on our side of them is as little as it can be.
    """

    output_delay_s: float
    input_delay_s: float


@dataclass(frozen=True, slots=True)
class SoundDetected:
    """It has become loud at the microphone, or quiet."""

    is_loud: bool


@dataclass(frozen=True, slots=True)
class CommandRefused:
    """A command was not carried out."""

    command: str
    """Its class name, and the stream or clip it was for."""

    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class PartFailed:
    """A fault of the program in one part of the engine; all others go on.

    A voice is stopped by it and told of once; what serves all of them begins anew, and is told of
    once a minute at most.
    """

    part: str
    """What it was: `stream call/1`, `clip doorbell`, `microphone`."""
    fault: Exception
    """With its trace."""


EngineEvent: TypeAlias = (
    NamedEventReceived
    | StreamSilent
    | StreamSaidGoodbye
    | StreamDisplaced
    | StreamFailed
    | StreamStopped
    | KeysAgreed
    | KeysRefused
    | KeysWearOut
    | ClipStarted
    | ClipFinished
    | FeedFinished
    | Underrun
    | DeviceLost
    | DeviceBack
    | EchoTooLate
    | SoundDetected
    | CommandRefused
    | PartFailed
)
