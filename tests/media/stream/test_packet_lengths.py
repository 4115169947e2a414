"""Packets of other lengths than 20 ms: agreed, changed in a call, or longer than they should be."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from media.codecs.registry import BY_TITLE
from media.frame import silence
from media.rtp.packet import RtpPacket
from media.sdp.negotiation import Capabilities, Origin, answer_offer, make_offer, read_answer
from media.sdp.session_description import SessionDescription
from media.stream.rtp_stream import RtpStream
from tests.media.streams import PEER, Listener, agreed, packet, stream
from tests.media.synthetic_voice import voice

ORIGIN = Origin(1, 1, "198.51.100.1")
HEAD = "v=0\r\no=- 9 9 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\n"


def described(*lines: str) -> bytes:
    return (HEAD + "".join(f"{line}\r\n" for line in lines)).encode()


@pytest.mark.parametrize("title", ["PCMU", "G722"])
@pytest.mark.parametrize("length_ms", [80, 100, 120, 160, 200])
def test_packets_up_to_200_ms_of_careless_peers_play_without_a_gap(
    title: str, length_ms: int
) -> None:
    """RFC 3551 §4.2: a receiver should take 0 to 200 ms."""
    codec, number = BY_TITLE[title], {"PCMU": 0, "G722": 9}[title]
    encoder = codec.encoder("")
    sound = voice(codec.rate_hz, 2.0, pauses=False)
    per_packet = codec.rate_hz * length_ms // 1000
    units = codec.clock_rate_hz * length_ms // 1000
    arrivals = [
        (
            n * length_ms / 1000,
            packet(
                n,
                encoder.encode(sound[n * per_packet : (n + 1) * per_packet]),
                payload_type=number,
                samples=units,
            ),
        )
        for n in range(sound.size // per_packet)
    ]
    listener = Listener(stream(codec=codec, payload_type=number, accepts={number: codec}))
    listener.listen(arrivals, len(arrivals) * length_ms // 10 - 1)
    first = listener.first_heard
    assert first is not None
    assert first <= 3
    assert all(frame is not None for frame in listener.heard[first:])
    figures = listener.core.statistics
    assert figures.concealed_ms == figures.packets_skipped == figures.packets_late == 0


@pytest.mark.parametrize("octets", [1601, 4000, 65_000])
def test_what_is_longer_than_200_ms_is_no_sound(octets: int) -> None:
    core = stream()
    core.receive(packet(0, bytes(octets)), PEER, 0.0)
    assert core.statistics.packets_of_unknown_type == 1
    assert core.play(0.1) is None


def test_the_length_may_change_with_each_packet() -> None:
    """RFC 3551 §4.2 fixes none."""
    encoder, rng = BY_TITLE["PCMU"].encoder(""), np.random.default_rng(3)
    sound = voice(8000, 2.0, pauses=False)
    arrivals, at, number = [], 0, 0
    while at + 480 <= sound.size:
        units = int(rng.choice([80, 160, 240, 320, 480]))
        data = packet(number, encoder.encode(sound[at : at + units]), samples=0, first_timestamp=at)
        arrivals.append(((at + units) / 8000, data))  # sent when it is full
        at, number = at + units, number + 1
    listener = Listener(stream())
    listener.listen(arrivals, at // 80)
    figures = listener.core.statistics
    assert figures.packets_lost == figures.packets_late == figures.packets_skipped == 0
    assert figures.concealed_ms <= 100  # until the longest one has been met


@pytest.mark.parametrize(
    ("lines", "ptime_ms"), [(("a=ptime:40",), 40), (("a=maxptime:10",), 10), ((), 20)]
)
def test_a_re_invite_changes_the_length_of_what_we_send_without_a_gap(
    lines: tuple[str, ...], ptime_ms: int
) -> None:
    """RFC 3264 §8.3.2 and its §6.1: the length that the peer wants to receive."""
    first = answer_offer(
        described("m=audio 4000 RTP/AVP 0"), Capabilities(), "198.51.100.1", 5000, origin=ORIGIN
    )
    core = RtpStream(first.stream, ssrc=1, first_sequence=0, first_timestamp=0, cname="x")
    sent = []
    for tick in range(120):
        if tick == 40:
            again = answer_offer(
                described("m=audio 4000 RTP/AVP 0", *lines),
                Capabilities(),
                "198.51.100.1",
                5000,
                origin=ORIGIN,
            )
            core.update(again.stream, tick / 100)
        sent += [RtpPacket.parse(data) for data, _ in core.capture(silence(), tick / 100)]
    assert {len(p.payload) for p in sent[:20]} == {160}
    assert {len(p.payload) for p in sent[20:]} == {8 * ptime_ms}
    for before, after in itertools.pairwise(sent):
        assert after.timestamp - before.timestamp == len(before.payload)


def test_what_we_want_is_offered_and_what_the_peer_wants_is_sent() -> None:
    """RFC 8866 §6.4: `a=ptime` is about what its writer receives."""
    body = make_offer(Capabilities(ptime_ms=30), "198.51.100.1", 5000, origin=ORIGIN)
    (line,) = SessionDescription.parse(body).media
    assert (line.value("ptime"), line.value("maxptime")) == ("30", "60")
    for lines, ptime_ms in (((), 30), (("a=ptime:60",), 60), (("a=ptime:60", "a=maxptime:20"), 20)):
        assert read_answer(body, described("m=audio 1 RTP/AVP 0", *lines)).ptime_ms == ptime_ms


@pytest.mark.parametrize(
    ("title", "number", "limit_ms", "ptime_ms"),
    [("L16/48000", 97, 60, 10), ("opus", 97, 30, 20), ("opus", 97, 50, 40), ("G722", 9, 50, 50)],
)
def test_a_length_that_the_codec_cannot_fill_is_made_shorter(
    title: str, number: int, limit_ms: int, ptime_ms: int
) -> None:
    encoding = {"L16/48000": "L16/48000", "opus": "opus/48000/2", "G722": "G722/8000"}[title]
    offer = described(
        f"m=audio 4000 RTP/AVP {number}", f"a=rtpmap:{number} {encoding}", f"a=ptime:{limit_ms}"
    )
    can = Capabilities(codecs=(title,))
    answer = answer_offer(offer, can, "198.51.100.1", 5000, origin=ORIGIN)
    assert answer.stream.ptime_ms == ptime_ms


@pytest.mark.parametrize("title", ["PCMU", "G722", "opus", "L16/16000"])
@pytest.mark.parametrize("ptime_ms", [10, 20, 60])
def test_keys_count_by_the_clock_of_the_codec_at_every_length(title: str, ptime_ms: int) -> None:
    """RFC 4733 §2.1: one time stamp for all packets of an event, in the units of the codec."""
    codec = BY_TITLE[title]
    core = RtpStream(
        agreed(codec=codec, payload_type=96, accepts={96: codec}, ptime_ms=ptime_ms),
        ssrc=1,
        first_sequence=0,
        first_timestamp=0,
        cname="x",
    )
    sent = []
    for tick in range(60):
        if tick == 12:
            core.send_named_event([b"\x01\x0a\0\1", b"\x01\x8a\0\2"], 101)
        sent += [RtpPacket.parse(data) for data, _ in core.capture(silence(), tick / 100)]
    keys = [p for p in sent if p.payload_type == 101]
    units = ptime_ms * codec.clock_rate_hz // 1000
    assert len({p.timestamp for p in keys}) == 1
    assert keys[0].timestamp == keys[0].sequence * units
    after = next(p for p in sent if p.sequence == keys[-1].sequence + 1)
    assert after.timestamp == keys[0].timestamp + 2 * units
