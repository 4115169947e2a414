"""What every codec promises, from its name in the settings to the sound at the other end."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
from scipy import signal

from conf.settings import CodecName
from media.codecs import Codec, registry
from media.frame import FRAME_SAMPLES, FloatArray
from media.sdp.negotiation import (
    AgreedStream,
    Answer,
    Capabilities,
    Origin,
    answer_offer,
    make_offer,
    read_answer,
)
from media.sdp.session_description import SessionDescription
from media.stream.rtp_stream import RtpStream
from tests.media.streams import Listener
from tests.media.synthetic_voice import voice

SENT = ("192.0.2.7", 4000)
VOICE = voice(48_000, 2.0, pauses=False)
every_codec = pytest.mark.parametrize("codec", registry.ALL, ids=lambda codec: codec.title)


def agreed_by_both(title: str, ptime_ms: int) -> tuple[AgreedStream, Answer]:
    """The caller's stream and the called one's, by their session descriptions."""
    can = Capabilities(codecs=(title,), ptime_ms=ptime_ms)
    offer = make_offer(can, SENT[0], SENT[1], origin=Origin(1, 1, SENT[0]))
    answer = answer_offer(offer, can, "198.51.100.1", 5000, origin=Origin(2, 1, "198.51.100.1"))
    return read_answer(offer, answer.body), answer


def stream_of(agreed: AgreedStream) -> RtpStream:
    return RtpStream(agreed, ssrc=7, first_sequence=0, first_timestamp=0, cname="x")


def packets_of(sender: RtpStream, sound: FloatArray) -> list[tuple[float, bytes]]:
    """What is sent of the sound, with its times."""
    return [
        (tick / 100, data)
        for tick in range(sound.size // FRAME_SAMPLES)
        for data, _ in sender.capture(
            sound[tick * FRAME_SAMPLES : (tick + 1) * FRAME_SAMPLES], tick / 100
        )
    ]


def likeness(sound: FloatArray) -> float:
    """The best correlation of a second within 200 ms."""
    middle = VOICE[24_000:72_000]
    heard = sound[24_000 : 72_000 + 9_600]
    match = signal.correlate(heard, middle, "valid", method="fft")
    energy = signal.convolve(heard**2, np.ones(middle.size), "valid", method="fft")
    return float(np.max(match / np.sqrt(energy * np.dot(middle, middle))))


def test_settings_name_every_codec_and_no_other() -> None:
    assert set(get_args(CodecName)) == set(registry.BY_TITLE)


@every_codec
@pytest.mark.parametrize("ptime_ms", [10, 20, 60])
def test_a_voice_passes_from_one_end_to_the_other(codec: Codec, ptime_ms: int) -> None:
    caller, answer = agreed_by_both(codec.title, ptime_ms)
    assert caller.codec == answer.stream.codec == codec
    assert caller.ptime_ms == answer.stream.ptime_ms
    packets = packets_of(stream_of(caller), VOICE)
    listener = Listener(stream_of(answer.stream))
    listener.listen(packets, VOICE.size // FRAME_SAMPLES + 20)
    figures = listener.core.statistics
    assert figures.packets_received == len(packets)
    assert figures.packets_lost == figures.packets_late == 0
    assert likeness(listener.sound) > 0.85


@every_codec
def test_our_packets_fit_an_ethernet_frame_in_every_length(codec: Codec) -> None:
    """1500 octets less those of IPv6, UDP, RTP and the longest tag of SRTP."""
    room = 1500 - 40 - 8 - 12 - 16
    noise = np.random.default_rng(1).uniform(-1, 1, 3 * codec.rate_hz // 50).astype(np.float32)
    for ptime_ms in codec.ptimes_ms:
        payload = codec.encoder("").encode(noise[: ptime_ms * codec.rate_hz // 1000])
        assert 0 < len(payload) <= room
        assert codec.duration(payload) == ptime_ms * codec.clock_rate_hz // 1000


@every_codec
def test_a_gap_is_made_up_and_faded_to_silence(codec: Codec) -> None:
    size = codec.ptimes_ms[0] * codec.rate_hz // 1000
    sound = voice(codec.rate_hz, 0.4, pauses=False)
    encoder, decoder = codec.encoder(""), codec.decoder()
    silent = [decoder.silent]
    for at in range(0, sound.size - size + 1, size):
        decoder.decode(encoder.encode(sound[at : at + size]))
    silent.append(decoder.silent)
    gap = np.concatenate(
        [decoder.conceal(size) for _ in range(0, 200 * codec.rate_hz // 1000, size)]
    )
    assert np.any(gap[:size])
    assert not np.any(gap[-size:])
    assert [*silent, decoder.silent] == [True, False, True]


@every_codec
def test_an_rtpmap_leads_to_the_codec_whatever_its_case(codec: Codec) -> None:
    for name in (codec.name.lower(), codec.name.upper()):
        assert registry.find(name, codec.clock_rate_hz, codec.channels) == codec


@every_codec
def test_hostile_payloads_last_as_long_as_they_say_or_are_none(codec: Codec) -> None:
    rng = np.random.default_rng(2)
    decoder = codec.decoder()
    for size in (1, 2, 3, 33, 66, 79, 160, 330, 799, 1400, 1401):
        for fill in (rng.integers(0, 256, size).astype(np.uint8).tobytes(), b"\xff" * size):
            for payload in (fill, bytes(size), b"\xd0" * size):
                units = codec.duration(payload)
                if units:
                    samples = decoder.decode(payload)
                    assert samples.size == units * codec.rate_hz // codec.clock_rate_hz
                    assert np.all(np.isfinite(samples))


def test_the_answer_names_a_format_as_its_codec_does() -> None:
    can = Capabilities(codecs=tuple(registry.BY_TITLE))
    body = make_offer(can, SENT[0], SENT[1], origin=Origin(1, 1, SENT[0]))
    (line,) = SessionDescription.parse(body).media
    numbers = [int(word) for word in line.formats]
    assert len(set(numbers)) == len(numbers)
    assert [value.split()[1] for value in line.values("rtpmap")][: len(registry.ALL)] == [
        "opus/48000/2",
        "G722/8000",
        "PCMU/8000",
        "PCMA/8000",
        "L16/8000",
        "L16/16000",
        "L16/44100",
        "L16/48000",
        "G726-32/8000",
        "AAL2-G726-32/8000",
        "GSM/8000",
        "speex/8000",
        "speex/16000",
        "speex/32000",
    ]
