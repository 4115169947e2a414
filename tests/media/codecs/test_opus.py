"""Opus, judged by ffmpeg's libopus (through PyAV) and by what comes out."""

from __future__ import annotations

import random

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.codecs.opus import OPUS, duration
from media.frame import FloatArray
from tests.media.synthetic_voice import voice

FRAME = 960
"""20 ms."""


def frames(sound: FloatArray, size: int = FRAME) -> list[FloatArray]:
    return [sound[at : at + size] for at in range(0, sound.size - size + 1, size)]


def encoded(sound: FloatArray, parameters: str = "", size: int = FRAME) -> list[bytes]:
    encoder = OPUS.encoder(parameters)
    return [encoder.encode(frame) for frame in frames(sound, size)]


def decoded(packets: list[bytes]) -> FloatArray:
    decoder = OPUS.decoder()
    return np.concatenate([decoder.decode(packet) for packet in packets])


def likeness(sound: FloatArray, original: FloatArray) -> float:
    """The best correlation of a second in the middle within 20 ms."""
    middle = original[24000:72000]
    shifted = (sound[24000 + by : 72000 + by] for by in range(0, 960, 4))
    return max(float(np.corrcoef(one, middle)[0, 1]) for one in shifted)


VOICE = voice(48000, 2.0, pauses=False)


@pytest.mark.parametrize("size", [480, 960, 1920, 2880])
def test_speech_comes_back_in_packets_of_every_length(size: int) -> None:
    packets = encoded(VOICE, size=size)
    assert {duration(packet) for packet in packets} == {size}
    assert likeness(decoded(packets), VOICE) > 0.95


def test_ffmpeg_understands_what_we_send() -> None:
    context = av.CodecContext.create("libopus", "r")
    heard = [
        frame.to_ndarray().astype(np.float32)
        for packet in encoded(VOICE)
        for frame in context.decode(av.Packet(packet))
    ]
    assert likeness(np.concatenate(heard, axis=None)[:: heard[0].size // FRAME], VOICE) > 0.95


@pytest.mark.parametrize(
    ("toc", "units"),
    [
        pytest.param(bytes([0 << 3]), 480, id="SILK 10 ms"),
        pytest.param(bytes([3 << 3]), 2880, id="SILK 60 ms"),
        pytest.param(bytes([12 << 3]), 480, id="hybrid 10 ms"),
        pytest.param(bytes([16 << 3]), 120, id="CELT 2.5 ms"),
        pytest.param(bytes([31 << 3 | 1]), 1920, id="CELT 20 ms, two frames"),
        pytest.param(bytes([31 << 3 | 3, 6]), 5760, id="CELT 20 ms, six frames"),
        pytest.param(bytes([31 << 3 | 3, 7]), 0, id="longer than 120 ms"),
        pytest.param(bytes([31 << 3 | 3]), 0, id="the count is missing"),
        pytest.param(b"", 0, id="empty"),
    ],
)
def test_the_first_octets_say_how_long_a_packet_lasts(toc: bytes, units: int) -> None:
    """RFC 6716 §3.1 and §3.2."""
    assert duration(toc) == units


def rate_of(packets: list[bytes]) -> float:
    return 8 * sum(map(len, packets)) / (len(packets) * 0.02)


def test_the_peer_s_highest_bit_rate_is_kept() -> None:
    """RFC 7587 §6.1."""
    assert rate_of(encoded(VOICE, "maxaveragebitrate=12000")) < 14000
    assert 24000 < rate_of(encoded(VOICE)) < 36000
    assert rate_of(encoded(VOICE, "maxaveragebitrate=510000")) < 36000


def test_a_peer_that_plays_a_narrow_band_is_sent_no_more() -> None:
    """RFC 6716 table 2: configurations 0 to 3 are narrow-band, 16 to 19 as well."""
    packets = encoded(VOICE, "maxplaybackrate=8000")
    assert {packet[0] >> 3 for packet in packets} <= {0, 1, 2, 3, 16, 17, 18, 19}


def test_constant_bit_rate_is_kept_where_the_peer_wants_it() -> None:
    assert len({len(packet) for packet in encoded(VOICE, "cbr=1")}) == 1
    assert len({len(packet) for packet in encoded(VOICE)}) > 1


def test_silence_is_left_out_only_where_the_peer_wants_that() -> None:
    silence = np.zeros(48000, dtype=np.float32)
    assert b"" in encoded(silence, "usedtx=1")
    assert b"" not in encoded(silence)


@pytest.mark.parametrize("parameters", ["", "=", "maxaveragebitrate=x;;", "usedtx", "cbr=\x00"])
def test_parameters_that_make_no_sense_are_passed_over(parameters: str) -> None:
    assert likeness(decoded(encoded(VOICE, parameters)), VOICE) > 0.95


def with_loss(packets: list[bytes], *, recovering: bool) -> FloatArray:
    """Every tenth packet is lost, and found again in the next one or made up."""
    decoder = OPUS.decoder()
    parts = []
    for number, packet in enumerate(packets):
        if number % 10 != 5:
            parts.append(decoder.decode(packet))
        elif recovering:
            recovered = decoder.recover(packets[number + 1], FRAME)
            assert recovered is not None
            parts.append(recovered)
        else:
            parts.append(decoder.conceal(FRAME))
    return np.concatenate(parts)


def of_the_lost(sound: FloatArray) -> FloatArray:
    delay = 312  # of encoder and decoder together, samples
    return np.concatenate(
        [sound[n * FRAME + delay : (n + 1) * FRAME + delay] for n in range(5, 95, 10)]
    )


def test_what_the_next_packet_repeats_is_nearer_to_the_lost_sound_than_what_is_made_up() -> None:
    """RFC 6716 §2.1.7, for a peer whose parameters ask for it."""
    packets = encoded(VOICE, "useinbandfec=1")
    whole = of_the_lost(decoded(packets))
    recovered, made_up = (
        float(np.corrcoef(of_the_lost(with_loss(packets, recovering=how)), whole)[0, 1])
        for how in (True, False)
    )
    assert recovered > 0.9
    assert recovered > made_up + 0.02


def test_without_a_wish_for_redundancy_none_is_sent() -> None:
    assert encoded(VOICE) != encoded(VOICE, "useinbandfec=1")


@pytest.mark.parametrize("count", [1, 100, 119, 120, 121, 320])
def test_any_number_of_samples_is_made_up_without_a_step(count: int) -> None:
    packets = encoded(VOICE)
    decoder = OPUS.decoder()
    before = np.concatenate([decoder.decode(packet) for packet in packets[:40]])
    gap = np.concatenate([decoder.conceal(count) for _ in range(3)])
    after = decoder.decode(packets[41])
    assert gap.size == 3 * count
    sound = np.concatenate([before, gap, after])[-(2 * FRAME + gap.size) :]
    assert np.abs(np.diff(sound)).max() < 2 * np.abs(np.diff(before)).max()


def test_concealment_fades_to_silence_after_100_ms() -> None:
    decoder = OPUS.decoder()
    silent = [decoder.silent]
    for packet in encoded(VOICE)[:40]:
        decoder.decode(packet)
    silent.append(decoder.silent)
    gap = np.concatenate([decoder.conceal(480) for _ in range(11)])
    silent.append(decoder.silent)
    assert silent == [True, False, True]
    assert np.any(gap[:2400])
    assert not np.any(gap[4800:])


@given(st.lists(st.binary(min_size=1, max_size=100), max_size=8))
def test_no_payload_raises_and_each_lasts_as_long_as_it_says(payloads: list[bytes]) -> None:
    decoder = OPUS.decoder()
    for payload in payloads:
        if units := duration(payload):
            assert decoder.decode(payload).size == units
            decoder.recover(payload, 960)
            decoder.conceal(77)


def test_nothing_that_somebody_makes_up_is_louder_than_sound_can_be() -> None:
    """Of these it makes 122 dB above full scale, which would silence all that is mixed with it."""
    loudest = 0.0
    for seed in range(315, 325):
        dice, decoder = random.Random(seed), OPUS.decoder()
        for _ in range(12):
            configuration = bytes((dice.choice((0xF8, 0xE0, 0xFC, 0x78, 0x98)),))
            payload = configuration + dice.randbytes(dice.choice((10, 40, 100, 300)))
            loudest = max(loudest, float(np.abs(decoder.decode(payload)).max()))
    assert loudest <= 1.0


def test_sound_that_was_taken_stays_as_it_is_when_the_next_packet_is_decoded() -> None:
    decoder = OPUS.decoder()
    first, second, *_ = encoded(VOICE)[20:]
    sound = decoder.decode(first)
    before = sound.copy()
    assert not np.array_equal(decoder.decode(second), before)
    assert np.array_equal(sound, before)


def test_a_gap_longer_than_any_packet_is_filled() -> None:
    decoder = OPUS.decoder()
    for packet in encoded(VOICE)[:40]:
        decoder.decode(packet)
    gap = decoder.conceal(9600)
    assert gap.size == 9600
    assert np.any(gap[:2400])
    assert not np.any(gap[4800:])
