"""What may be asked of the sound engine. Each command is a small immutable value.

Commands are carried out on the engine thread at the next tick, in the order they were
submitted. One that names a stream or clip that is no longer there is ignored: it crossed the
event that told of its end. One that cannot be honoured is answered by `CommandRefused`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from media.devices.ring import Ring
from media.engine.arbiter import Placement
from media.engine.events import ClipId, FeedId, ListenerId, StreamId
from media.engine.feed import Feed
from media.frame import FloatArray
from media.microphone.near_end import EchoCancellation
from media.microphone.noise_suppressor import NoiseSuppression
from media.sdp.negotiation import AgreedStream
from media.stream.rtp_stream import RtpStream
from nat.datagram_path import DatagramPath

ENDLESSLY = -1
"""`PlayClip.repeat`: until stopped."""


@dataclass(frozen=True, slots=True)
class StartStream:
    """Begin to play and to send a call's sound. The engine owns `core` and the paths from now on.

    The stream claims the loudspeaker until it is stopped, whether or not packets arrive.
    """

    stream: StreamId
    rtp: DatagramPath
    rtcp: DatagramPath
    core: RtpStream
    placement: Placement = field(default_factory=Placement)
    silence_limit_s: float = 0.0
    """Report `StreamSilent` after so long without RTP and RTCP; 0: never."""

    opened: bool = True
    """Closed (early media): the peer does not hear the microphone and is not heard itself; the
    loudspeaker is not claimed."""

    overhears: ClipId | None = None
    """What the peer of a closed stream hears: this clip as the room hears it, before the volume of
    the loudspeaker; of nobody else's sound anything. None: silence."""


@dataclass(frozen=True, slots=True)
class OpenStream:
    """Let a stream that began closed be heard, and hear the microphone."""

    stream: StreamId


@dataclass(frozen=True, slots=True)
class UpdateStream:
    """Go on with what a later offer and answer agreed (hold, codec, address)."""

    stream: StreamId
    agreed: AgreedStream


@dataclass(frozen=True, slots=True)
class StopStream:
    """End a stream: RTCP BYE, paths closed, `StreamStopped` with its statistics."""

    stream: StreamId
    to_its_end: bool = False
    """What has arrived is still heard: the peer hung up when it had said its last word."""


@dataclass(frozen=True, slots=True)
class SendNamedEvent:
    """Send one key press in place of the microphone (RFC 4733)."""

    stream: StreamId
    payloads: tuple[bytes, ...]
    """One for each packet, the repeated end packets included."""

    payload_type: int


@dataclass(frozen=True, slots=True, eq=False)
class PlayClip:
    """Play samples. A clip of the same name that is there already is replaced."""

    clip: ClipId
    samples: FloatArray
    """Mono, 48 kHz, full scale ±1.0; must not change while it is played."""

    gain_db: float = 0.0
    repeat: int = 0
    """0: once; n: n times more; `ENDLESSLY`: until stopped."""

    placement: Placement = field(default_factory=Placement)


@dataclass(frozen=True, slots=True)
class StopClip:
    """End a clip with a short fade."""

    clip: ClipId


@dataclass(frozen=True, slots=True, eq=False)
class StartFeed:
    """Play what another thread writes into `sound`, until that has ended."""

    feed: FeedId
    sound: Feed
    placement: Placement = field(default_factory=Placement)


@dataclass(frozen=True, slots=True)
class StopFeed:
    """End a feed with a short fade."""

    feed: FeedId


@dataclass(frozen=True, slots=True, eq=False)
class StartListening:
    """Write into `ring` what callers hear of the microphone, until told to stop.

    What does not fit into it is lost.
    """

    listener: ListenerId
    ring: Ring


@dataclass(frozen=True, slots=True)
class StopListening:
    """Write no more."""

    listener: ListenerId


@dataclass(frozen=True, slots=True, kw_only=True)
class SetGains:
    """Loudness of loudspeaker and microphone; every change is a ramp of 20 ms."""

    output_gain_db: float = 0.0
    output_muted: bool = False
    input_gain_db: float = 0.0
    input_muted: bool = False
    input_enabled: bool = True
    """Off: silence is sent, as when muted; kept apart because an installer sets it, not a user."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShapeMicrophone:
    """What is done to the microphone's sound, before its gain, while a peer hears it."""

    echo_cancellation: EchoCancellation = EchoCancellation.OFF
    """Without effect where the microphone cannot hear the loudspeaker (a file, a loop)."""

    noise_suppression: NoiseSuppression = NoiseSuppression.OFF
    automatic_gain: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectSound:
    """Tell by `SoundDetected` whether it is loud at the microphone: at once that it is not, then
    each change. Silent while the microphone is muted or off.
    """

    alarm_level_dbfs: float | None
    """None: not any more, and nothing more is told."""
    quiet_after_s: float


EngineCommand: TypeAlias = (
    StartStream
    | OpenStream
    | UpdateStream
    | StopStream
    | SendNamedEvent
    | PlayClip
    | StopClip
    | StartFeed
    | StopFeed
    | StartListening
    | StopListening
    | SetGains
    | ShapeMicrophone
    | DetectSound
)
