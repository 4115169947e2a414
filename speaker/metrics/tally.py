"""What has happened since the start, counted: calls, clips, log-ins that failed, requests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry, Counter, Histogram

from speaker.events import Happening
from speaker.reports.call_report import Way

if TYPE_CHECKING:
    from speaker.events import Event
    from speaker.reports.call_report import CallReport

TALK_S: Final = (5, 15, 30, 60, 120, 300, 600, 1800, 3600)
JITTER_MS: Final = (1, 2, 5, 10, 20, 50, 100, 200, 500)
MOS: Final = (1, 2, 2.5, 3, 3.5, 3.8, 4, 4.2, 4.4, 4.5)

WORST_CLASS, BEST_CLASS = 1, 5
"""Of HTTP statuses, by their first digit."""


class Tally:
    """Counters of one device. They start at 0 with it, and are its own: none is global."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._count_calls()
        self._count_rest()

    def _count_calls(self) -> None:
        registry = self.registry
        self._calls = Counter(
            "speaker_calls",
            "Calls and pages that have ended; answered: whether anybody has talked.",
            ["way", "answered", "ended_by"],
            registry=registry,
        )
        self._talk = Histogram(
            "speaker_call_duration_seconds",
            "How long calls and pages were up, from the answer to the end.",
            ["way"],
            buckets=TALK_S,
            registry=registry,
        )
        self._received = Counter(
            "speaker_rtp_packets_received",
            "RTP packets that arrived in calls and pages that have ended.",
            registry=registry,
        )
        self._sent = Counter(
            "speaker_rtp_packets_sent",
            "RTP packets that were sent in calls that have ended.",
            registry=registry,
        )
        self._lost = Counter(
            "speaker_rtp_packets_lost",
            "RTP packets that did not arrive in calls and pages that have ended (RFC 3550 A.3).",
            registry=registry,
        )
        self._jitter = Histogram(
            "speaker_rtp_jitter_milliseconds",
            "Interarrival jitter at the end of calls and pages (RFC 3550 A.8).",
            buckets=JITTER_MS,
            registry=registry,
        )
        self._mos = Histogram(
            "speaker_call_mos",
            "Mean opinion score of what was heard here in calls that have ended (ITU-T G.107).",
            buckets=MOS,
            registry=registry,
        )
        self._findings = Counter(
            "speaker_call_findings",
            "What reports found wrong with calls, by the name of the rule.",
            ["finding", "severity"],
            registry=registry,
        )

    def _count_rest(self) -> None:
        registry = self.registry
        self._clips = Counter(
            "speaker_clips_finished",
            "Clips that have ended; completed: none has stopped them.",
            ["completed"],
            registry=registry,
        )
        self._failed_logins = Counter(
            "speaker_failed_logins", "Attempts to get in that failed.", registry=registry
        )
        self._triggers = Counter(
            "speaker_triggers", "Triggers that were pulled.", registry=registry
        )
        self._requests = Counter(
            "speaker_http_requests",
            "Requests that the HTTP side has answered, by the class of the status.",
            ["status"],
            registry=registry,
        )
        for each in range(WORST_CLASS, BEST_CLASS + 1):
            self._requests.labels(f"{each}xx")

    def on_event(self, event: Event) -> None:
        """Hear the bus."""
        match event:
            case Happening("clip.finished", attributes):
                self._clips.labels("true" if attributes.get("completed") else "false").inc()
            case Happening("login.failed"):
                self._failed_logins.inc()
            case Happening("manual.trigger"):
                self._triggers.inc()
            case _:
                pass

    def on_report(self, report: CallReport) -> None:
        """A call or a page is over."""
        way = report.way.value
        answered = report.answered or report.way is Way.PAGE
        self._calls.labels(way, "true" if answered else "false", report.end.by.value).inc()
        if answered:
            self._talk.labels(way).observe(report.lasted_s)
        packets = report.packets
        self._received.inc(packets.packets_received)
        self._sent.inc(packets.packets_sent)
        self._lost.inc(packets.packets_lost)
        if packets.packets_received:
            self._jitter.observe(packets.jitter_ms)
        if packets.mos is not None:
            self._mos.observe(packets.mos)
        for finding in report.findings:
            self._findings.labels(finding.name, finding.severity.value).inc()

    def on_answer(self, status: int) -> None:
        """The HTTP side has answered a request."""
        if WORST_CLASS <= status // 100 <= BEST_CLASS:
            self._requests.labels(f"{status // 100}xx").inc()
