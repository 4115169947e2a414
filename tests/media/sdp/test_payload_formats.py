"""Payload types and what `a=fmtp` says of them, agreed on (RFC 3551, RFC 7587)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from media.codecs import g711
from media.errors import NotAcceptable
from media.sdp.negotiation import Capabilities, answer_offer, make_offer, read_answer
from media.sdp.session_description import SessionDescription
from tests.media.sdp.descriptions import ORIGIN, answered, offer

ALL = ("opus", "G722", "PCMU", "PCMA", "L16/16000", "L16/48000")


def test_an_offer_numbers_codecs_as_rfc_3551_does_and_the_others_dynamically() -> None:
    body = make_offer(Capabilities(codecs=ALL), "198.51.100.1", 5000, origin=ORIGIN)
    line = SessionDescription.parse(body).media[0]
    assert line.formats == ("96", "9", "0", "8", "97", "98", "101", "99", "100")
    assert list(line.values("rtpmap")) == [
        "96 opus/48000/2",
        "9 G722/8000",
        "0 PCMU/8000",
        "8 PCMA/8000",
        "97 L16/16000",
        "98 L16/48000",
        "101 telephone-event/48000",
        "99 telephone-event/8000",
        "100 telephone-event/16000",
    ]
    assert next(iter(line.values("fmtp"))) == "96 minptime=10;useinbandfec=1"


def test_a_number_that_named_events_have_is_no_codec_s() -> None:
    can = Capabilities(codecs=("opus",), telephone_event_payload_type=96)
    body = make_offer(can, "198.51.100.1", 5000, origin=ORIGIN)
    assert SessionDescription.parse(body).media[0].formats == ("97", "96")


OPUS_OFFER = (
    "m=audio 4000 RTP/AVP 111 9 0 110 126",
    "a=rtpmap:111 opus/48000/2",
    "a=fmtp:111 maxaveragebitrate=20000; useinbandfec=1",
    "a=rtpmap:110 telephone-event/48000",
    "a=rtpmap:126 telephone-event/8000",
)


def test_opus_is_agreed_to_with_what_the_peer_says_of_it_and_events_of_its_clock() -> None:
    """RFC 7587 §7, RFC 4733 §2.1."""
    stream, answer = answered(offer(*OPUS_OFFER), codecs=ALL)
    assert (stream.codec.title, stream.payload_type) == ("opus", 111)
    assert stream.parameters == "maxaveragebitrate=20000; useinbandfec=1"
    assert stream.telephone_event == 110
    assert stream.telephone_event_accepts == {110, 126}
    assert answer.media[0].formats == ("111", "9", "0", "110", "126")
    assert next(iter(answer.media[0].values("fmtp"))) == "111 minptime=10;useinbandfec=1"


def test_where_another_codec_comes_first_its_own_events_are_sent() -> None:
    stream, _ = answered(offer(*OPUS_OFFER), codecs=("G722", "opus"))
    assert (stream.codec.title, stream.payload_type, stream.parameters) == ("G722", 9, "")
    assert stream.telephone_event == 126


@pytest.mark.parametrize("rtpmap", ["opus/48000", "opus/48000/1", "opus/16000/2"])
def test_opus_is_always_called_48000_and_2_channels(rtpmap: str) -> None:
    """RFC 7587 §7."""
    with pytest.raises(NotAcceptable):
        answered(offer("m=audio 4000 RTP/AVP 111", f"a=rtpmap:111 {rtpmap}"), codecs=ALL)


def test_parameters_of_the_answer_are_those_of_what_we_send() -> None:
    ours = make_offer(Capabilities(codecs=ALL), "198.51.100.1", 5000, origin=ORIGIN)
    answer = offer(
        "m=audio 4000 RTP/AVP 96", "a=rtpmap:96 opus/48000/2", "a=fmtp:96 usedtx=1", "a=ptime:40"
    )
    stream = read_answer(ours, answer)
    assert (stream.codec.title, stream.parameters, stream.ptime_ms) == ("opus", "usedtx=1", 40)


@pytest.mark.parametrize(
    ("codec", "rtpmap", "wanted_ms", "sent_ms"),
    [
        pytest.param("opus", "opus/48000/2", 50, 40, id="Opus has no frame of 50 ms"),
        pytest.param("opus", "opus/48000/2", 60, 60, id="but one of 60"),
        pytest.param("L16/48000", "L16/48000", 20, 10, id="20 ms would not fit a frame"),
        pytest.param("L16/16000", "L16/16000", 60, 40, id="nor 60 ms at 16 kHz"),
        pytest.param("opus", "opus/48000/2", 3, 10, id="nothing is shorter than 10 ms"),
    ],
)
def test_packets_are_as_long_as_wanted_and_the_codec_can_fill(
    codec: str, rtpmap: str, wanted_ms: int, sent_ms: int
) -> None:
    body = offer("m=audio 4000 RTP/AVP 97", f"a=rtpmap:97 {rtpmap}", f"a=ptime:{wanted_ms}")
    stream, answer = answered(body, codecs=(codec,))
    assert stream.ptime_ms == sent_ms
    assert answer.media[0].value("ptime") == str(sent_ms)


def test_numbers_keep_their_meaning_when_we_offer_again() -> None:
    """RFC 3264 §8.3.2: those of the phone's offer, which had other uses for the ones of ours."""
    body = offer(
        "m=audio 4000 RTP/AVP 101 96 97 0",
        "a=rtpmap:101 opus/48000/2",
        "a=rtpmap:96 telephone-event/48000",
        "a=rtpmap:97 telephone-event/8000",
    )
    can = Capabilities(codecs=("PCMU", "opus", "L16/16000"))
    first = answer_offer(body, can, "198.51.100.1", 5000, origin=ORIGIN).stream
    assert first.codec == g711.PCMU
    again = make_offer(replace(can, in_use=first), "198.51.100.1", 5000, origin=ORIGIN)
    (line,) = SessionDescription.parse(again).media
    numbered = dict(value.split(" ") for value in line.values("rtpmap"))
    assert numbered["0"] == "PCMU/8000"
    assert numbered["101"] == "opus/48000/2"
    assert numbered["97"] == "telephone-event/8000"
    assert "96" not in numbered or numbered["96"] == "telephone-event/48000"
    assert sorted(numbered.values()) == [
        "L16/16000", "PCMU/8000", "opus/48000/2",
        "telephone-event/16000", "telephone-event/48000", "telephone-event/8000",
    ]  # fmt: skip
    assert len(set(line.formats)) == len(line.formats) == 6


@pytest.mark.parametrize(
    ("lines", "parameters", "sent_ms"),
    [
        pytest.param((), "minptime=10;useinbandfec=1", 20, id="as browsers have it"),
        pytest.param((), "minptime=40", 40, id="what is shorter the peer does not want"),
        pytest.param(("a=ptime:10",), "minptime=20", 20, id="nor if it asks for it"),
        pytest.param(("a=ptime:60",), "minptime=20", 60, id="longer ones it takes"),
        pytest.param((), "minptime=120", 60, id="longer than we can: as long as we can"),
        pytest.param((), "minptime=x", 20, id="no number"),
        pytest.param(("a=maxptime:10",), "", 10, id="maxptime"),
    ],
)
def test_the_shortest_packet_that_an_opus_peer_wants_is_kept(
    lines: tuple[str, ...], parameters: str, sent_ms: int
) -> None:
    """RFC 7587 §6.1, in an offer and in an answer to ours."""
    body = offer(
        "m=audio 4000 RTP/AVP 96", "a=rtpmap:96 opus/48000/2", f"a=fmtp:96 {parameters}", *lines
    )
    assert answered(body, codecs=("opus",))[0].ptime_ms == sent_ms
    ours = make_offer(Capabilities(codecs=("opus",)), "198.51.100.1", 5000, origin=ORIGIN)
    assert read_answer(ours, body).ptime_ms == sent_ms


def test_what_each_side_says_of_opus_is_what_it_receives_and_need_not_be_alike() -> None:
    """RFC 7587 §7.1: the parameters are declarative; ours are ours whatever the peer's are."""
    asked = "maxplaybackrate=16000;maxaveragebitrate=20000;stereo=1;cbr=1;usedtx=1"
    body = offer("m=audio 4000 RTP/AVP 96", "a=rtpmap:96 opus/48000/2", f"a=fmtp:96 {asked}")
    stream, answer = answered(body, codecs=("opus",))
    assert stream.parameters == asked
    assert list(answer.media[0].values("fmtp")) == ["96 minptime=10;useinbandfec=1"]


ORDERS = [
    pytest.param(("opus", "G722", "PCMU"), "opus", id="all in common: ours first"),
    pytest.param(("PCMU", "opus"), "PCMU", id="not what the peer has first"),
    pytest.param(("L16/44100", "PCMA"), "L16/44100", id="a static number without rtpmap"),
    pytest.param(("GSM", "opus"), "GSM", id="another"),
    pytest.param(("G726-32", "GSM"), "G726-32", id="a dynamic number"),
    pytest.param(("AAL2-G726-32", "GSM"), "GSM", id="the other packing is another codec"),
    pytest.param(("speex/16000", "speex/8000"), "speex/8000", id="another rate as well"),
]


@pytest.mark.parametrize(("codecs", "agreed"), ORDERS)
def test_our_order_decides_over_static_and_dynamic_numbers(
    codecs: tuple[str, ...], agreed: str
) -> None:
    """RFC 3264 §6.1; the answer lists ours in our order with the numbers of the offer."""
    body = offer(
        "m=audio 4000 RTP/AVP 3 11 97 98 0 9 99",
        "a=rtpmap:97 g726-32/8000",
        "a=rtpmap:98 SPEEX/8000",
        "a=rtpmap:99 OPUS/48000/2",
    )
    stream, answer = answered(body, codecs=codecs)
    numbers = {"GSM": 3, "L16/44100": 11, "G726-32": 97, "speex/8000": 98, "PCMU": 0, "G722": 9}
    numbers["opus"] = 99
    assert (stream.codec.title, stream.payload_type) == (agreed, numbers[agreed])
    theirs = [str(numbers[title]) for title in codecs if title in numbers]
    assert [word for word in answer.media[0].formats if int(word) in numbers.values()] == theirs
