"""Streams of bytes mean what a program that we did not write means by them."""

import numpy as np
import pytest

from media.bytestream.decoding import (
    LONGEST_BLOCK_S,
    NotThatFormat,
    UnknownFormat,
    stream_decoder,
)
from media.bytestream.encoding import FRAME_S, NoSuchFormat, stream_format
from media.bytestream.ogg import NotOgg, OggReader, OggWriter
from media.errors import MediaError
from media.frame import FloatArray
from tests.media.bytestream.ffmpeg import decoded, encoded

TONE_HZ = 440.0
LEVEL = 0.4


def tone(rate_hz: int, seconds: float = 1.0) -> FloatArray:
    time_s = np.arange(round(seconds * rate_hz)) / rate_hz
    return (LEVEL * np.sin(2 * np.pi * TONE_HZ * time_s)).astype(np.float32)


def is_tone(sound: FloatArray, rate_hz: int, *, noise: float = 0.05) -> bool:
    """Whether its middle is the tone, and little else."""
    middle = sound[sound.size // 4 : -sound.size // 4]
    time_s = np.arange(middle.size) / rate_hz
    found = 2 * abs(np.mean(middle * np.exp(-2j * np.pi * TONE_HZ * time_s)))
    rest = np.sqrt(max(float(np.mean(middle**2)) - found**2 / 2, 0.0))
    return bool(abs(found - LEVEL) < 0.05 * LEVEL and rest < noise)


BOTH = "pan=stereo|c0=c0|c1=c0"
FORMATS = [
    ("audio/basic", 8000, ["-f", "mulaw"]),
    ("Audio/Basic; rate=8000", 8000, ["-f", "mulaw"]),
    ("audio/axis-mulaw-128", 16000, ["-f", "mulaw"]),
    ("audio/G726-32", 8000, ["-c:a", "adpcm_g726le", "-b:a", "32k", "-f", "g726le"]),
    ("audio/G726-24", 8000, ["-c:a", "adpcm_g726le", "-b:a", "24k", "-f", "g726le"]),
    ("audio/L24;rate=44100", 44100, ["-f", "s24be"]),
    ("audio/L24", 48000, ["-f", "s24be"]),
    ("audio/L16;rate=16000;channels=2", 16000, ["-af", BOTH, "-f", "s16be"]),
    ("audio/opus", 48000, ["-c:a", "libopus", "-f", "ogg"]),
    ("audio/ogg; codecs=opus", 48000, ["-c:a", "libopus", "-af", BOTH, "-f", "opus"]),
]


@pytest.mark.parametrize(("media_type", "rate_hz", "arguments"), FORMATS)
@pytest.mark.parametrize("piece", [7, 1000, 100_000])
def test_each_format_is_decoded_in_whatever_pieces_it_comes(
    media_type: str, rate_hz: int, arguments: list[str], piece: int
) -> None:
    data = encoded(tone(rate_hz), rate_hz, *arguments)
    decoder = stream_decoder(media_type)
    blocks = [
        block
        for place in range(0, len(data), piece)
        for block in decoder.decode(data[place : place + piece])
    ]
    assert decoder.rate_hz == rate_hz
    assert max(block.size for block in blocks) <= LONGEST_BLOCK_S * rate_hz
    sound = np.concatenate(blocks)
    assert sound.size == pytest.approx(rate_hz, abs=0.03 * rate_hz)
    assert is_tone(sound, rate_hz)


@pytest.mark.parametrize(
    ("codec", "wanted", "media_type", "arguments"),
    [
        ("g711", {}, "audio/basic", ["-f", "mulaw", "-ar", "8000"]),
        ("g711", {"rate_hz": 16000}, "audio/axis-mulaw-128", ["-f", "mulaw", "-ar", "16000"]),
        ("g726", {}, "audio/G726-32", ["-f", "g726le", "-code_size", "4"]),
        ("g726", {"bit_rate": 24000}, "audio/G726-24", ["-f", "g726le", "-code_size", "3"]),
        ("lpcm", {}, "audio/L24;rate=48000;channels=1", ["-f", "s24be", "-ar", "48000"]),
        ("opus", {}, "audio/ogg", ["-f", "ogg"]),
        ("opus", {"bit_rate": 16000}, "audio/ogg", ["-f", "ogg"]),
    ],
)
def test_each_format_that_goes_out_is_understood(
    codec: str, wanted: dict[str, int], media_type: str, arguments: list[str]
) -> None:
    chosen = stream_format(codec, **wanted)
    assert chosen.media_type == media_type
    encoder, framing = chosen.encoder(), chosen.framing(serial=7)
    data = framing.begin()
    for block in tone(chosen.rate_hz).reshape(-1, round(FRAME_S * chosen.rate_hz)):
        data += framing.frame(encoder.encode(block))
    sound = decoded(data, chosen.rate_hz, *arguments)
    assert sound.size == pytest.approx(chosen.rate_hz, abs=0.03 * chosen.rate_hz)
    assert is_tone(sound, chosen.rate_hz)
    if codec != "opus":
        assert len(data) == chosen.bit_rate // 8


@pytest.mark.parametrize(
    ("codec", "wanted"),
    [
        ("aac", {}),
        ("x" * 1000, {}),
        ("g711", {"rate_hz": 44100}),
        ("g711", {"bit_rate": 32000}),
        ("g726", {"bit_rate": 40000}),
        ("opus", {"bit_rate": 1}),
        ("lpcm", {"rate_hz": 1}),
    ],
)
def test_what_cannot_be_had_is_refused(codec: str, wanted: dict[str, int]) -> None:
    with pytest.raises(NoSuchFormat):
        stream_format(codec, **wanted)


@pytest.mark.parametrize(
    "media_type",
    ["", "audio/mpeg4-generic", "video/mp4", "audio/L24;rate=1", "audio/L16;channels=9", "x" * 999],
)
def test_what_cannot_be_decoded_is_refused(media_type: str) -> None:
    with pytest.raises(UnknownFormat):
        stream_decoder(media_type)


def opus_head(channels: int = 1, family: int = 0) -> bytes:
    return b"OpusHead" + bytes([1, channels, 0, 0]) + bytes(6) + bytes([family])


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"no ogg at all", NotOgg),
        (OggWriter(1).page(b"\x01vorbis", 0), NotThatFormat),
        (OggWriter(1).page(opus_head(6, family=1), 0), NotThatFormat),
        (OggWriter(1).page(opus_head(), 0)[:-1] + b"!", NotOgg),
    ],
)
def test_bytes_that_are_no_opus_are_told(data: bytes, problem: type[MediaError]) -> None:
    with pytest.raises(problem):
        list(stream_decoder("audio/opus").decode(data))


def checksum(page: bytes) -> int:
    """RFC 3533 §6, bit by bit."""
    remainder = 0
    for octet in page:
        remainder ^= octet << 24
        for _ in range(8):
            remainder = (remainder << 1) ^ (0x104C11DB7 if remainder & 0x8000_0000 else 0)
    return remainder


def unfinished_page(size: int, flags: int) -> bytes:
    """A page all of whose `size` segments belong to a packet that goes on."""
    head = b"OggS" + bytes([0, flags]) + bytes(8 + 4 + 4)
    body = bytes([size]) + b"\xff" * size + b"x" * 255 * size
    return head + checksum(head + bytes(4) + body).to_bytes(4, "little") + body


def test_packets_go_on_over_pages_but_not_for_ever() -> None:
    reader = OggReader()
    assert list(reader.feed(unfinished_page(2, flags=2))) == []
    last = OggWriter(0)
    assert [each.data for each in reader.feed(last.page(b"end", 0))] == [b"end"]  # a new stream
    endless = unfinished_page(2, flags=1) * 200
    with pytest.raises(NotOgg, match="a packet has more"):
        list(reader.feed(endless))


def test_random_bytes_are_sound_or_refused_and_nothing_worse() -> None:
    chance = np.random.default_rng(seed=5)
    good = encoded(tone(48000, 0.2), 48000, "-c:a", "libopus", "-f", "ogg")
    for media_type, _, _ in FORMATS:
        for _ in range(20):
            data = bytearray(good if "o" in media_type[6:8] else chance.bytes(2000))
            for place in chance.integers(0, len(data), 3):
                data[place] = chance.integers(256)
            try:
                for block in stream_decoder(media_type).decode(bytes(data)):
                    assert np.isfinite(block).all()
            except MediaError:
                pass
