"""GSM full rate by libspandsp, judged by ffmpeg's libgsm, bit for bit."""

from __future__ import annotations

import subprocess

import numpy as np
import pytest

from media.codecs.gsm import GSM
from media.codecs.pcm16 import to_pcm16
from tests.media.synthetic_voice import voice

PACKET = 160
VOICE = voice(8000, 1.0)
FADED_IN = 40
"""Samples: the first sound of a stream begins softly."""


def packets() -> list[bytes]:
    encoder = GSM.encoder("")
    return [encoder.encode(VOICE[at : at + PACKET]) for at in range(0, VOICE.size, PACKET)]


def ffmpeg(arguments: str, data: bytes) -> bytes:
    command = ["ffmpeg", "-v", "error", *arguments.split()]
    return subprocess.run(command, input=data, capture_output=True, check=True).stdout


def test_ffmpeg_makes_the_same_frames() -> None:
    """RFC 3551 §4.5.8: 33 octets for 20 ms."""
    raw = to_pcm16(VOICE).tobytes()
    assert b"".join(packets()) == ffmpeg("-f s16le -ar 8000 -i - -c:a libgsm -f gsm -", raw)


def test_ffmpeg_makes_the_same_samples() -> None:
    decoder = GSM.decoder()
    ours = to_pcm16(np.concatenate([decoder.decode(packet) for packet in packets()]))
    raw = ffmpeg("-c:a libgsm -f gsm -i - -f s16le -", b"".join(packets()))
    assert np.array_equal(ours[FADED_IN:], np.frombuffer(raw, dtype=np.int16)[FADED_IN:])


def test_several_frames_in_one_packet_are_the_same_sound() -> None:
    sound = np.concatenate([GSM.decoder().decode(b"".join(packets()[at : at + 3])) for at in (0,)])
    assert GSM.duration(b"".join(packets()[:3])) == sound.size == 3 * PACKET
    longer = GSM.encoder("").encode(VOICE[: 3 * PACKET])
    assert longer == b"".join(packets()[:3])


@pytest.mark.parametrize(
    ("payload", "samples"),
    [
        pytest.param(b"\xd0" * 33, 160, id="one frame"),
        pytest.param(b"\xd0" * 330, 1600, id="200 ms"),
        pytest.param(b"\xd0" * 363, 0, id="more than 200 ms"),
        pytest.param(b"\xd0" * 65, 0, id="Microsoft's two frames in 65 octets"),
        pytest.param(b"\xd0" * 33 + b"\x00" * 33, 0, id="a frame without its four bits"),
        pytest.param(b"\xd0", 0, id="a piece of a frame"),
        pytest.param(b"", 0, id="nothing"),
    ],
)
def test_payloads_are_whole_frames(payload: bytes, samples: int) -> None:
    assert GSM.duration(payload) == samples


def test_any_frame_is_decoded() -> None:
    frames = np.random.default_rng(1).integers(0, 256, (100, 33)).astype(np.uint8)
    frames[:, 0] |= 0xD0
    decoder = GSM.decoder()
    for frame in frames:
        assert decoder.decode(frame.tobytes()).size == PACKET
