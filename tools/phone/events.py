"""What happens on the telephone line, as values."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Registered:
    """The registrar answered: 200, or why not."""

    code: int
    reason: str


@dataclass(frozen=True, slots=True)
class CallArrived:
    """Somebody calls this phone."""

    peer: str


@dataclass(frozen=True, slots=True)
class Ringing:
    """The called side reported progress with a 180 or 183 (or another 1xx above 100)."""

    code: int


@dataclass(frozen=True, slots=True)
class Answered:
    """The call is up."""


@dataclass(frozen=True, slots=True)
class SoundFlows:
    """A stream was agreed on, or again after a re-INVITE."""

    codec: str
    """Name and clock rate as in SDP: `PCMU/8000`."""

    encrypted: bool


@dataclass(frozen=True, slots=True)
class DigitHeard:
    """The other side pressed a key."""

    digit: str


@dataclass(frozen=True, slots=True)
class StreamClosed:
    """Figures of one RTP stream, given when it ends (at hang-up, or at a re-INVITE)."""

    sent: int
    received: int
    lost: int
    jitter_ms: float
    """Mean of the interarrival jitter (RFC 3550 §6.4.1)."""
    round_trip_ms: float | None = None
    """The last one that RTCP told of."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The call is over; the last event of it. `code` is the SIP status that ended it."""

    code: int
    reason: str


Event = (
    Registered | CallArrived | Ringing | Answered | SoundFlows | DigitHeard | StreamClosed | Ended
)
