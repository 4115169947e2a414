"""Silence that is not sent: RFC 3389, and the marker of RFC 3551 §4.1."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from media.codecs.comfort_noise import comfort_noise
from media.codecs.registry import BY_TITLE
from media.frame import FRAME_SAMPLES, FloatArray
from media.rtp.packet import RtpPacket
from media.stream.rtp_stream import RtpStream
from tests.media.streams import Listener, agreed
from tests.media.synthetic_voice import voice

ROOM_DB = 55
TALK = 100  # frames
SILENT = 300


def room(frames: int, db: float = ROOM_DB, seed: int = 2) -> FloatArray:
    rng = np.random.default_rng(seed)
    return (rng.standard_normal(frames * FRAME_SAMPLES) * 10 ** (-db / 20)).astype(np.float32)


def speech(frames: int) -> FloatArray:
    return voice(48_000, frames / 100, pauses=False)


def talk_silence_talk() -> FloatArray:
    sound = np.concatenate(
        (speech(TALK), np.zeros(SILENT * FRAME_SAMPLES, np.float32), speech(TALK))
    )
    return sound + room(2 * TALK + SILENT)


def suppressing(**changes: object) -> RtpStream:
    accepts = {0: BY_TITLE["PCMU"], 13: comfort_noise(8000)}
    terms = agreed(**{"comfort_noise": 13, "accepts": accepts} | changes)
    return RtpStream(terms, ssrc=1, first_sequence=65_530, first_timestamp=0, cname="x")


def sent_of(sound: FloatArray, core: RtpStream) -> list[tuple[int, RtpPacket]]:
    """Each packet with the tick that made it full."""
    frames = sound.reshape(-1, FRAME_SAMPLES)
    return [
        (tick, RtpPacket.parse(data))
        for tick, frame in enumerate(frames)
        for data, _ in core.capture(frame, tick / 100)
    ]


def test_silence_costs_next_to_nothing_and_speech_is_whole() -> None:
    sent = sent_of(talk_silence_talk(), suppressing())
    talking = [tick for tick, p in sent if p.payload_type == 0]
    noise = [tick for tick, p in sent if p.payload_type == 13]
    assert set(range(11, TALK, 2)) <= set(talking)
    assert set(range(TALK + SILENT + 3, 2 * TALK + SILENT, 2)) <= set(talking)
    assert len([tick for tick in talking if TALK + 80 <= tick < TALK + SILENT]) == 0
    assert 2 <= len(noise) <= 12
    assert [p.sequence for _, p in sent] == [(65_530 + n) % 65_536 for n in range(len(sent))]
    assert all(p.timestamp == (tick - 1) * 80 for tick, p in sent)


def test_the_marker_stands_where_somebody_begins_to_speak_and_nowhere_else() -> None:
    sent = sent_of(talk_silence_talk(), suppressing())
    for (_, before), (_, packet) in itertools.pairwise(sent):
        begins = packet.payload_type == 0 and before.payload_type == 13
        assert packet.marker == begins


def test_the_noise_that_is_told_of_is_the_rooms() -> None:
    sent = sent_of(talk_silence_talk(), suppressing())
    payloads = [p.payload for _, p in sent if p.payload_type == 13]
    # The room's noise is flat to 24 kHz, and 4 of these are sent.
    told = ROOM_DB + 10 * np.log10(24_000 / 4_000)
    assert payloads[-1][0] == pytest.approx(told, abs=1.5)
    assert all(len(payload) == 9 for payload in payloads)
    first = (payloads[-1][1] - 127) * 258 / 32768
    assert abs(first) < 0.25  # white


def test_a_change_of_the_room_is_told_of_soon_and_otherwise_once_a_second() -> None:
    """A fan that starts up: 12 dB within two seconds."""
    quiet, level = room(700, 72), np.interp(np.arange(700), (300, 500), (0, 12))
    sound = quiet * np.repeat(10 ** (level / 20), FRAME_SAMPLES).astype(np.float32)
    told = {tick: p.payload[0] for tick, p in sent_of(sound, suppressing()) if p.payload_type == 13}
    assert len([tick for tick in told if 110 <= tick < 300]) in (1, 2)
    for tick in range(310, 690):
        latest = told[max(at for at in told if at <= tick)]
        assert abs(latest - (72 + 7.8 - level[tick])) < 6
    assert 4 <= len([tick for tick in told if 300 <= tick < 520]) <= 8
    assert len([tick for tick in told if 520 <= tick < 700]) in (1, 2)


def test_loud_sound_that_is_no_speech_is_sent() -> None:
    """A machine that runs: after some seconds the detector takes it for background."""
    sent = sent_of(room(600, 28), suppressing())
    assert {p.payload_type for _, p in sent} == {0}
    quieter = sent_of(room(600, 45), suppressing())
    assert {p.payload_type for tick, p in quieter if tick > 400} == {13}


def test_the_other_end_hears_the_room_all_the_time() -> None:
    ours, theirs = suppressing(), Listener(suppressing(comfort_noise=None), now=0.0)
    sent = sent_of(talk_silence_talk(), ours)
    # Their own SSRC is another one in life.
    arrivals = [(tick / 100, bytes(p._replace(ssrc=5))) for tick, p in sent]
    theirs.listen(arrivals, 2 * TALK + SILENT)
    pause = theirs.sound[(TALK + 100) * FRAME_SAMPLES : (TALK + SILENT) * FRAME_SAMPLES]
    loudness = [
        -20 * np.log10(np.sqrt(np.mean(pause[at : at + 4800] ** 2)))
        for at in range(0, pause.size - 4800, 4800)
    ]
    assert np.mean(loudness) == pytest.approx(ROOM_DB + 7.8, abs=1.5)
    assert np.ptp(loudness) < 3
    assert theirs.core.statistics.packets_lost == 0
    assert theirs.core.statistics.concealed_ms <= 20


def test_without_agreement_silence_is_sent_as_sound() -> None:
    sent = sent_of(talk_silence_talk(), suppressing(comfort_noise=None))
    assert {p.payload_type for _, p in sent} == {0}
    assert len(sent) == (2 * TALK + SILENT) // 2


def test_g722_tells_only_the_level() -> None:
    """Its noise has a clock of 8000 Hz, and its sound is 16 kHz wide."""
    accepts = {9: BY_TITLE["G722"], 13: comfort_noise(8000)}
    core = suppressing(codec=BY_TITLE["G722"], payload_type=9, accepts=accepts)
    payloads = [p.payload for _, p in sent_of(talk_silence_talk(), core) if p.payload_type == 13]
    assert payloads
    assert all(len(payload) == 1 for payload in payloads)


def test_a_key_is_sent_in_silence_too() -> None:
    """RFC 4733 §2.5.1."""
    core = suppressing()
    sent = sent_of(room(100), core)
    core.send_named_event([b"\x05\x0a\x00\xa0", b"\x05\x8a\x01\x40"], 101)
    more = sent_of(room(10), core)
    keys = [p for _, p in more if p.payload_type == 101]
    assert [p.marker for p in keys] == [True, False]
    assert 13 in {p.payload_type for _, p in sent}
