"""libopus by pointers, beside the same library by the calls of its package."""

from __future__ import annotations

import numpy as np
import opuslib_next as package
import pytest

from media.codecs.libopus import RATE_HZ, DecoderState, EncoderState
from media.errors import MisuseError
from media.frame import FloatArray
from tests.media.synthetic_voice import voice

FRAME = 960
VOICE = voice(RATE_HZ, 2.0, pauses=False)


def frames(sound: FloatArray, size: int = FRAME) -> list[FloatArray]:
    return [sound[at : at + size] for at in range(0, sound.size - size + 1, size)]


def encoder() -> package.Encoder:
    made = package.Encoder(RATE_HZ, 1, package.APPLICATION_VOIP)
    made.bitrate = 32000
    return made


def packets_of(sound: FloatArray) -> list[bytes]:
    state = EncoderState(encoder())
    return [state.encode(frame) for frame in frames(sound)]


def package_s(packets: list[bytes]) -> FloatArray:
    decoder = package.Decoder(RATE_HZ, 1)
    parts = [decoder.decode_float(packet, FRAME) for packet in packets]
    return np.frombuffer(b"".join(parts), dtype=np.float32)


@pytest.mark.parametrize("size", [480, 960, 1920, 2880])
def test_packets_are_those_of_the_package(size: int) -> None:
    state, judge = EncoderState(encoder()), encoder()
    for frame in frames(VOICE, size):
        assert state.encode(frame) == judge.encode_float(frame.tobytes(), size)


def test_samples_may_lie_anywhere_in_memory() -> None:
    apart = np.repeat(VOICE, 2)[::2]
    assert not apart.flags.c_contiguous
    assert packets_of(apart) == packets_of(VOICE)


@pytest.mark.parametrize("count", [0, 481, 1440, 10_000])
def test_a_packet_of_a_length_that_opus_does_not_have_is_a_mistake_of_ours(count: int) -> None:
    with pytest.raises(MisuseError, match=f"no packet of {count} samples"):
        EncoderState(encoder()).encode(np.zeros(count, dtype=np.float32))


def test_sound_within_full_scale_is_that_of_the_package() -> None:
    packets = packets_of(VOICE)
    state = DecoderState()
    sound = np.concatenate([state.decode(packet, FRAME) for packet in packets])
    assert np.abs(sound).max() < 1.0
    assert np.array_equal(sound, package_s(packets))


def test_peaks_above_full_scale_are_rounded_off_and_not_cut() -> None:
    packets = packets_of(np.clip(8 * VOICE, -1.0, 1.0))
    state, raw = DecoderState(), package_s(packets)
    sound = np.concatenate([state.decode(packet, FRAME) for packet in packets])
    beyond = np.abs(raw) > 1.0
    assert np.count_nonzero(beyond) > 100
    assert np.abs(sound).max() <= 1.0
    assert np.mean(np.abs(sound[beyond]) > 0.999) < 0.2  # the peaks themselves
    assert np.abs(np.diff(sound)).max() <= np.abs(np.diff(raw)).max()


def test_what_cannot_be_read_is_made_up_and_has_the_length_that_was_asked_for() -> None:
    state = DecoderState()
    for packet in packets_of(VOICE)[:40]:
        state.decode(packet, FRAME)
    garbage = bytes([31 << 3 | 3, 0xBF]) + bytes(20)
    sound = state.decode(garbage, FRAME)
    assert sound.size == FRAME
    assert np.any(sound)


def test_where_libopus_gives_nothing_there_is_silence_and_not_the_sound_before() -> None:
    state = DecoderState()
    for packet in packets_of(VOICE)[:40]:
        state.decode(packet, FRAME)
    assert not np.any(state.decode(b"", 77))  # it makes up sound by 2.5 ms only
