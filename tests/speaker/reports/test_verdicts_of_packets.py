"""What is found out about calls by the packets that came and went: nothing here is a made-up figure.

A phone and the device meet in memory, with the streams, the engine and the reporter of a real call;
each test does one thing to what is between them.
"""

from __future__ import annotations

from media.rtp.rtcp import ReceiverReport, compound
from speaker.reports.call_report import CallReport
from speaker.reports.verdict.table import ALL_WELL
from tests.media.streams import packet
from tests.speaker.stage import Stage

STRANGER = ("192.0.2.99", 7000)
DEVICE = ("192.0.2.2", 4000)
DEVICE_CONTROL = ("192.0.2.2", 4001)


def ended(stage: Stage) -> CallReport:
    """The report on the call, which the phone ends."""
    stage.phone.hang_up()
    stage.run(0.1)
    return stage.reports[-1]


def names(report: CallReport) -> list[str]:
    return [each.name for each in report.findings]


def test_a_strangers_reports_do_not_hide_that_nothing_arrives() -> None:
    stage = Stage()
    stage.offer = stage.offer.replace(b"a=rtcp-mux\r\n", b"")
    stage.speaks = False
    stage.call()
    report = compound([ReceiverReport(ssrc=9)])
    for _ in range(20):
        stage.network.carry(report, STRANGER, DEVICE_CONTROL)
        stage.network.carry(report, STRANGER, DEVICE)
        stage.run(0.1)
    told = ended(stage)
    assert names(told) == ["nothing-arrives", "others-sent-too"]
    assert told.packets.control_foreign == 40
    assert told.packets.control_foreign_source == STRANGER


def test_of_two_that_send_and_were_not_announced_it_is_told_which_was_heard() -> None:
    stage = Stage()
    stage.offer = stage.offer.replace(b"m=audio 6000", b"m=audio 6100")
    stage.call()
    for number in range(100):
        stage.network.carry(packet(number, ssrc=9), STRANGER, DEVICE)
        stage.run(0.02)
    told = ended(stage)
    assert names(told) == ["wrong-source"]
    assert told.packets.packets_foreign > 90
    assert "192.0.2.1 port 6000 was heard, 192.0.2.99 port 7000 was turned away" in told.verdict


def test_a_stranger_beside_a_peer_that_is_where_it_said_is_only_noted() -> None:
    stage = Stage()
    stage.call()
    for number in range(100):
        stage.network.carry(packet(number, ssrc=9), STRANGER, DEVICE)
        stage.run(0.02)
    told = ended(stage)
    assert (names(told), told.verdict) == (["others-sent-too"], ALL_WELL)
