"""What has happened is counted as Prometheus counts."""

from prometheus_client import generate_latest

from media.stream.statistics import StreamStatistics
from speaker.events import Bus
from speaker.metrics.tally import Tally
from speaker.reports.call_report import CallEnd, CallReport, EndedBy, Finding, Severity, Way

REPORT = CallReport(
    began="2026-11-27T12:00:00+00:00",
    way=Way.INCOMING,
    peer="sip:desk@pbx.example",
    answered=True,
    lasted_s=42.0,
    end=CallEnd(by=EndedBy.REMOTE),
    packets=StreamStatistics(
        packets_received=2000, packets_lost=7, packets_sent=2100, jitter_ms=3.5, mos=4.1
    ),
    findings=(Finding("silent-peer", Severity.DOUBT, "nothing was said"),),
)


def lines(tally: Tally) -> list[str]:
    return generate_latest(tally.registry).decode().splitlines()


def test_a_call_that_is_over_is_counted_with_its_packets_and_its_quality() -> None:
    tally = Tally()
    tally.on_report(REPORT)
    told = lines(tally)
    assert 'speaker_calls_total{answered="true",ended_by="other side",way="incoming"} 1.0' in told
    assert 'speaker_call_duration_seconds_sum{way="incoming"} 42.0' in told
    assert 'speaker_call_duration_seconds_bucket{le="60.0",way="incoming"} 1.0' in told
    assert "speaker_rtp_packets_received_total 2000.0" in told
    assert "speaker_rtp_packets_lost_total 7.0" in told
    assert 'speaker_rtp_jitter_milliseconds_bucket{le="5.0"} 1.0' in told
    assert 'speaker_call_mos_bucket{le="4.2"} 1.0' in told
    assert 'speaker_call_findings_total{finding="silent-peer",severity="doubt"} 1.0' in told


def test_a_call_without_an_answer_has_no_duration_and_no_quality() -> None:
    tally = Tally()
    tally.on_report(
        CallReport(began="", way=Way.OUTGOING, peer="sip:a@b", end=CallEnd(by=EndedBy.LOCAL))
    )
    told = lines(tally)
    assert 'speaker_calls_total{answered="false",ended_by="speaker",way="outgoing"} 1.0' in told
    assert "speaker_rtp_jitter_milliseconds_count 0.0" in told
    assert not [line for line in told if line.startswith("speaker_call_duration_seconds_sum")]


def test_what_the_bus_tells_is_counted() -> None:
    tally, bus = Tally(), Bus()
    bus.listen(tally.on_event)
    bus.happen("clip.finished", clip="gong", completed=True)
    bus.happen("clip.finished", clip="gong", completed=False)
    bus.happen("login.failed", user="root", address="192.0.2.7")
    bus.happen("manual.trigger", name="lunch")
    told = lines(tally)
    assert 'speaker_clips_finished_total{completed="true"} 1.0' in told
    assert 'speaker_clips_finished_total{completed="false"} 1.0' in told
    assert "speaker_failed_logins_total 1.0" in told
    assert "speaker_triggers_total 1.0" in told


def test_two_devices_in_one_process_do_not_count_together() -> None:
    one, other = Tally(), Tally()
    one.on_report(REPORT)
    assert "speaker_rtp_packets_received_total 0.0" in lines(other)
