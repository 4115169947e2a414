"""How a call went: the figures on standard output and the exit code."""

import json
from dataclasses import asdict, dataclass
from enum import Enum, IntEnum

from tools.phone.events import (
    Answered,
    DigitHeard,
    Ended,
    Event,
    Ringing,
    SoundFlows,
    StreamClosed,
)

UNREACHABLE = frozenset({408, 502, 503, 504})
"""Codes that PJSIP itself gives to a call whose peer cannot be reached or is silent."""

UNANSWERED = frozenset({408, 480, 487})
"""After ringing these mean that nobody picked up (487: the caller gave up)."""


class ExitCode(IntEnum):
    """Exit codes of the phone."""

    COMPLETED = 0
    BROKEN = 1
    """The phone itself failed: no sound file, no socket, an error of the library."""
    USAGE = 2
    REFUSED = 3
    NO_ANSWER = 4
    NETWORK = 5
    """Nobody there, or the peer vanished during the call."""


class EndedBy(Enum):
    """Who ended the call."""

    LOCAL = "local"
    REMOTE = "remote"
    NETWORK = "network"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One call in figures. Times are milliseconds, except the whole duration in seconds."""

    result: str
    code: int
    reason: str
    ended_by: str
    peer: str
    setup_ms: float | None
    """From the INVITE (sent or received) to the answer."""
    ringing_ms: float | None
    """From the first 180 or 183 to the answer, or to the end without one."""
    duration_s: float | None
    """From the answer to the end."""
    codec: str | None
    encrypted: bool
    packets_sent: int
    packets_received: int
    packets_lost: int
    jitter_ms: float
    round_trip_ms: float | None
    """From RTCP; none came back in time: None."""
    digits_sent: str
    digits_received: str

    @property
    def exit_code(self) -> ExitCode:
        """The exit code that stands for `result`."""
        return ExitCode[self.result.upper()]

    def __str__(self) -> str:
        return json.dumps(asdict(self))


class CallLog:
    """Collects the events of one call, with their monotonic times in seconds."""

    def __init__(self, peer: str, started: float) -> None:
        self.peer = peer
        self.answered: float | None = None
        self.ended: float | None = None
        self.hung_up_here = False
        self.digits_sent = ""
        self.started = started
        self._rang: float | None = None
        self._end = Ended(0, "")
        self._sound: SoundFlows | None = None
        self._streams: list[StreamClosed] = []
        self._digits_received = ""

    def note(self, event: Event, now: float) -> None:
        """Take in one event of the call."""
        match event:
            case Ringing():
                self._rang = now if self._rang is None else self._rang
            case Answered():
                self.answered = now
            case SoundFlows():
                self._sound = event
            case DigitHeard(digit):
                self._digits_received += digit
            case StreamClosed():
                self._streams.append(event)
            case Ended():
                self.ended, self._end = now, event

    def outcome(self) -> Outcome:
        """The figures; call it when the call has ended."""
        picked_up = self.answered if self.answered is not None else self.ended
        return Outcome(
            result=self._result().name.lower(),
            code=self._end.code,
            reason=self._end.reason,
            ended_by=self._ended_by().value,
            peer=self.peer,
            setup_ms=_milliseconds(self.started, self.answered),
            ringing_ms=_milliseconds(self._rang, picked_up),
            duration_s=_seconds(self.answered, self.ended),
            codec=self._sound.codec if self._sound else None,
            encrypted=self._sound.encrypted if self._sound else False,
            packets_sent=sum(stream.sent for stream in self._streams),
            packets_received=sum(stream.received for stream in self._streams),
            packets_lost=sum(stream.lost for stream in self._streams),
            jitter_ms=max((stream.jitter_ms for stream in self._streams), default=0.0),
            round_trip_ms=max(
                (each.round_trip_ms for each in self._streams if each.round_trip_ms is not None),
                default=None,
            ),
            digits_sent=self.digits_sent,
            digits_received=self._digits_received,
        )

    def _result(self) -> ExitCode:
        code = self._end.code
        if self.answered is not None:
            return ExitCode.COMPLETED if code == 200 else ExitCode.NETWORK
        if self._rang is None and code in UNREACHABLE:
            return ExitCode.NETWORK
        return ExitCode.NO_ANSWER if code in UNANSWERED else ExitCode.REFUSED

    def _ended_by(self) -> EndedBy:
        if self._result() is ExitCode.NETWORK:
            return EndedBy.NETWORK
        return EndedBy.LOCAL if self.hung_up_here else EndedBy.REMOTE


def _seconds(start: float | None, end: float | None) -> float | None:
    return None if start is None or end is None else round(end - start, 3)


def _milliseconds(start: float | None, end: float | None) -> float | None:
    return None if start is None or end is None else round((end - start) * 1000, 1)
