"""The table of the rules, and what a call comes to by them.

Each rule looks at a report and says what is wrong, or nothing. What explains more comes first.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from speaker.reports.call_report import CallReport, EndedBy, Finding, Severity, Way
from speaker.reports.verdict import agreement, arriving, loudspeaker, notes, sending
from speaker.reports.verdict.facts import LONG_ENOUGH_S
from speaker.signalling.failure_words import call_failure

if TYPE_CHECKING:
    from collections.abc import Callable

ALL_WELL: Final = "all well"
TOO_SHORT: Final = "too short to tell; nothing wrong was seen"


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that may be found."""

    name: str
    severity: Severity
    explain: Callable[[CallReport], str | None]
    """What to tell of a call to which it applies; None: it does not."""


def judged(report: CallReport) -> CallReport:
    """The report with its findings and its verdict."""
    found = [
        Finding(rule.name, rule.severity, words)
        for rule in RULES
        if (words := rule.explain(report)) is not None
    ]
    order = list(Severity)
    found.sort(key=lambda finding: order.index(finding.severity))
    report = replace(report, findings=tuple(found))
    return replace(report, verdict=_verdict(report))


def _verdict(report: CallReport) -> str:
    if report.is_faulty:
        return report.findings[0].words
    if report.answered and report.sound.open_s < LONG_ENOUGH_S:
        return TOO_SHORT
    if report.answered:
        limits = [each.words for each in report.findings if each.name == "set-so"]
        return "; ".join([ALL_WELL, *limits])
    return f"not answered: {_unanswered(report)}"


def _unanswered(report: CallReport) -> str:
    end = report.end
    if report.way is Way.OUTGOING:
        if end.by is EndedBy.LOCAL:
            return "the speaker gave up" + (f" ({end.why})" if end.why else "")
        return call_failure(end.code, end.why)
    if end.by is EndedBy.LOCAL:
        return end.why or "the speaker ended it"
    return "the caller hung up first"


RULES: Final[tuple[Rule, ...]] = (
    Rule("fault", Severity.FAULT, loudspeaker.fault),
    Rule("no-codec", Severity.FAULT, agreement.no_codec),
    Rule("no-encryption", Severity.FAULT, agreement.no_encryption),
    Rule("no-keys", Severity.FAULT, agreement.no_keys),
    Rule("call-failed", Severity.FAULT, agreement.call_failed),
    Rule("keys-differ", Severity.FAULT, arriving.keys_differ),
    Rule("wrong-codec", Severity.FAULT, arriving.wrong_codec),
    Rule("loop", Severity.FAULT, arriving.loop),
    Rule("no-rtp", Severity.FAULT, arriving.no_rtp),
    Rule("nothing-arrives", Severity.FAULT, arriving.nothing_arrives),
    Rule("nothing-sent", Severity.FAULT, sending.nothing_sent),
    Rule("nothing-reaches-them", Severity.FAULT, sending.nothing_reaches_them),
    Rule("output-lost", Severity.FAULT, loudspeaker.output_lost),
    Rule("input-lost", Severity.FAULT, sending.input_lost),
    Rule("fell-silent", Severity.FAULT, arriving.fell_silent),
    Rule("cannot-keep-up", Severity.FAULT, loudspeaker.cannot_keep_up),
    Rule("lost", Severity.FAULT, arriving.lost),
    Rule("late", Severity.FAULT, arriving.late),
    Rule("lost-there", Severity.FAULT, sending.lost_there),
    Rule("loudspeaker-muted", Severity.DOUBT, loudspeaker.loudspeaker_muted),
    Rule("microphone-muted", Severity.DOUBT, sending.microphone_muted),
    Rule("echo-late", Severity.DOUBT, sending.echo_late),
    Rule("wrong-source", Severity.DOUBT, arriving.wrong_source),
    Rule("silent-peer", Severity.DOUBT, arriving.silent_peer),
    Rule("microphone-silent", Severity.DOUBT, sending.microphone_silent),
    Rule("one-direction", Severity.DOUBT, agreement.one_direction),
    Rule("displaced", Severity.DOUBT, loudspeaker.displaced),
    Rule("loudspeaker-quiet", Severity.DOUBT, loudspeaker.loudspeaker_quiet),
    Rule("quiet-peer", Severity.DOUBT, arriving.quiet_peer),
    Rule("microphone-quiet", Severity.DOUBT, sending.microphone_quiet),
    Rule("microphone-clips", Severity.DOUBT, sending.microphone_clips),
    Rule("set-so", Severity.NOTE, agreement.set_so),
    Rule("held", Severity.NOTE, agreement.held),
    Rule("other-address", Severity.NOTE, notes.other_address),
    Rule("others-sent-too", Severity.NOTE, notes.others_sent_too),
    Rule("other-formats-too", Severity.NOTE, notes.other_formats_too),
    Rule("some-breaks", Severity.NOTE, loudspeaker.some_breaks),
    Rule("no-loudspeaker", Severity.NOTE, notes.no_loudspeaker),
    Rule("no-microphone", Severity.NOTE, notes.no_microphone),
)
"""In the order of their importance, within each severity."""
