"""What an offer and its answer agree on (RFC 3264)."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.codecs import g711
from media.errors import MalformedDescription, MisuseError, NotAcceptable, PeerError
from media.sdp.negotiation import (
    Capabilities,
    Direction,
    Origin,
    answer_offer,
    make_offer,
    read_answer,
)
from media.sdp.session_description import SessionDescription
from tests.media.sdp.descriptions import HEAD, ORIGIN, answered, offer

AUDIO = "m=audio 4000 RTP/AVP 8 0 101\r\na=rtpmap:101 telephone-event/8000\r\n"


def test_our_order_of_codecs_decides_and_the_numbers_of_the_offer_stay() -> None:
    """RFC 3264 §6.1."""
    body = offer("m=audio 4000 RTP/AVP 8 97", "a=rtpmap:97 pcmu/8000/1", "a=rtpmap:8 PCMA/8000")
    stream, answer = answered(body)
    assert (stream.codec, stream.payload_type) == (g711.PCMU, 97)
    assert stream.accepts == {97: g711.PCMU, 8: g711.PCMA}
    assert answer.media[0].formats == ("97", "8")
    assert "97 PCMU/8000" in answer.media[0].values("rtpmap")


def test_static_payload_types_need_no_rtpmap() -> None:
    """RFC 3551, table 4."""
    assert answered(offer("m=audio 4000 RTP/AVP 18 8"))[0].accepts == {8: g711.PCMA}


def test_an_rtpmap_overrides_the_static_meaning() -> None:
    with pytest.raises(NotAcceptable):
        answered(offer("m=audio 4000 RTP/AVP 0", "a=rtpmap:0 L16/8000"))


@pytest.mark.parametrize("rtpmap", ["0 PCMU/16000", "0 PCMU/8000/2"])
def test_another_clock_rate_or_number_of_channels_is_another_codec(rtpmap: str) -> None:
    with pytest.raises(NotAcceptable, match="PCMU, PCMA"):
        answered(offer("m=audio 4000 RTP/AVP 0", f"a=rtpmap:{rtpmap}"))


def test_named_events_are_answered_with_the_number_of_the_offer_and_the_keypad_events() -> None:
    """RFC 4733 §2.4.1."""
    body = offer(
        "m=audio 4000 RTP/AVP 0 96 97",
        "a=rtpmap:96 telephone-event/48000",
        "a=rtpmap:97 telephone-event/8000",
    )
    stream, answer = answered(body)
    assert stream.telephone_event == 97
    assert stream.telephone_event_accepts == {97}
    assert "97 0-15" in answer.media[0].values("fmtp")


def test_named_events_are_left_out_when_either_side_has_none() -> None:
    for body, number in ((offer("m=audio 4000 RTP/AVP 0"), 101), (offer(AUDIO), None)):
        stream, answer = answered(body, telephone_event_payload_type=number)
        assert stream.telephone_event is None
        assert not stream.telephone_event_accepts
        assert "101" not in answer.media[0].formats


OPUS_AND_PCMU = ("m=audio 4000 RTP/AVP 96 0 97 98", "a=rtpmap:96 opus/48000/2")


@pytest.mark.parametrize(
    ("events", "number", "rate_hz", "accepts"),
    [
        ({97: 8000, 98: 48000}, 98, 48000, {97, 98}),
        ({97: 8000}, 97, 8000, {97}),  # baresip 1.0.0
        ({98: 16000}, None, 8000, set()),
    ],
)
def test_named_events_have_the_codec_s_clock_or_where_the_peer_lacks_it_the_common_one(
    events: dict[int, int], number: int | None, rate_hz: int, accepts: set[int]
) -> None:
    lines = [f"a=rtpmap:{each} telephone-event/{rate}" for each, rate in events.items()]
    stream, _ = answered(offer(*OPUS_AND_PCMU, *lines), codecs=("opus", "PCMU"))
    assert (stream.telephone_event, stream.telephone_event_hz) == (number, rate_hz)
    assert stream.telephone_event_accepts == accepts
    ours = make_offer(Capabilities(codecs=("opus", "PCMU")), "192.0.2.7", 4000, origin=ORIGIN)
    stream = read_answer(ours, offer(*OPUS_AND_PCMU, *lines))
    assert (stream.telephone_event, stream.telephone_event_hz) == (number, rate_hz)


def test_a_codec_without_events_of_its_clock_takes_the_common_ones_alone() -> None:
    lines = ("m=audio 4000 RTP/AVP 96 97", "a=rtpmap:96 opus/48000/2")
    stream, answer = answered(offer(*lines, "a=rtpmap:97 telephone-event/8000"), codecs=("opus",))
    assert stream.telephone_event == 97
    assert "97 telephone-event/8000" in answer.media[0].values("rtpmap")


def test_every_media_line_is_answered_in_order_and_all_but_one_declined() -> None:
    """RFC 3264 §6: as many lines in the same order, port 0 for what is declined."""
    body = offer(
        "m=video 4002 RTP/AVP 96",
        "m=audio 4004 RTP/SAVP 0",
        "m=audio 4006 RTP/AVP 0",
        "m=audio 4008 RTP/AVP 0",
        "m=image 4010 udptl t38",
    )
    stream, answer = answered(body)
    assert [(line.media, line.port, line.protocol) for line in answer.media] == [
        ("video", 0, "RTP/AVP"),
        ("audio", 0, "RTP/SAVP"),
        ("audio", 5000, "RTP/AVP"),
        ("audio", 0, "RTP/AVP"),
        ("image", 0, "udptl"),
    ]
    assert stream.remote == ("192.0.2.7", 4006)


def test_a_line_without_a_common_codec_is_passed_over_for_a_later_one() -> None:
    assert answered(offer("m=audio 4000 RTP/AVP 18", "m=audio 4002 RTP/AVP 0"))[0].remote[1] == 4002


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (("m=audio 4000 RTP/AVP 18 9",), "18 9"),
        (("m=audio 4000 RTP/SAVP 0",), r"insists on encryption by RTP/SAVP"),
        (("m=audio 4000 UDP/TLS/RTP/SAVPF 0",), "SAVPF"),
        (("m=audio 0 RTP/AVP 0",), "no audio line"),
        (("m=video 4000 RTP/AVP 0",), "no audio line"),
        ((), "no audio line"),
    ],
)
def test_an_offer_with_nothing_to_agree_to_is_not_acceptable(
    lines: tuple[str, ...], reason: str
) -> None:
    with pytest.raises(NotAcceptable, match=reason):
        answered(offer(*lines))


def test_an_offer_without_an_address_is_malformed() -> None:
    with pytest.raises(MalformedDescription, match="c="):
        answered(offer("m=audio 4000 RTP/AVP 0", head=HEAD.replace("c=IN IP4 192.0.2.7\r\n", "")))


@pytest.mark.parametrize(
    ("stated", "ours", "agreed"),
    [
        ("", "sendrecv", "sendrecv"),
        ("sendrecv", "sendrecv", "sendrecv"),
        ("sendonly", "sendrecv", "recvonly"),
        ("recvonly", "sendrecv", "sendonly"),
        ("inactive", "sendrecv", "inactive"),
        ("sendrecv", "recvonly", "recvonly"),
        ("sendonly", "sendonly", "inactive"),
        ("recvonly", "sendonly", "sendonly"),
    ],
)
@pytest.mark.parametrize("level", ["media", "session"])
def test_the_direction_is_turned_round_and_narrowed_to_ours(
    stated: str, ours: str, agreed: str, level: str
) -> None:
    """RFC 3264 §6.1; an attribute of the session holds for every media line."""
    line = f"a={stated}\r\n" if stated else ""
    body = offer(*(AUDIO, line)) if level == "media" else offer(AUDIO, head=HEAD + line)
    stream, answer = answered(body, direction=Direction(ours))
    assert stream.direction is Direction(agreed)
    assert answer.media[0].value(agreed) == ""


def test_the_direction_of_the_media_line_wins_over_the_session() -> None:
    stream, _ = answered(offer(AUDIO, "a=sendrecv", head=HEAD + "a=inactive\r\n"))
    assert stream.direction is Direction.SENDRECV


@pytest.mark.parametrize("nowhere", ["IP4 0.0.0.0", "IP6 ::"])
def test_an_old_style_hold_lets_us_listen_at_most(nowhere: str) -> None:
    """RFC 3264 §8.4."""
    stream, answer = answered(offer(AUDIO, f"c=IN {nowhere}"))
    assert stream.direction is Direction.RECVONLY
    assert answer.media[0].value("recvonly") == ""


@pytest.mark.parametrize(
    ("lines", "rtp", "rtcp"),
    [
        ((), ("192.0.2.7", 4000), ("192.0.2.7", 4001)),
        (("c=IN IP6 2001:db8::9",), ("2001:db8::9", 4000), ("2001:db8::9", 4001)),
        (("a=rtcp:5555",), ("192.0.2.7", 4000), ("192.0.2.7", 5555)),
        (("a=rtcp:5555 IN IP4 192.0.2.9",), ("192.0.2.7", 4000), ("192.0.2.9", 5555)),
        (("a=rtcp:0",), ("192.0.2.7", 4000), ("192.0.2.7", 4001)),
        (("a=rtcp:99999",), ("192.0.2.7", 4000), ("192.0.2.7", 4001)),
        (("a=rtcp:x",), ("192.0.2.7", 4000), ("192.0.2.7", 4001)),
    ],
)
def test_where_the_peer_wants_rtp_and_rtcp(
    lines: tuple[str, ...], rtp: tuple[str, int], rtcp: tuple[str, int]
) -> None:
    """RFC 8866 §5.7, RFC 3605."""
    stream, _ = answered(offer(AUDIO, *lines))
    assert (stream.remote, stream.remote_control) == (rtp, rtcp)


@pytest.mark.parametrize(
    ("lines", "ptime_ms"),
    [
        ((), 20),
        (("a=ptime:10",), 10),
        (("a=ptime:30",), 30),
        (("a=ptime:60",), 60),
        (("a=ptime:20.0",), 20),
        (("a=ptime:25",), 20),
        (("a=ptime:5",), 10),
        (("a=ptime:200",), 60),
        (("a=ptime:0",), 20),
        (("a=ptime:x",), 20),
        (("a=ptime:40", "a=maxptime:30"), 30),
        (("a=maxptime:10",), 10),
        (("a=maxptime:5",), 10),
    ],
)
def test_packets_are_as_long_as_the_peer_wants_if_we_can(
    lines: tuple[str, ...], ptime_ms: int
) -> None:
    """RFC 3264 §6.1, RFC 8866 §6.4: 10 to 60 ms, whole frames of 10 ms."""
    stream, answer = answered(offer(AUDIO, *lines))
    assert stream.ptime_ms == ptime_ms
    assert answer.media[0].value("ptime") == str(ptime_ms)


def test_the_answer_repeats_the_time_of_the_offer_and_states_our_address() -> None:
    """RFC 3264 §6."""
    _, answer = answered(offer(AUDIO, head=HEAD.replace("t=0 0", "t=5 9")))
    assert (answer.timing, answer.address, answer.origin) == ("5 9", "198.51.100.1", ORIGIN)


def test_an_ipv6_address_is_written_as_one() -> None:
    answer = answer_offer(offer(AUDIO), Capabilities(), "2001:db8::1", 5000, origin=ORIGIN)
    assert b"c=IN IP6 2001:db8::1\r\n" in answer.body


def test_both_ends_of_our_own_negotiation_agree() -> None:
    body = make_offer(Capabilities(), "192.0.2.7", 4000, origin=Origin(2, 1, "192.0.2.7"))
    answer = answer_offer(
        body, Capabilities(codecs=("PCMA", "PCMU")), "198.51.100.1", 5000, origin=ORIGIN
    )
    offering = read_answer(body, answer.body)
    answering = answer.stream
    assert offering.codec == answering.codec == g711.PCMA
    assert offering.remote == ("198.51.100.1", 5000)
    assert offering.multiplexed
    assert offering.remote_control == ("198.51.100.1", 5000)
    assert offering.telephone_event == answering.telephone_event == 101
    assert offering.accepts == answering.accepts


def test_an_offer_holds_what_we_can_in_our_order() -> None:
    """RFC 3264 §5."""
    body = make_offer(
        Capabilities(codecs=("PCMA", "PCMU"), ptime_ms=30, direction=Direction.SENDONLY),
        "192.0.2.7",
        4000,
        origin=ORIGIN,
    )
    (line,) = SessionDescription.parse(body).media
    assert line.formats == ("8", "0", "101")
    assert (line.value("ptime"), line.value("sendonly")) == ("30", "")
    assert list(line.values("fmtp")) == ["101 0-15"]


@pytest.mark.parametrize(
    "can",
    [
        Capabilities(codecs=()),
        Capabilities(codecs=("PCMU", "G729")),
        Capabilities(telephone_event_payload_type=8),
    ],
)
def test_capabilities_that_make_no_sense_are_our_own_mistake(can: Capabilities) -> None:
    with pytest.raises(MisuseError):
        make_offer(can, "192.0.2.7", 4000, origin=ORIGIN)


OFFER = make_offer(Capabilities(), "198.51.100.1", 5000, origin=ORIGIN)


def test_the_first_codec_of_an_answer_is_what_we_send_with_its_number() -> None:
    """RFC 3264 §6.1, §7; a peer that renumbers is understood both ways."""
    stream = read_answer(OFFER, offer("m=audio 4000 RTP/AVP 97 0", "a=rtpmap:97 PCMA/8000"))
    assert (stream.codec, stream.payload_type) == (g711.PCMA, 97)
    assert stream.accepts == {97: g711.PCMA, 0: g711.PCMU, 8: g711.PCMA}
    assert stream.telephone_event is None


def test_nothing_may_be_sent_by_what_either_description_lacks() -> None:
    """RFC 3264 §8.3.2."""
    stream, _ = answered(offer("m=audio 4000 RTP/AVP 8 9 101"), codecs=("PCMU", "PCMA"))
    assert stream.may_send == {8}
    for formats, numbers in (("0 8", {0, 8}), ("8 9", {8}), ("8 101", {8})):
        assert read_answer(OFFER, offer(f"m=audio 4000 RTP/AVP {formats}")).may_send == numbers


def test_named_events_go_with_the_number_of_the_answer_and_come_with_either() -> None:
    stream = read_answer(
        OFFER, offer("m=audio 4000 RTP/AVP 0 96", "a=rtpmap:96 telephone-event/8000")
    )
    assert stream.telephone_event == 96
    assert stream.telephone_event_accepts == {96, 101}


def test_an_answer_on_hold_keeps_us_from_sending() -> None:
    assert read_answer(OFFER, offer(AUDIO, "a=sendonly")).direction is Direction.RECVONLY


@pytest.mark.parametrize(
    "answer",
    [
        offer("m=audio 0 RTP/AVP 0"),
        offer("m=audio 4000 RTP/SAVP 0"),
        offer("m=audio 4000 RTP/AVP 18"),
        offer("m=video 4000 RTP/AVP 0"),
    ],
)
def test_a_declined_or_strange_answer_is_not_acceptable(answer: bytes) -> None:
    with pytest.raises(NotAcceptable):
        read_answer(OFFER, answer)


def test_an_answer_with_another_number_of_lines_is_malformed() -> None:
    with pytest.raises(MalformedDescription, match="2 m= lines"):
        read_answer(OFFER, offer(AUDIO, "m=audio 4002 RTP/AVP 0"))


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                AUDIO.splitlines()[0],
                "m=audio 4000 RTP/AVP 999 -1 x 0",
                "a=rtpmap:",
                "a=rtpmap:0",
                "a=rtpmap:0 PCMU/",
                "a=rtpmap:0 PCMU/٣",
                "a=rtpmap:0 PCMU/8000/1/1",
                "a=rtpmap:0 PCMU/99999999999999999999",
                "a=ptime:²",
                "a=rtcp:٣",
                "a=rtcp:1 IN IP4",
                "c=IN IP4 0.0.0.0",
                "c=IN IP4 phone.example.org",
                "a=sendonly:",
            ]
        )
    )
)
def test_any_mixture_of_lines_is_answered_or_refused(lines: list[str]) -> None:
    with contextlib.suppress(PeerError):
        answered(offer(*lines))
