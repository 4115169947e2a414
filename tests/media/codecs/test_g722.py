"""G.722, judged by ffmpeg's (through PyAV)."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
from G722 import G722 as Library  # noqa: N811  (a class, for all its name)

from media.codecs.concealed import ConcealedDecoder
from media.codecs.g722 import G722
from media.codecs.pcm16 import from_pcm16, to_pcm16
from media.frame import FloatArray
from tests.media.synthetic_voice import voice

VOICE = voice(16000, 2.0, pauses=False)
PACKET = 320


def encoded(sound: FloatArray) -> list[bytes]:
    encoder = G722.encoder("")
    return [encoder.encode(sound[at : at + PACKET]) for at in range(0, sound.size, PACKET)]


def test_the_clock_counts_8000_although_the_sound_has_16000() -> None:
    """RFC 3551 §4.5.2."""
    payload = encoded(VOICE)[0]
    assert (G722.clock_rate_hz, G722.rate_hz) == (8000, 16000)
    assert G722.duration(payload) == len(payload) == 160
    assert G722.decoder().decode(payload).size == PACKET


def test_ffmpeg_decodes_what_we_send_to_the_same_samples() -> None:
    packets = encoded(VOICE)
    context = av.CodecContext.create("g722", "r")
    context.sample_rate = 16000
    theirs = np.concatenate(
        [f.to_ndarray().reshape(-1) for p in packets for f in context.decode(av.Packet(p))]
    )
    decoder = G722.decoder()
    ours = np.concatenate([decoder.decode(packet) for packet in packets])
    assert np.array_equal(to_pcm16(ours)[1000:], theirs[1000:])  # before that, it is faded in


def test_we_decode_what_ffmpeg_sends() -> None:
    context = av.CodecContext.create("g722", "w")
    context.sample_rate, context.format, context.layout = 16000, "s16", "mono"
    context.time_base = Fraction(1, 16000)
    decoder = G722.decoder()
    heard = []
    for at in range(0, VOICE.size, PACKET):
        frame = av.AudioFrame.from_ndarray(
            to_pcm16(VOICE[at : at + PACKET]).reshape(1, -1), format="s16", layout="mono"
        )
        frame.sample_rate, frame.pts = 16000, at
        heard += [decoder.decode(bytes(packet)) for packet in context.encode(frame)]
    sound = np.concatenate(heard)
    delay = 22
    same = VOICE[8000 - delay : 24000 - delay]
    assert np.corrcoef(sound[8000:24000], same)[0, 1] > 0.99


def test_a_lost_packet_is_concealed_and_the_next_one_joined() -> None:
    packets = encoded(VOICE)
    decoder = G722.decoder()
    before = np.concatenate([decoder.decode(packet) for packet in packets[:50]])
    gap = decoder.conceal(PACKET)
    after = decoder.decode(packets[51])
    steps = np.abs(np.diff(np.concatenate([before[-PACKET:], gap, after])))
    assert np.any(gap)
    assert steps.max() < 1.5 * np.abs(np.diff(before[8000:])).max()


def test_the_memory_is_nearer_to_the_senders_after_a_gap_than_one_that_stood_still() -> None:
    """By the error of the first 10 ms after gaps of one packet."""
    packets = encoded(VOICE)
    whole = G722.decoder()
    right = [whole.decode(packet) for packet in packets]
    standing = Library(16000, 64000)
    decoders = (
        G722.decoder(),
        ConcealedDecoder(
            lambda payload: from_pcm16(np.frombuffer(standing.decode(payload), dtype=np.int16)),
            16000,
        ),
    )
    errors = [0.0, 0.0]
    for number, packet in enumerate(packets):
        for which, decoder in enumerate(decoders):
            if number % 7 == 6:
                decoder.conceal(PACKET)
                continue
            sound = decoder.decode(packet)
            if number % 7 == 0:
                errors[which] += float(np.sum((sound - right[number])[: PACKET // 2] ** 2))
    assert errors[0] < 0.9 * errors[1]


def test_louder_than_full_scale_is_clipped_and_does_not_wrap() -> None:
    assert to_pcm16(np.array([1.5, -1.5], dtype=np.float32)).tolist() == [32767, -32768]
    assert from_pcm16(np.array([-32768, 0], dtype=np.int16)).tolist() == [-1.0, 0.0]


def test_a_payload_longer_than_200_ms_or_empty_is_none() -> None:
    """RFC 3551 §4.2."""
    assert [G722.duration(bytes(n)) for n in (0, 1, 1600, 1601)] == [0, 1, 1600, 0]
