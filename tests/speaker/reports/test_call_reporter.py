"""What a call leaves behind, with a phone and a room in memory."""

from __future__ import annotations

import pytest

from media.engine.events import DeviceBack, DeviceLost, StreamSilent
from media.sdp.codec_choice import CHOSEN
from media.sdp.negotiation import Capabilities, Encryption, make_offer
from media.sdp.session_description import Origin
from media.security.srtp import SrtpSuite
from sip.session.events import Ended, Party
from sip.syntax.uri import SipUri
from speaker.reports.call_report import CODING, CallReport, EndedBy, Way
from speaker.reports.verdict.table import ALL_WELL
from tests.speaker.stage import Stage

ALICE = SipUri.for_user("alice", "192.0.2.1")
KEY = b"0123456789abcdef0123456789abcd"


def ended(stage: Stage, seconds: float = 2.0) -> CallReport:
    """The report on a call that the phone placed and ends after a while."""
    stage.call()
    stage.run(seconds)
    stage.phone.hang_up()
    stage.run(0.1)
    (report,) = stage.reports
    return report


def names(report: CallReport) -> list[str]:
    return [each.name for each in report.findings]


def test_a_call_that_goes_well_is_told_of_whole() -> None:
    report = ended(Stage())
    assert (report.verdict, names(report)) == (ALL_WELL, [])
    assert (report.way, report.account) == (Way.INCOMING, "peer_to_peer")
    assert report.peer.startswith("sip:alice@")
    assert report.answered
    assert report.lasted_s == pytest.approx(2.0, abs=0.1)
    assert report.end.by is EndedBy.REMOTE
    assert report.agreed is not None
    assert report.agreed.codec == "PCMU"
    assert [each.name for each in report.codecs if each.fate == CHOSEN] == ["PCMU/8000"]
    assert report.agreed.stated == report.packets.heard_from == ("192.0.2.1", 6000)
    assert report.packets.sent_to == ("192.0.2.1", 6000)
    assert report.here == ("192.0.2.2", 4000)
    assert report.signalled_from == "192.0.2.1"
    assert "m=audio 6000" in report.descriptions.offer
    assert "m=audio 4000" in report.descriptions.answer
    assert not report.descriptions.offered_here
    for level in (report.sound.received, report.sound.played, report.sound.microphone):
        assert level.peak_dbfs == pytest.approx(-12, abs=1)
    assert report.sound.sent.rms_dbfs == pytest.approx(-15, abs=1)


def test_a_call_of_ours_is_told_of_with_our_offer() -> None:
    stage = Stage()
    stage.calls.call(ALICE, None, stage.pair.now, address="192.0.2.1")
    stage.run(0.1)
    stage.phone.accept(stage.offer)
    stage.run(0.5)
    stage.calls.hang_up_all(stage.pair.now)
    stage.run(0.1)
    (report,) = stage.reports
    assert (report.way, report.end.by, report.end.why) == (
        Way.OUTGOING,
        EndedBy.LOCAL,
        "asked for",
    )
    assert report.descriptions.offered_here
    assert report.signalled_from == "192.0.2.1"
    assert report.descriptions.answer


def test_a_call_that_is_refused_for_its_sound_leaves_a_report_too() -> None:
    stage = Stage({"sip": {"codecs": ["PCMU"]}})
    host = stage.phone.host
    stage.offer = make_offer(Capabilities(codecs=("G722",)), host, 6000, origin=Origin(1, 1, host))
    stage.call()
    (report,) = stage.reports
    assert (report.end.code, report.answered) == (488, False)
    assert names(report) == ["no-codec"]
    assert "add G722 to `sip.codecs`" in report.verdict
    assert stage.happenings("call.report")[0]["finding"] == "no-codec"


def test_keys_are_nowhere_in_a_report() -> None:
    account = {"id": "a", "default": True, "media_encryption": "mandatory"}
    stage = Stage({"sip": {"accounts": [account]}})
    suite = SrtpSuite.AES_CM_128_HMAC_SHA1_80
    locked = Capabilities(encryption=Encryption.MANDATORY, keys={suite: KEY})
    host = stage.phone.host
    stage.offer = make_offer(locked, host, 6000, origin=Origin(1, 1, host))
    report = ended(stage, 0.2)
    assert report.agreed is not None
    assert report.agreed.encryption == suite.value
    for text in (report.descriptions.offer, report.descriptions.answer):
        assert f"{suite.value} ***" in text
        assert "inline" not in text


def test_an_offer_without_encryption_is_told_apart_from_one_without_a_codec() -> None:
    account = {"id": "a", "default": True, "media_encryption": "mandatory"}
    stage = Stage({"sip": {"accounts": [account]}})
    stage.call()
    (report,) = stage.reports
    assert names(report) == ["no-encryption"]


def test_a_muted_phone_is_noticed_and_told_on_the_bus() -> None:
    stage = Stage()
    stage.is_muted = True
    report = ended(stage)
    assert names(report) == ["silent-peer"]
    (told,) = stage.happenings("call.report")
    assert told["finding"] == "silent-peer"
    assert told["severity"] == "doubt"
    assert told["verdict"] == report.verdict


def test_a_phone_that_sends_nothing_is_noticed() -> None:
    stage = Stage()
    stage.speaks = False
    report = ended(stage)
    assert names(report) == ["nothing-arrives"]
    assert "192.0.2.2 (UDP port 4000)" in report.verdict


def test_a_phone_that_is_behind_a_router_is_noticed_and_heard() -> None:
    stage = Stage()
    host = stage.phone.host
    stage.offer = make_offer(Capabilities(), host, 6100, origin=Origin(1, 1, host))
    report = ended(stage)
    assert names(report) == ["other-address"]
    assert report.verdict == ALL_WELL
    assert report.sound.received.peak_dbfs > -20


def test_a_silence_that_ends_the_call_is_told_with_its_length() -> None:
    stage = Stage()
    stage.call()
    stage.run(1.5)
    call = stage.calls.calls[0]
    stage.calls.on_sound_event(StreamSilent(call.media.stream, 30.0), stage.pair.now)
    stage.run(0.1)
    (report,) = stage.reports
    assert names(report) == ["fell-silent"]


def test_sound_devices_that_are_away_are_told_until_they_are_back() -> None:
    stage = Stage()
    stage.calls.on_sound_event(DeviceLost("input", "unplugged"), 0.0)
    stage.call()
    stage.calls.on_sound_event(DeviceLost("output", "broken"), stage.pair.now)
    stage.run(1.5)
    stage.phone.hang_up()
    stage.run(0.1)
    assert stage.reports[0].lost_devices == ("input: unplugged", "output: broken")
    assert names(stage.reports[0]) == ["output-lost", "input-lost"]
    for device in ("input", "output"):
        stage.calls.on_sound_event(DeviceBack(device), stage.pair.now)
    stage.call()
    stage.run(0.1)
    stage.calls.hang_up_all(stage.pair.now)
    stage.run(0.1)
    assert stage.reports[1].lost_devices == ()


def test_a_call_that_nobody_takes_leaves_its_reason() -> None:
    stage = Stage()
    stage.calls.call(ALICE, None, stage.pair.now, address="192.0.2.1")
    stage.run(0.1)
    stage.phone.reject(486)
    stage.run(0.1)
    (report,) = stage.reports
    assert report.verdict == "not answered: busy (486 Busy Here)"
    assert stage.happenings("call.report") == []
    assert "m=audio" in report.descriptions.offer


def test_a_caller_for_whom_there_is_no_room_leaves_a_report_and_a_stranger_none() -> None:
    stage = Stage({"sip": {"max_calls": 1}})
    stage.call()
    stage.call()
    (report,) = stage.reports
    assert report.verdict == "not answered: 1 of sip.max_calls = 1 calls are up"
    stage = Stage({"sip": {"allowed_callers": ["203.0.113.9"]}})
    stage.call()
    assert stage.reports == []


def test_what_strangers_write_is_cut() -> None:
    stage = Stage()
    stage.calls.call(ALICE, None, stage.pair.now, address="192.0.2.1")
    stage.run(0.1)
    (call,) = stage.calls.calls
    event = Ended(call.session, Party.REMOTE, 486, "x" * 100_000)
    stage.calls.on_sip_event(event, stage.pair.now)
    (report,) = stage.reports
    assert len(report.end.why) <= 300


def test_a_goodbye_in_no_language_does_not_make_reports_unwritable() -> None:
    """Octets that are no UTF-8 kept all reports from the disk and from the HTTP interface."""
    stage = Stage()
    stage.call()
    stage.run(0.1)
    stage.phone.hang_up('SIP;cause=200;text="\udc80 over"')  # how such octets are kept in messages
    stage.run(0.1)
    (report,) = stage.reports
    assert "over" in report.end.why
    assert CODING.validate_json(CODING.dump_json(report)) == report


def test_a_fault_of_the_program_ends_its_call_and_is_told_as_what_it_is() -> None:
    stage = Stage()
    stage.call()
    stage.run(0.5)
    stage.network.at((stage.pair.bob.host, 4000)).fault = ValueError("no such frame")
    stage.run(0.1)
    assert stage.calls.calls == ()
    assert stage.state() == "idle"
    (report,) = stage.reports
    assert names(report) == ["fault"]
    assert "ended the sound of this call (ValueError: no such frame)" in report.verdict
    assert (report.end.by, report.end.code) == (EndedBy.LOCAL, 0)
    assert report.end.why == "a fault of the speaker's program: ValueError: no such frame"
    assert report.packets.packets_received > 20
    assert stage.network.open_ports == [(stage.phone.host, 6000), (stage.phone.host, 6001)]
    stage.call()
    stage.run(0.1)
    assert stage.state() == "talking"
