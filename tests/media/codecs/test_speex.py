"""Speex by libspeex, judged by ffmpeg's own decoder (through PyAV) and by what comes out."""

from __future__ import annotations

import random
import struct

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.codecs import Codec, speex, speex_frames
from media.codecs.registry import BY_TITLE
from media.codecs.speex_frames import count_frames
from media.frame import FloatArray
from tests.media.synthetic_voice import voice

NARROW, WIDE, _ = speex.ALL
LIKE = 0.8
"""A vocoder keeps the sound of a voice and not its waveform; 0.87 in the narrow band at best."""

VOICES = {codec.title: voice(codec.rate_hz, 1.0, pauses=False) for codec in speex.ALL}


def encoded(codec: Codec, parameters: str = "", frames: int = 1) -> list[bytes]:
    sound, size = VOICES[codec.title], frames * codec.rate_hz // 50
    encoder = codec.encoder(parameters)
    return [encoder.encode(sound[at : at + size]) for at in range(0, sound.size - size + 1, size)]


def decoded(codec: Codec, packets: list[bytes]) -> FloatArray:
    decoder = codec.decoder()
    return np.concatenate([decoder.decode(packet) for packet in packets])


def likeness(sound: FloatArray, codec: Codec) -> float:
    """The best correlation of half a second within 30 ms."""
    rate = codec.rate_hz
    middle = VOICES[codec.title][rate // 4 : rate * 3 // 4]
    shifts = range(rate * 30 // 1000)
    starts = (rate // 4 + by for by in shifts)
    return max(float(np.corrcoef(sound[at : at + middle.size], middle)[0, 1]) for at in starts)


@pytest.mark.parametrize("codec", speex.ALL, ids=lambda codec: codec.title)
@pytest.mark.parametrize("frames", [1, 2, 3])
def test_speech_comes_back_in_packets_of_several_frames(codec: Codec, frames: int) -> None:
    """RFC 5574 §3.2."""
    packets = encoded(codec, frames=frames)
    assert {codec.duration(packet) for packet in packets} == {frames * codec.rate_hz // 50}
    assert likeness(decoded(codec, packets), codec) > LIKE


def ffmpeg_decoder(codec: Codec) -> av.AudioCodecContext:
    """The decoder wants the header that a file would have."""
    mode = speex.RATES_HZ.index(codec.rate_hz)
    numbers = (1, 80, codec.rate_hz, mode, 4, 1, -1, codec.rate_hz // 50, 0, 1, 0, 0, 0)
    header = struct.pack("<8s20s13i", b"Speex   ", b"1.2", *numbers)
    context = av.CodecContext.create("speex", "r")
    assert isinstance(context, av.AudioCodecContext)
    context.extradata = header
    context.sample_rate, context.layout = codec.rate_hz, "mono"
    return context


@pytest.mark.parametrize("codec", speex.ALL, ids=lambda codec: codec.title)
def test_ffmpeg_understands_what_we_send(codec: Codec) -> None:
    context = ffmpeg_decoder(codec)
    heard = [
        frame.to_ndarray().reshape(-1).astype(np.float32)
        for packet in encoded(codec)
        for frame in context.decode(av.Packet(packet))
    ]
    assert likeness(np.concatenate(heard), codec) > LIKE


def octets(codec: Codec, parameters: str) -> float:
    packets = encoded(codec, parameters)
    return sum(map(len, packets)) / len(packets)


def test_the_mode_that_the_peer_prefers_is_used() -> None:
    """RFC 5574 §3.1: 3 is 8 kbit/s in the narrow band, and a quality in the wide one."""
    assert octets(NARROW, "") == 38
    assert octets(NARROW, 'mode="3,any"') == 20
    assert octets(NARROW, "mode=any") == octets(NARROW, "mode=99") == 38
    assert octets(WIDE, 'mode="3,2"') == 25 < octets(WIDE, "") == 70


def test_the_bit_rate_varies_only_where_the_peer_wants_that() -> None:
    assert len({len(packet) for packet in encoded(WIDE, "vbr=on")}) > 1
    assert len({len(packet) for packet in encoded(WIDE, "vbr=off")}) == 1


@pytest.mark.parametrize("parameters", ["=", "mode=", "mode=99", "mode=\x00;vbr", "vbr=maybe"])
def test_parameters_that_make_no_sense_are_passed_over(parameters: str) -> None:
    assert likeness(decoded(NARROW, encoded(NARROW, parameters)), NARROW) > LIKE


def bits(*fields: str) -> bytes:
    """Filled up to whole octets with a zero and ones (RFC 5574 §3.3)."""
    text = "".join(fields)
    count = -(-len(text) // 8)
    filling = "0".ljust(8 * count - len(text), "1") if len(text) % 8 else ""
    return int(text + filling, 2).to_bytes(count)


FRAME = "00001" + "0" * 38  # the shortest mode but silence, 43 bits
LAYER = "1001" + "0" * 32


@pytest.mark.parametrize(
    ("payload", "frames"),
    [
        pytest.param(b"", 0, id="nothing"),
        pytest.param(bits(FRAME), 1, id="a frame, filled up"),
        pytest.param(bits(FRAME, "01111"), 1, id="and its terminator"),
        pytest.param(bits(FRAME, FRAME, FRAME, "01111"), 3, id="three frames"),
        pytest.param(bits(FRAME, LAYER, FRAME, LAYER, "01111"), 2, id="wide-band layers"),
        pytest.param(bits("01110", "0010", "1010", FRAME), 1, id="a message before it"),
        pytest.param(bits("01101", "0010", "0" * 21, FRAME), 1, id="a user's message before it"),
        pytest.param(bits("00000", "01111"), 1, id="silence"),
        pytest.param(bits("01001", "0" * 400), 0, id="a mode that there is none of"),
        pytest.param(bits("1111", "0" * 400), 0, id="a layer that there is none of"),
        pytest.param(bits("00111", "0" * 300), 0, id="cut short"),
        pytest.param(bits("00000" * 11, "01111"), 0, id="more than 200 ms"),
        pytest.param(bits("1000" * 300), 0, id="layers without end"),
    ],
)
def test_frames_are_counted_without_decoding_them(payload: bytes, frames: int) -> None:
    """RFC 5574 §3.2: a packet does not say how many there are."""
    assert count_frames(payload) == frames


@given(st.lists(st.binary(max_size=120), max_size=4), st.sampled_from(speex.ALL))
def test_no_payload_raises_and_each_lasts_as_long_as_it_says(
    payloads: list[bytes], codec: Codec
) -> None:
    decoder = codec.decoder()
    for payload in payloads:
        if units := codec.duration(payload):
            assert decoder.decode(payload).size == units


@given(st.data())
def test_spoilt_packets_of_ours_last_as_long_as_they_say(data: st.DataObject) -> None:
    packet = bytearray(PACKETS[data.draw(st.integers(0, len(PACKETS) - 1))])
    packet[data.draw(st.integers(0, len(packet) - 1))] ^= data.draw(st.integers(1, 255))
    if units := WIDE.duration(bytes(packet)):
        assert BY_TITLE["speex/16000"].decoder().decode(bytes(packet)).size == units


PACKETS = encoded(WIDE, frames=2)


_PARTS = st.one_of(
    st.tuples(st.just("0"), st.sampled_from(sorted(speex_frames.NARROW_BAND.items()))),
    st.tuples(st.just("1"), st.sampled_from(sorted(speex_frames.LAYER.items()))),
)


def _bits(parts: list[tuple[str, tuple[int, int]]], dice: random.Random) -> bytes:
    """Parts of frames in any order, filled with chance."""
    bits = ""
    for first, (kind, size) in parts:
        head = first + format(kind, "04b" if first == "0" else "03b")
        bits += head + "".join(dice.choice("01") for _ in range(size - len(head)))
    bits += "0" + "1" * (-(len(bits) + 1) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8)


@pytest.mark.parametrize("codec", speex.ALL, ids=lambda codec: codec.title)
def test_the_library_is_given_nothing_that_it_complains_of(
    codec: Codec, capfd: pytest.CaptureFixture[str]
) -> None:
    """It writes to standard error itself, from the engine's thread: a line for each such frame."""

    @given(st.lists(_PARTS, min_size=1, max_size=6), st.integers(0, 2**32))
    def hears(parts: list[tuple[str, tuple[int, int]]], dice: int) -> None:
        payload = _bits(parts, random.Random(dice))
        if codec.duration(payload):
            codec.decoder().decode(payload)

    hears()
    assert capfd.readouterr().err == ""


COMPLAINED_OF = bytes.fromhex(
    "2d9ea5a4a367dee8ff51de0fb1f8d86c60c993d19f5f690404cac63a734aede1780cb3887a3d"
)
"""A frame of 300 bits, and four more that name a layer that there is none of."""


def test_what_is_too_short_for_another_frame_may_still_name_a_layer_that_there_is_none_of() -> None:
    narrow, wide, ultra_wide = (codec.duration(COMPLAINED_OF) for codec in speex.ALL)
    assert (narrow, wide, ultra_wide) == (160, 0, 0)


@pytest.mark.parametrize("codec", speex.ALL, ids=lambda codec: codec.title)
def test_octets_by_chance_leave_standard_error_empty(
    codec: Codec, capfd: pytest.CaptureFixture[str]
) -> None:
    """One decoder for all of them, as in a call. They begin as a frame does, or few would pass."""
    dice, decoder, heard = random.Random(codec.rate_hz), codec.decoder(), 0
    for _ in range(8000):
        kind, size = dice.choice(sorted(speex_frames.NARROW_BAND.items()))
        payload = bytearray(dice.randbytes(dice.randint(-(-size // 8), size // 8 + 40)))
        payload[0] = kind << 3 | payload[0] & 7
        if codec.duration(bytes(payload)):
            heard += 1
            decoder.decode(bytes(payload))
    assert heard > 300
    assert capfd.readouterr().err == ""
