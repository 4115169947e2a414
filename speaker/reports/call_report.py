"""What is kept of one call: how it went, and everything that tells why there was no sound."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Final

from pydantic import TypeAdapter

from media.engine.stream_sound import StreamSound
from media.sdp.codec_choice import CodecFate
from media.stream.statistics import StreamStatistics


class Way(enum.Enum):
    """Who began it."""

    INCOMING = "incoming"
    OUTGOING = "outgoing"
    PAGE = "page"
    """By multicast: heard only, and agreed on by nobody."""


class EndedBy(enum.Enum):
    """Who ended it."""

    LOCAL = "speaker"
    REMOTE = "other side"
    NETWORK = "network"


class Severity(enum.Enum):
    """How sure it is that something was wrong."""

    FAULT = "fault"
    """Sound did not work as agreed."""
    DOUBT = "doubt"
    """Right if it was meant so: a muted microphone."""
    NOTE = "note"
    """Nothing wrong, but of use when looking for something."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found out about a call."""

    name: str
    """Which rule says so, for programs: `silent-peer`."""
    severity: Severity
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEnd:
    """How it ended and why."""

    by: EndedBy
    code: int = 0
    """Of SIP, where there was one."""
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Descriptions:
    """The offer and the answer that counted last, without their keys."""

    offered_here: bool = False
    """The offer was the speaker's; the answer is the other side's."""
    offer: str = ""
    answer: str = ""
    """Empty: there was none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """The sound that both sides agreed to last."""

    codec: str
    direction: str
    """The speaker's: `sendrecv`, `sendonly`, `recvonly`, `inactive`."""
    encryption: str
    """`none`, the suite, or `by DTLS`."""
    ptime_ms: int
    keys_by_rtp: bool
    """Whether the other side takes telephone-events."""
    stated: tuple[str, int]
    """Where the other side's description wants its sound."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Equipment:
    """What there is of a loudspeaker and a microphone, and what settings allow."""

    loudspeaker: str = "system"
    """Sound URI."""
    microphone: str = "system"
    input_gain_db: float = 0.0
    """`audio.input_gain_db`."""
    audio_direction: str = "sendrecv"
    """What `sip.audio_direction` lets calls agree to, as descriptions say it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallReport:
    """One call from its beginning to its end. Times in seconds, levels in dB of full scale."""

    number: int = 0
    """Counts up from 1 for the whole life of the data folder."""
    call: str = ""
    """The session, as the HTTP interface and the log name it."""
    began: str
    """Local time with its offset from UTC (ISO 8601)."""
    way: Way
    account: str = ""
    peer: str
    """SIP URI, or the label of a multicast source."""
    caller: str = ""
    """What the caller says it is called."""
    answered: bool = False
    rang_s: float = 0.0
    """Until the answer, or until the end without one."""
    lasted_s: float = 0.0
    """From the answer to the end."""
    end: CallEnd

    descriptions: Descriptions = field(default_factory=Descriptions)
    codecs: tuple[CodecFate, ...] = ()
    """Those of the offer, each with what became of it."""
    disagreement: str = ""
    """Why no sound could be agreed on; empty: it could, or it was not tried."""
    agreed: Agreed | None = None

    here: tuple[str, int] | None = None
    """Where the speaker's own description wants its sound."""
    signalled_from: str = ""
    """The address that the other side's SIP comes from, or goes to (IP literal)."""
    packets: StreamStatistics = field(default_factory=StreamStatistics)
    sound: StreamSound = field(default_factory=StreamSound)
    silent_at_end_s: float = 0.0
    """How long nothing had come when the speaker gave up; 0: it did not."""
    fault: str = ""
    """Of the program, which ended its sound; empty: there was none."""
    keys: int = 0
    """Keys that the other side pressed, those of access codes left out."""
    lost_devices: tuple[str, ...] = ()
    """`output: why`, `input: why`: sound devices that were away."""
    equipment: Equipment = field(default_factory=Equipment)

    findings: tuple[Finding, ...] = ()
    """What the rules make of all that, the most important first."""
    verdict: str = ""
    """One sentence."""

    @property
    def is_faulty(self) -> bool:
        """Whether the rules found a fault, or something that is one unless it was meant so."""
        return any(each.severity is not Severity.NOTE for each in self.findings)


CODING: Final = TypeAdapter(CallReport)
"""Reports as JSON and back."""
