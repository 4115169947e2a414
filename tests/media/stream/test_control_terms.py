"""What offers and answers say of RTCP (RFC 5761 §5.1.1, RFC 3605, RFC 3611 §5)."""

from __future__ import annotations

import pytest

from media.sdp.agreement import AgreedStream, Answer, WantedReports
from media.sdp.negotiation import Capabilities, Origin, answer_offer, make_offer, read_answer
from media.sdp.session_description import SessionDescription

ORIGIN = Origin(1, 1, "198.51.100.1")
HEAD = "v=0\r\no=- 9 9 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\n"


def described(*lines: str) -> bytes:
    return (HEAD + "".join(f"{line}\r\n" for line in lines)).encode()


def answer_to(*lines: str) -> Answer:
    body = described(*lines)
    return answer_offer(body, Capabilities(), "198.51.100.1", 5000, origin=ORIGIN)


def answered_with(*lines: str) -> AgreedStream:
    body = make_offer(Capabilities(), "198.51.100.1", 5000, origin=ORIGIN)
    return read_answer(body, described(*lines))


def own_line(answer: Answer, name: str) -> str | None:
    return SessionDescription.parse(answer.body).media[0].value(name)


def test_one_port_is_offered_and_agreed_to_where_the_peer_can() -> None:
    body = make_offer(Capabilities(), "198.51.100.1", 5000, origin=ORIGIN)
    assert SessionDescription.parse(body).media[0].value("rtcp-mux") == ""
    for stream in (
        answer_to("m=audio 4000 RTP/AVP 0", "a=rtcp:4001", "a=rtcp-mux").stream,
        answered_with("m=audio 4000 RTP/AVP 0", "a=rtcp-mux"),
    ):
        assert stream.multiplexed
        assert stream.remote_control == stream.remote == ("192.0.2.7", 4000)


@pytest.mark.parametrize(
    ("more", "port"), [((), 4001), (("a=rtcp:5555",), 5555), (("a=rtcp:4000",), 4000)]
)
def test_a_peer_that_does_not_know_of_it_gets_two_ports(more: tuple[str, ...], port: int) -> None:
    answer = answer_to("m=audio 4000 RTP/AVP 0", *more)
    assert own_line(answer, "rtcp-mux") is None
    for stream in (answer.stream, answered_with("m=audio 4000 RTP/AVP 0", *more)):
        assert not stream.multiplexed
        assert stream.remote_control == ("192.0.2.7", port)


def test_payload_types_that_look_like_rtcp_keep_it_apart() -> None:
    """RFC 5761 §4."""
    answer = answer_to("m=audio 4000 RTP/AVP 77", "a=rtpmap:77 PCMU/8000", "a=rtcp-mux")
    assert not answer.stream.multiplexed
    assert own_line(answer, "rtcp-mux") is None


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("a=rtcp-xr:voip-metrics", WantedReports(voip_metrics=True)),
        ("a=rtcp-xr:rcvr-rtt=all:100 stat-summary=loss", WantedReports(receiver_time=True)),
        ("a=rtcp-xr:pkt-loss-rle", WantedReports()),
        ("a=rtcp-xr", WantedReports()),
        ("a=ptime:20", WantedReports()),
    ],
)
def test_extended_reports_are_sent_as_the_peer_wants_them(line: str, wanted: WantedReports) -> None:
    answer = answer_to("m=audio 4000 RTP/AVP 0", line)
    assert answer.stream.extended_reports == wanted
    assert (own_line(answer, "rtcp-xr") is None) == ("rtcp-xr" not in line)
    assert answered_with("m=audio 4000 RTP/AVP 0", line).extended_reports == wanted


def test_linphone_asks_for_extended_reports_for_the_whole_session() -> None:
    """RFC 3611 §5.1 allows both levels; the media's own wins."""
    body = described("a=rtcp-xr:rcvr-rtt=all:10000 voip-metrics", "m=audio 4000 RTP/AVP 0")
    answer = answer_offer(body, Capabilities(), "198.51.100.1", 5000, origin=ORIGIN)
    assert answer.stream.extended_reports == WantedReports(voip_metrics=True, receiver_time=True)
    assert own_line(answer, "rtcp-xr") is not None
    body = described("a=rtcp-xr:voip-metrics", "m=audio 4000 RTP/AVP 0", "a=rtcp-xr")
    answer = answer_offer(body, Capabilities(), "198.51.100.1", 5000, origin=ORIGIN)
    assert answer.stream.extended_reports == WantedReports()


def test_packets_longer_than_60_ms_are_not_wanted() -> None:
    assert own_line(answer_to("m=audio 4000 RTP/AVP 0"), "maxptime") == "60"


def noise(stream: AgreedStream) -> dict[int, int]:
    """Comfort noise that is taken: payload types and clock rates."""
    return {
        number: codec.clock_rate_hz
        for number, codec in stream.accepts.items()
        if codec.name == "CN"
    }


L16_OFFER = (
    "m=audio 4000 RTP/AVP 13 97 98 0",
    "a=rtpmap:97 L16/16000",
    "a=rtpmap:98 CN/16000",
)


def test_comfort_noise_is_taken_at_the_clock_rates_of_the_codecs_by_the_offers_numbers() -> None:
    """RFC 3389 §6, 7."""
    can = Capabilities(codecs=("L16/16000", "PCMU"))
    answer = answer_offer(described(*L16_OFFER), can, "198.51.100.1", 5000, origin=ORIGIN)
    assert answer.stream.payload_type == 97
    assert noise(answer.stream) == {13: 8000, 98: 16000}
    assert answer.stream.comfort_noise is None
    (line,) = SessionDescription.parse(answer.body).media
    assert line.formats == ("97", "0", "13", "98")
    assert {"13 CN/8000", "98 CN/16000"} <= set(line.values("rtpmap"))
    only = Capabilities(codecs=("PCMU",))
    answer = answer_offer(described(*L16_OFFER), only, "198.51.100.1", 5000, origin=ORIGIN)
    assert noise(answer.stream) == {13: 8000}


@pytest.mark.parametrize(
    ("codecs", "number"), [(("L16/16000", "PCMU"), 98), (("PCMU", "L16/16000"), 13)]
)
def test_silence_is_suppressed_if_set_and_by_the_clock_of_the_codec(
    codecs: tuple[str, ...], number: int
) -> None:
    can = Capabilities(codecs=codecs, silence_suppression=True)
    answer = answer_offer(described(*L16_OFFER), can, "198.51.100.1", 5000, origin=ORIGIN)
    assert answer.stream.comfort_noise == number
    plain = described("m=audio 4000 RTP/AVP 0")
    answer = answer_offer(plain, can, "198.51.100.1", 5000, origin=ORIGIN)
    assert answer.stream.comfort_noise is None


def test_comfort_noise_is_offered_if_silence_is_to_be_suppressed_and_only_then() -> None:
    can = Capabilities(codecs=("opus", "PCMU", "L16/16000"), silence_suppression=True)
    body = make_offer(can, "198.51.100.1", 5000, origin=ORIGIN)
    (line,) = SessionDescription.parse(body).media
    rates = [value for value in line.values("rtpmap") if " CN/" in value]
    assert rates[0] == "13 CN/8000"
    assert len(rates) == 2
    assert rates[1].endswith(" CN/16000")
    assert len(set(line.formats)) == len(line.formats)
    taken = read_answer(body, described("m=audio 4000 RTP/AVP 0 13"))
    assert taken.comfort_noise == 13
    assert sorted(noise(taken).values()) == [8000, 16000]
    assert read_answer(body, described("m=audio 4000 RTP/AVP 0")).comfort_noise is None
    never = make_offer(Capabilities(), "198.51.100.1", 5000, origin=ORIGIN)
    assert b" CN/" not in never
    assert read_answer(never, described("m=audio 4000 RTP/AVP 0 13")).comfort_noise is None


def test_opus_has_no_comfort_noise() -> None:
    """RFC 7587 §3.1.3."""
    can = Capabilities(codecs=("opus",), silence_suppression=True)
    body = described(
        "m=audio 4000 RTP/AVP 96 97", "a=rtpmap:96 opus/48000/2", "a=rtpmap:97 CN/48000"
    )
    answer = answer_offer(body, can, "198.51.100.1", 5000, origin=ORIGIN)
    assert answer.stream.comfort_noise is None
    assert noise(answer.stream) == {}
