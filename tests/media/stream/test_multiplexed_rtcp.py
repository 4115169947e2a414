"""RTCP over the port of RTP (RFC 5761)."""

from __future__ import annotations

import pytest

from media.codecs import g711
from media.engine.commands import StartStream
from media.engine.events import StreamId
from media.engine.stream_voice import StreamVoice
from media.frame import silence
from media.rtp.rtcp import Goodbye, ReceiverReport, compound, parse_compound
from media.stream.rtp_stream import RtpStream
from tests.media.streams import PEER, SSRC, agreed, packet
from tests.media.wire import WirePath

ROUTER, OTHER = ("203.0.113.5", 40000), ("198.51.100.66", 5)
REPORT = compound((ReceiverReport(ssrc=SSRC),))


def multiplexed(**changes: object) -> RtpStream:
    terms = {"multiplexed": True, "remote_control": PEER} | changes
    return RtpStream(agreed(**terms), ssrc=1, first_sequence=0, first_timestamp=0, cname="x")


def reports(stream: RtpStream) -> list[tuple[bytes, tuple[str, int]]]:
    return [out for tick in range(600) for out in stream.control(tick / 100, 1e9)]


def test_our_reports_go_to_where_our_sound_goes() -> None:
    stream = multiplexed()
    assert stream.multiplexed
    stream.receive(packet(0), ROUTER, 0.0)
    sent = reports(stream)
    assert sent
    assert {to for _, to in sent} == {ROUTER}
    assert stream.goodbye(7.0, 1e9)[0][1] == ROUTER


def test_reports_and_sound_that_come_by_one_port_are_told_apart_by_the_packet_type() -> None:
    """§4: 192 to 223 in the second octet, so that payload types with marker stay sound."""
    stream = multiplexed()
    stream.receive(packet(0, marker=True), PEER, 0.0)
    stream.receive(compound((ReceiverReport(ssrc=SSRC), Goodbye(ssrcs=(SSRC,)))), PEER, 0.1)
    assert stream.peer_said_goodbye
    assert stream.statistics.packets_received == 1
    assert stream.statistics.packets_malformed == stream.statistics.packets_of_unknown_type == 0


def test_reports_of_a_foreign_source_count_for_nothing() -> None:
    stream = multiplexed()
    stream.receive(packet(0), PEER, 0.0)
    stream.receive(compound((ReceiverReport(ssrc=SSRC), Goodbye(ssrcs=(SSRC,)))), OTHER, 0.1)
    assert not stream.peer_said_goodbye
    assert (stream.statistics.control_foreign, stream.statistics.packets_foreign) == (1, 0)
    assert stream.statistics.control_foreign_source == OTHER


def test_a_peer_behind_a_router_that_only_listens_is_found_by_its_reports() -> None:
    stream = multiplexed()
    stream.receive(REPORT, ROUTER, 0.0)
    assert [to for _ in range(2) for _, to in stream.capture(silence(), 0.0)] == [ROUTER]
    stream.receive(REPORT, OTHER, 0.1)
    assert stream.statistics.control_foreign_source == OTHER


def test_a_strangers_report_does_not_keep_our_sound_from_a_peer_that_only_listens() -> None:
    """Whoever was first had the microphone for the whole of the call."""
    stream = multiplexed()
    stream.receive(REPORT, OTHER, 0.0)
    stream.receive(REPORT, PEER, 0.1)  # from where its description has it
    assert stream.statistics.sent_to == PEER
    stream.receive(REPORT, OTHER, 0.2)
    assert stream.statistics.sent_to == PEER


def test_sound_from_elsewhere_than_the_reports_is_heard_from_its_first_packet_on() -> None:
    """A peer that agrees to one port and reports from another, behind a router."""
    stream = multiplexed()
    stream.receive(REPORT, (ROUTER[0], 40001), 0.0)
    stream.receive(packet(0), ROUTER, 0.01)
    assert stream.statistics.packets_received == 1
    assert stream.statistics.source_moves == 0
    assert [to for _ in range(2) for _, to in stream.capture(silence(), 0.0)] == [ROUTER]


@pytest.mark.parametrize("way", ["rtp", "rtcp"])
def test_without_it_reports_are_taken_at_either_port_and_lead_no_sound_away(way: str) -> None:
    stream = multiplexed(multiplexed=False, remote_control=("192.0.2.7", 4001))
    source = ("192.0.2.7", 4001)
    if way == "rtp":
        stream.receive(REPORT, source, 0.0)
    else:
        stream.receive_control(REPORT, source, 0.0)
    assert stream.heard_at == 0.0
    assert [to for _ in range(2) for _, to in stream.capture(silence(), 0.0)] == [PEER]
    assert {to for _, to in reports(stream)} == {source}


def test_without_it_a_payload_type_that_looks_like_a_report_is_sound() -> None:
    """RFC 5761 §4 forbids 64 to 95 beside RTCP; a peer that keeps them apart may use them."""
    stream = multiplexed(multiplexed=False, accepts={77: g711.PCMU})
    stream.receive(packet(0, payload_type=77, marker=True), PEER, 0.0)
    assert stream.statistics.packets_received == 1


@pytest.mark.parametrize("one_port", [True, False])
def test_the_engine_sends_reports_by_the_port_that_was_agreed(one_port: bool) -> None:
    rtp, rtcp = WirePath(("192.0.2.1", 4000)), WirePath(("192.0.2.1", 4001))
    core = multiplexed(multiplexed=one_port)
    voice = StreamVoice(StartStream(StreamId("call"), rtp, rtcp, core), 0, 0.0)
    for tick in range(600):
        voice.send_control(tick / 100, 1e9)
    used, unused = (rtp, rtcp) if one_port else (rtcp, rtp)
    assert used.sent
    assert not unused.sent


def test_what_we_send_is_a_compound_packet_as_without_it() -> None:
    ((data, _), *_) = reports(multiplexed())
    assert isinstance(parse_compound(data)[0], ReceiverReport)
