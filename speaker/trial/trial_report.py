"""What happens in a test call, step by step, in the words of somebody who installs speakers."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from media.engine.events import KeysAgreed, KeysRefused
from sip.session import events as sip_events
from speaker.reports.call_report import Severity
from speaker.signalling.failure_words import call_failure

if TYPE_CHECKING:
    from media.sdp.negotiation import AgreedStream
    from media.stream.statistics import StreamStatistics
    from speaker.reports.call_report import CallReport, Finding


WITHOUT_SOUND = ("no-loudspeaker", "no-microphone")
"""Findings that a test call has on purpose where no device runs."""


class Stage(enum.Enum):
    """The steps of a test call, in their order. The value is the word of reports."""

    SETTINGS = "settings"
    ACCOUNT = "account"
    SERVER = "server"
    CONNECTION = "connection"
    REGISTRATION = "registration"
    CALL = "call"
    PROGRESS = "progress"
    ANSWER = "answer"
    SOUND = "sound"
    RTP = "rtp"
    HANG_UP = "hang-up"
    CERTIFICATE = "certificate"
    """Of the server; only when an account is set up, as are those that follow."""
    CALLERS = "callers"
    SAVING = "saving"


class Result(enum.Enum):
    """What came of a step."""

    OK = "ok"
    FAILED = "failed"
    NOTE = "note"
    """Neither: something that helps to understand the others."""


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the report."""

    stage: Stage
    result: Result
    words: str

    @property
    def failed(self) -> bool:
        """Whether the test call has not passed because of this step."""
        return self.result is Result.FAILED


def ok(stage: Stage, words: str) -> Step:
    """It went well."""
    return Step(stage, Result.OK, words)


def failed(stage: Stage, words: str) -> Step:
    """It went wrong."""
    return Step(stage, Result.FAILED, words)


def note(stage: Stage, words: str) -> Step:
    """Something that helps to understand the other steps."""
    return Step(stage, Result.NOTE, words)


class TrialReport:
    """Follows one call of ours from its INVITE to its end; `now` is in monotonic seconds.

    `over` once nothing more will come of the call itself. The figures of its sound come after that,
    by `on_sound`.
    """

    def __init__(self, now: float) -> None:
        self._placed_at = now
        self._answered_at: float | None = None
        self._told: set[int] = set()
        self.answered = False
        self.over = False

    def on_event(self, event: sip_events.SessionEvent, now: float) -> list[Step]:
        """Take what the user agent tells of the call."""
        match event:
            case sip_events.Progress():
                return self._on_progress(event)
            case sip_events.Answered():
                return self._on_answer(now)
            case sip_events.Ended():
                return self._on_end(event, now)
            case _:
                return []

    def _on_progress(self, event: sip_events.Progress) -> list[Step]:
        if event.code in self._told:
            return []
        self._told.add(event.code)
        sound = ", with sound before the answer" if event.body else ""
        match event.code:
            case 180:
                words = f"it rings there (180){sound}"
            case 181:
                words = "the call is forwarded (181)"
            case 182:
                words = "the call waits in a queue (182)"
            case code:
                words = f"the call progresses ({code}){sound}"
        return [note(Stage.PROGRESS, words)]

    def _on_answer(self, now: float) -> list[Step]:
        if self.answered:
            return []
        self.answered, self._answered_at = True, now
        return [ok(Stage.ANSWER, f"answered after {now - self._placed_at:.1f} s")]

    def _on_end(self, event: sip_events.Ended, now: float) -> list[Step]:
        self.over = True
        if not self.answered:
            return [failed(Stage.ANSWER, _unanswered(event))]
        lasted_s = now - (self._answered_at or now)
        match event.by:
            case sip_events.Party.LOCAL if event.code < 300:
                return [ok(Stage.HANG_UP, "the other side confirmed that the call is over")]
            case sip_events.Party.LOCAL:
                words = f"the other side did not confirm that the call is over ({event.code})"
                return [note(Stage.HANG_UP, words)]
            case sip_events.Party.REMOTE:
                why = f": {event.reason}" if event.reason else ""
                words = f"the other side hung up after {lasted_s:.1f} s{why}"
                return [note(Stage.HANG_UP, words)]
            case sip_events.Party.NETWORK:
                words = f"the other side could not be reached any more ({event.code})"
                return [failed(Stage.HANG_UP, words)]
            case _:
                assert_never(event.by)

    def on_agreement(self, agreed: AgreedStream | None) -> Step:
        """Take what sound the answer has led to; None: to none."""
        if agreed is None:
            return failed(
                Stage.SOUND,
                "the answer has no codec in common with the offer: compare `sip.codecs` with what"
                " the other side takes",
            )
        host, port = agreed.remote
        return ok(
            Stage.SOUND,
            f"codec {agreed.codec.title}, {agreed.direction.value}; the other side takes its sound"
            f" at {host} port {port}",
        )

    def on_keys(self, event: KeysAgreed | KeysRefused) -> Step:
        """Take what came of the handshake for the keys of the sound."""
        if isinstance(event, KeysAgreed):
            return ok(Stage.SOUND, f"keys agreed on by DTLS: {event.suite}")
        return failed(Stage.SOUND, event.why)

    def on_sound(self, report: CallReport) -> list[Step]:
        """Take the report on the call, once it is over: the same rules judge every call."""
        steps = [*_received(report.packets), *_sent(report.packets)]
        steps += [_found(each) for each in report.findings if each.name not in WITHOUT_SOUND]
        return steps


def _unanswered(event: sip_events.Ended) -> str:
    match event.by:
        case sip_events.Party.LOCAL:
            return "nobody took the call in time (`sip.calling_timeout_s`)"
        case sip_events.Party.NETWORK | sip_events.Party.REMOTE:
            return call_failure(event.code, event.reason)
        case _:
            assert_never(event.by)


def _found(finding: Finding) -> Step:
    is_fault = finding.severity is Severity.FAULT
    return failed(Stage.RTP, finding.words) if is_fault else note(Stage.RTP, finding.words)


def _received(figures: StreamStatistics) -> list[Step]:
    if not figures.packets_received:
        return []
    lost = f", {figures.packets_lost} lost" if figures.packets_lost else ""
    words = f"{figures.packets_received} packets of sound came{lost}"
    return [ok(Stage.RTP, f"{words}, {figures.jitter_ms:.1f} ms jitter")]


def _sent(figures: StreamStatistics) -> list[Step]:
    if not figures.packets_sent:
        return []
    words = f"{figures.packets_sent} packets of sound were sent"
    if figures.remote_fraction_lost is None:
        return [ok(Stage.RTP, f"{words}; the other side does not report what arrived (RTCP)")]
    return [
        ok(Stage.RTP, f"{words}; the other side reports {figures.remote_fraction_lost:.0%} lost")
    ]
