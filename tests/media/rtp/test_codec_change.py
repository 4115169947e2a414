"""What is sent when the codec changes in a call, as it sounds to a peer that only joins it.

Such a peer decodes the packets of each payload type by themselves and plays one after the other. It
neither makes up what the old codec would have come to next nor fades the new one in.
"""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from media.codecs import Codec
from media.codecs.registry import ALL, BY_TITLE
from media.frame import FRAME_SAMPLES, RATE_HZ, FloatArray
from media.rtp.packet import RtpPacket
from media.rtp.sender import RtpSender
from media.sdp.direction import Direction
from media.sdp.negotiation import AgreedStream
from tests.media.streams import agreed

OLD, NEW = 96, 97
BOTH = frozenset((OLD, NEW))
ONLY_NEW = frozenset((NEW,))
TONE_HZ = 310
LARGEST_STEP = 0.5 * 2 * np.pi * TONE_HZ / 8000
"""Of the tone at the lowest rate. What codecs add to it comes to no more than as much again."""
UPDATED_AT = (24, 25, 26, 27, 30, 33)
"""Ticks: at the end of a packet of 20 ms and in its middle, at several places in the wave."""
LATELY_S = 0.05
FIRST_S = 0.1
"""Of the call, which begins amid a wave."""

ONE_BY_ONE = [codec for codec in ALL if codec.memoryless]


def terms(codec: Codec, number: int, **changes: object) -> AgreedStream:
    return agreed(codec=codec, payload_type=number, accepts={}, **changes)


def frame(tick: int) -> FloatArray:
    time = (tick * FRAME_SAMPLES + np.arange(FRAME_SAMPLES)) / RATE_HZ
    return (0.5 * np.cos(2 * np.pi * TONE_HZ * time)).astype(np.float32)


def sent(had: AgreedStream, agreed: AgreedStream, at: int) -> list[RtpPacket]:
    """Packets of half a second, in which `agreed` takes the place of what we `had` at a tick."""
    sender = RtpSender(had, ssrc=9, first_sequence=0, first_timestamp=0)
    packets = []
    for tick in range(52):
        if tick == at:
            sender.update(agreed)
        data = sender.capture(frame(tick), tick / 100)
        if data is not None:
            packets.append(RtpPacket.parse(data))
    return packets


def decoded(codec: Codec, number: int, packets: list[RtpPacket]) -> FloatArray:
    decoder = codec.decoder()
    if codec.memoryless:  # whose peers begin with the first sample, where ours rises to it
        decoder.decode(codec.encoder("").encode(np.zeros(codec.rate_hz // 50, np.float32)))
    payloads = [packet.payload for packet in packets if packet.payload_type == number]
    return np.concatenate([decoder.decode(payload) for payload in payloads])


def sharpest(had: Codec, codec: Codec, packets: list[RtpPacket]) -> float:
    """The largest step about the change, as large as it would be at 8 kHz."""
    before = decoded(had, OLD, packets)[-round(LATELY_S * had.rate_hz) :]
    after = decoded(codec, NEW, packets)[: round(LATELY_S * codec.rate_hz)]
    return max(
        float(np.abs(np.diff(before)).max()) * had.rate_hz / 8000,
        float(np.abs(after[0] - before[-1])),
        float(np.abs(np.diff(after)).max()) * codec.rate_hz / 8000,
    )


@pytest.mark.parametrize("had", ALL, ids=lambda codec: codec.title)
def test_nothing_clicks_where_the_peer_still_takes_the_old_codec(had: Codec) -> None:
    for codec, at in itertools.product(ALL, UPDATED_AT[:4]):
        if codec is had:
            continue
        packets = sent(terms(had, OLD), terms(codec, NEW, may_send=BOTH), at)
        assert sharpest(had, codec, packets) < 2 * LARGEST_STEP, (codec.title, at)
        assert [packet.sequence for packet in packets] == list(range(26))


@pytest.mark.parametrize(
    "had",
    [*ONE_BY_ONE, *(BY_TITLE[title] for title in ("opus", "G722", "G726-32", "GSM"))],
    ids=lambda codec: codec.title,
)
def test_a_codec_without_memory_takes_over_at_once_without_a_click(had: Codec) -> None:
    for codec, at in itertools.product(ONE_BY_ONE, UPDATED_AT):
        if codec is had:
            continue
        packets = sent(terms(had, OLD), terms(codec, NEW, may_send=ONLY_NEW), at)
        assert sharpest(had, codec, packets) < 2 * LARGEST_STEP, (codec.title, at)
        assert len([packet for packet in packets if packet.payload_type == OLD]) == at // 2


@pytest.mark.parametrize("codec", ALL, ids=lambda codec: codec.title)
def test_a_codec_that_may_not_wait_begins_without_a_click_of_its_own(codec: Codec) -> None:
    """RFC 3264 §8.3.2: nothing is sent by a format that the peer's description lacks."""
    pcmu = BY_TITLE["PCMU"]
    packets = sent(terms(pcmu, OLD), terms(codec, NEW, may_send=ONLY_NEW), 26)
    assert [packet.payload_type for packet in packets] == [OLD] * 13 + [NEW] * 13
    after = decoded(codec, NEW, packets)[: round(LATELY_S * codec.rate_hz)]
    assert np.abs(np.diff(after)).max() * codec.rate_hz / 8000 < 2 * LARGEST_STEP


def test_the_last_packet_by_the_old_codec_is_the_one_under_way() -> None:
    opus, pcmu = BY_TITLE["opus"], BY_TITLE["PCMU"]
    for at, old in ((24, 13), (25, 13), (26, 14)):
        packets = sent(terms(pcmu, OLD), terms(opus, NEW, may_send=BOTH), at)
        assert [packet.payload_type for packet in packets] == [OLD] * old + [NEW] * (26 - old)
        stamps = [packet.timestamp for packet in packets]
        assert np.diff(stamps).tolist() == [160] * old + [960] * (25 - old)


def test_a_change_that_is_taken_back_in_time_is_none() -> None:
    opus, pcmu = BY_TITLE["opus"], BY_TITLE["PCMU"]
    sender = RtpSender(terms(pcmu, OLD), ssrc=9, first_sequence=0, first_timestamp=0)
    packets = []
    for tick in range(52):
        if tick == 25:
            sender.update(terms(opus, NEW, may_send=BOTH))
            sender.update(terms(pcmu, OLD, may_send=BOTH))
        data = sender.capture(frame(tick), tick / 100)
        packets += [] if data is None else [RtpPacket.parse(data)]
    assert {packet.payload_type for packet in packets} == {OLD}
    sound = decoded(pcmu, OLD, packets)[round(FIRST_S * pcmu.rate_hz) :]
    assert np.abs(np.diff(sound)).max() < 1.2 * LARGEST_STEP


def test_what_the_peer_wants_of_the_codec_in_use_changes_without_a_click() -> None:
    """Another encoder's packets come to the same decoder."""
    opus = BY_TITLE["opus"]
    for at in UPDATED_AT:
        wanted = terms(opus, OLD, may_send=BOTH, parameters="maxaveragebitrate=16000")
        packets = sent(terms(opus, OLD), wanted, at)
        sound = decoded(opus, OLD, packets)[round(FIRST_S * opus.rate_hz) :]
        assert np.abs(np.diff(sound)).max() * 6 < 2 * LARGEST_STEP


def test_after_a_hold_nothing_is_left_of_what_was_before() -> None:
    opus, pcmu = BY_TITLE["opus"], BY_TITLE["PCMU"]
    sender = RtpSender(terms(opus, OLD), ssrc=9, first_sequence=0, first_timestamp=0)
    for tick in range(30):
        sender.capture(frame(tick), tick / 100)
    sender.update(terms(pcmu, NEW, direction=Direction.RECVONLY, may_send=BOTH))
    sender.update(terms(pcmu, NEW, may_send=BOTH))
    silence = np.zeros(FRAME_SAMPLES, dtype=np.float32)
    made = [sender.capture(silence, 0.3) for _ in range(2)]
    assert [RtpPacket.parse(data).payload for data in made if data] == [b"\xff" * 160]
