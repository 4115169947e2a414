"""Codecs of different clock rates within one stream (RFC 7160, RFC 3264 §8.3.2)."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import pytest

from media.codecs import Codec
from media.codecs.opus import OPUS
from media.codecs.registry import BY_TITLE
from media.frame import FRAME_SAMPLES, TICK_S, FloatArray
from media.rtp.packet import RtpPacket, plain_packet
from media.sdp.direction import Direction
from media.sdp.negotiation import AgreedStream
from media.stream.rtp_stream import RtpStream
from tests.media.streams import PACKET_S, PEER, SSRC, Listener, agreed
from tests.media.synthetic_voice import voice

TYPES = {"opus": 111, "G722": 9, "PCMU": 0, "L16/16000": 97}
ACCEPTS = {number: BY_TITLE[title] for title, number in TYPES.items()}
PITCH_HZ = 300
SILENCE = np.zeros(FRAME_SAMPLES, dtype=np.float32)


def agreed_stream(title: str, *, parameters: str = "", headroom_s: float = 0.0) -> RtpStream:
    stream = agreed(
        codec=BY_TITLE[title], payload_type=TYPES[title], accepts=ACCEPTS, parameters=parameters
    )
    return RtpStream(
        stream, ssrc=7, first_sequence=0, first_timestamp=0, cname="x", headroom_s=headroom_s
    )


def tone(codec: Codec, start_s: float, seconds: float) -> FloatArray:
    time = start_s + np.arange(round(seconds * codec.rate_hz)) / codec.rate_hz
    return (0.5 * np.sin(2 * np.pi * PITCH_HZ * time)).astype(np.float32)


def packets_of(titles: Sequence[str], each: int) -> list[tuple[float, bytes]]:
    """A tone, `each` packets by each codec in turn; time stamps start anew with every clock."""
    arrivals = []
    for number in range(each * len(titles)):
        title = titles[number // each]
        codec = BY_TITLE[title]
        if number % each == 0:
            encoder = codec.encoder("")
        payload = encoder.encode(tone(codec, number * PACKET_S, PACKET_S))
        stamp = number * codec.clock_rate_hz // 50
        packet = plain_packet(TYPES[title], number, stamp, SSRC, payload, marker=False)
        arrivals.append((number * PACKET_S, packet))
    return arrivals


def loudness(sound: FloatArray) -> float:
    return float(np.sqrt(np.mean(sound**2)))


@pytest.mark.parametrize(
    "titles",
    [("PCMU", "opus"), ("opus", "G722"), ("G722", "PCMU"), ("L16/16000", "opus", "PCMU")],
    ids="-".join,
)
def test_the_peer_may_change_to_any_agreed_codec_at_any_time(titles: tuple[str, ...]) -> None:
    listener = Listener(agreed_stream("PCMU"))
    listener.listen(packets_of(titles, 40), 80 * len(titles))
    sound = listener.sound
    for number in range(len(titles)):
        middle = sound[(number * 80 + 20) * FRAME_SAMPLES : (number * 80 + 75) * FRAME_SAMPLES]
        assert loudness(middle) == pytest.approx(0.5 / np.sqrt(2), rel=0.1)
    assert np.abs(np.diff(sound)).max() < 4 * 2 * np.pi * PITCH_HZ / 48_000 * 0.5
    figures = listener.core.statistics
    assert figures.packets_lost == figures.packets_late == 0


def test_what_we_send_changes_with_what_is_agreed_and_its_time_stamps_go_on() -> None:
    stream = agreed_stream("PCMU")
    sent: list[RtpPacket] = []
    for tick in range(40):
        if tick == 20:
            stream.update(
                agreed(codec=BY_TITLE["opus"], payload_type=111, accepts=ACCEPTS), tick / 100
            )
        sent += [RtpPacket.parse(data) for data, _ in stream.capture(SILENCE, tick / 100)]
    assert [packet.payload_type for packet in sent] == [0] * 10 + [111] * 10
    steps = [b.timestamp - a.timestamp for a, b in itertools.pairwise(sent)]
    assert steps == [160] * 10 + [960] * 9


def test_nothing_is_sent_of_silence_that_the_peer_wants_left_out() -> None:
    stream = agreed_stream("opus", parameters="usedtx=1")
    speech = tone(OPUS, 0.0, 0.01)
    sent: list[tuple[int, RtpPacket]] = []
    for tick in range(300):
        frame = speech if tick < 50 or tick >= 250 else SILENCE
        sent += [(tick, RtpPacket.parse(data)) for data, _ in stream.capture(frame, tick / 100)]
    assert len(sent) < 100
    assert [packet.sequence for _, packet in sent] == list(range(len(sent)))
    assert all(packet.timestamp == (tick - 1) * 480 for tick, packet in sent)
    resumed = next(packet for tick, packet in sent if tick >= 250)
    assert resumed.marker


def test_sound_that_the_next_opus_packet_repeats_is_not_made_up() -> None:
    """RFC 7587 §4.1: what is lost is found in the packet after it, where that is here already."""
    speech = voice(48_000, 2.0, pauses=False)
    encoder = OPUS.encoder("useinbandfec=1")
    arrivals = [
        (
            n * PACKET_S,
            plain_packet(
                111, n, n * 960, SSRC, encoder.encode(speech[n * 960 : n * 960 + 960]), marker=False
            ),
        )
        for n in range(100)
    ]
    whole, holed = (Listener(agreed_stream("opus", headroom_s=0.01)) for _ in range(2))
    whole.listen(arrivals, 205)
    holed.listen([a for number, a in enumerate(arrivals) if number % 10 != 5], 205)
    assert holed.core.statistics.packets_lost == 10
    assert holed.core.statistics.concealed_ms <= whole.core.statistics.concealed_ms  # the end
    assert np.corrcoef(holed.sound, whole.sound)[0, 1] > 0.98


def test_a_peer_that_packs_120_ms_of_opus_is_heard_whole() -> None:
    """RFC 7587 §4.2: the longest packet there may be; libopus joins six frames of 20 ms to one."""
    speech = voice(48_000, 2.4, pauses=False)
    size = 5760
    encoder = OPUS.encoder("")
    payloads = [encoder.encode(speech[at : at + size]) for at in range(0, speech.size, size)]
    assert {OPUS.duration(payload) for payload in payloads} == {size}
    listener = Listener(agreed_stream("opus"))
    listener.listen(
        [
            (n * 0.12, plain_packet(111, n, n * size, SSRC, payload, marker=False))
            for n, payload in enumerate(payloads)
        ],
        240,
    )
    figures = listener.core.statistics
    assert (figures.packets_received, figures.packets_late) == (20, 0)
    assert figures.concealed_ms == 0
    match = np.correlate(listener.sound[: 48_000 + 12_000], speech[:48_000], "valid")
    heard = listener.sound[int(np.argmax(match)) :][:48_000]
    assert np.corrcoef(heard, speech[:48_000])[0, 1] > 0.9


class Ends:
    """Both ends of a call, each with a tone to send, ten milliseconds at a time."""

    def __init__(self, title: str) -> None:
        self.pair = [
            RtpStream(terms(title), ssrc=n, first_sequence=0, first_timestamp=0, cname=str(n))
            for n in (1, 2)
        ]
        self.heard: list[list[FloatArray]] = [[], []]
        self.tick = 0

    def agree(self, title: str, directions: tuple[Direction, Direction]) -> None:
        """A re-INVITE and its answer take effect at both ends."""
        for end, direction in zip(self.pair, directions, strict=True):
            end.update(terms(title, direction), self.tick / 100)

    def talk(self, ticks: int) -> None:
        for _ in range(ticks):
            now = self.tick / 100
            for number, end in enumerate(self.pair):
                for data, _ in end.capture(tone(OPUS, now, TICK_S), now):
                    self.pair[1 - number].receive(data, PEER, now)
            for end, heard in zip(self.pair, self.heard, strict=True):
                frame = end.play(now)
                heard.append(SILENCE if frame is None else frame)
            self.tick += 1


def terms(title: str, direction: Direction = Direction.SENDRECV) -> AgreedStream:
    return agreed(
        codec=BY_TITLE[title],
        payload_type=TYPES[title],
        accepts=ACCEPTS,
        direction=direction,
        ptime_ms=20,
    )


BOTH = (Direction.SENDRECV, Direction.SENDRECV)
ONE_WAY = (Direction.SENDONLY, Direction.RECVONLY)
OTHER_WAY = (Direction.RECVONLY, Direction.SENDONLY)
NO_WAY = (Direction.INACTIVE, Direction.INACTIVE)
LARGEST_STEP = 4 * 2 * np.pi * PITCH_HZ / 48_000 * 0.5


@pytest.mark.parametrize(
    "titles",
    [
        ("PCMU", "opus", "G722", "PCMU"),  # 8 kHz, 48, 16, and the clocks 8000, 48000, 8000
        ("PCMU", "opus", "L16/16000", "opus"),
        ("opus", "G722", "opus", "PCMU"),
        ("G722", "PCMU", "L16/16000", "G722"),
    ],
    ids="-".join,
)
def test_a_re_invite_changes_the_codec_of_both_ways_without_a_click(
    titles: tuple[str, ...],
) -> None:
    ends = Ends(titles[0])
    ends.talk(61)  # in the middle of a packet
    for title in titles[1:]:
        ends.agree(title, BOTH)
        ends.talk(60)
    for end, heard in zip(ends.pair, ends.heard, strict=True):
        sound = np.concatenate(heard)
        assert np.abs(np.diff(sound)).max() < LARGEST_STEP
        figures = end.statistics
        assert figures.packets_lost == figures.packets_late == figures.source_changes == 0
        assert figures.packets_of_unknown_type == 0
        for number in range(len(titles)):
            part = sound[(number * 60 + 25) * FRAME_SAMPLES : (number * 60 + 55) * FRAME_SAMPLES]
            assert loudness(part) == pytest.approx(0.5 / np.sqrt(2), rel=0.1)


@pytest.mark.parametrize(
    "titles", [("PCMU", "opus"), ("opus", "G722"), ("G722", "PCMU")], ids="-".join
)
@pytest.mark.parametrize("between", [ONE_WAY, OTHER_WAY, NO_WAY])
def test_a_change_of_direction_and_codec_at_once_neither_clicks_nor_leaks(
    titles: tuple[str, str], between: tuple[Direction, Direction]
) -> None:
    ends = Ends(titles[0])
    ends.talk(61)
    ends.agree(titles[1], between)
    ends.talk(60)
    ends.agree(titles[0], BOTH)
    ends.talk(60)
    for direction, heard in zip(between, ends.heard, strict=True):
        sound = np.concatenate(heard)
        assert np.abs(np.diff(sound)).max() < LARGEST_STEP
        quiet = sound[72 * FRAME_SAMPLES : 118 * FRAME_SAMPLES]
        expected = 0.5 / np.sqrt(2) if direction.receives else 0.0
        assert loudness(quiet) == pytest.approx(expected, rel=0.1)
        assert loudness(sound[140 * FRAME_SAMPLES :]) == pytest.approx(0.5 / np.sqrt(2), rel=0.1)
