"""G.726 by libspandsp, judged by the recommendation's own arithmetic and by ffmpeg."""

from __future__ import annotations

import subprocess

import numpy as np
import pytest

from media.codecs import Codec
from media.codecs.g726 import AAL2_G726_32, G726_32
from media.codecs.pcm16 import to_pcm16
from media.frame import FloatArray
from tests.media.codecs.g726_reference import G726
from tests.media.synthetic_voice import voice

PACKET = 160
VOICE = voice(8000, 1.0)


def tones(amplitude: float) -> FloatArray:
    """A modem's tones, whose changes the codec has a detector for, clipped at full scale."""
    frequency = np.where(np.arange(8000) // 200 % 2, 1200, 2200)
    phase = np.cumsum(frequency) * 2 * np.pi / 8000
    return np.clip(amplitude * np.sin(phase), -1.0, 1.0).astype(np.float32)


def noise(level: float) -> FloatArray:
    return (level * np.random.default_rng(1).standard_normal(8000)).astype(np.float32)


SOUNDS = [
    pytest.param(VOICE, id="voice"),
    pytest.param(VOICE * np.float32(0.003), id="a whisper"),
    pytest.param(noise(0.1), id="noise"),
    pytest.param(tones(0.5), id="changing tones"),
]


def encoded(sound: FloatArray, codec: Codec = G726_32, size: int = PACKET) -> list[bytes]:
    encoder = codec.encoder("")
    return [encoder.encode(sound[at : at + size]) for at in range(0, sound.size, size)]


def decoded(packets: list[bytes], codec: Codec = G726_32) -> FloatArray:
    decoder = codec.decoder()
    return np.concatenate([decoder.decode(packet) for packet in packets])


def codes_of(packets: list[bytes]) -> list[int]:
    """RFC 3551 §4.5.4: the first of two codes stands in the low bits."""
    return [code for octet in b"".join(packets) for code in (octet & 15, octet >> 4)]


def packets_of(codes: list[int]) -> list[bytes]:
    octets = bytes(first | second << 4 for first, second in zip(*[iter(codes)] * 2, strict=True))
    return [octets[at : at + PACKET // 2] for at in range(0, len(octets), PACKET // 2)]


@pytest.mark.parametrize("sound", SOUNDS)
def test_codes_are_those_of_the_recommendation(sound: FloatArray) -> None:
    assert codes_of(encoded(sound)) == G726().encode(to_pcm16(sound).tolist())


@pytest.mark.parametrize(
    "sound",
    [
        *SOUNDS,
        pytest.param(tones(1.5), id="clipped tones"),
        pytest.param(noise(0.5), id="noise louder than full scale"),
    ],
)
def test_samples_are_those_of_the_recommendation_even_where_they_are_clipped(
    sound: FloatArray,
) -> None:
    """Libspandsp by itself lets what 16 bits cannot hold turn round (seen in 0.0.6)."""
    codes = G726().encode(to_pcm16(sound).tolist())
    ours = to_pcm16(decoded(packets_of(codes)))
    faded_in = 40
    assert ours[faded_in:].tolist() == G726().decode(codes)[faded_in:]


def test_what_we_send_gives_a_peer_nothing_to_turn_round() -> None:
    """Baresip decodes with libspandsp too, and clips nothing."""
    samples = G726().decode(codes_of(encoded(tones(1.5))))
    assert max(map(abs, samples)) < 32767


@pytest.mark.parametrize(("codec", "demuxer"), [(G726_32, "g726le"), (AAL2_G726_32, "g726")])
def test_ffmpeg_hears_what_we_send_in_both_packings(codec: Codec, demuxer: str) -> None:
    """Its arithmetic is not the recommendation's to the bit, so the sounds are compared."""
    command = f"ffmpeg -v error -f {demuxer} -code_size 4 -ar 8000 -i - -f s16le -"
    run = subprocess.run(
        command.split(), input=b"".join(encoded(VOICE, codec)), capture_output=True, check=True
    )
    theirs = np.frombuffer(run.stdout, dtype=np.int16)
    assert np.corrcoef(theirs[: VOICE.size], VOICE)[0, 1] > 0.95


def test_the_two_packings_differ_in_the_order_of_the_halves_and_nothing_else() -> None:
    swapped = [
        bytes((octet & 15) << 4 | octet >> 4 for octet in packet) for packet in encoded(VOICE)
    ]
    assert swapped == encoded(VOICE, AAL2_G726_32)


@pytest.mark.parametrize("size", [80, 160, 480])
def test_the_length_of_the_packets_changes_nothing(size: int) -> None:
    assert b"".join(encoded(VOICE[:7680], size=size)) == b"".join(encoded(VOICE[:7680]))


def test_a_payload_of_any_number_of_octets_up_to_200_ms_is_two_samples_each() -> None:
    """RFC 3551 §4.2."""
    assert [G726_32.duration(bytes(n)) for n in (0, 1, 7, 80, 800, 801)] == [0, 2, 14, 160, 1600, 0]
    garbage = np.random.default_rng(1).integers(0, 256, 807).astype(np.uint8).tobytes()
    decoder = G726_32.decoder()
    assert [decoder.decode(garbage[at : at + n]).size for at, n in ((0, 7), (7, 800))] == [14, 1600]
