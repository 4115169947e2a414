"""Concealment by the ear's measure: PESQ of speech with lost packets (ITU-T P.862, P.862.2)."""

from __future__ import annotations

import functools
import io
import subprocess
import wave
from collections.abc import Callable

import numpy as np
import pytest
from pesq import pesq
from scipy import signal

from media.codecs import Codec, g711, g722
from media.frame import FloatArray

PACKET_S = 0.020
SENTENCES = {
    "en": "The gate at the northern entrance is open now. Please keep to the left and wait there.",
    "de+f3": "Achtung, eine Durchsage. Der Fahrer des grauen Wagens wird zu seinem Auto gebeten.",
    "fr+m3": "Mesdames et messieurs, le magasin ferme dans dix minutes. Merci de votre visite.",
}

Fill = Callable[[Codec, list[bytes], list[bool]], FloatArray]
Losses = Callable[[float, int, int], list[bool]]
"""From their share, the number of packets, and a seed: which are lost."""


@functools.cache
def speech(voice: str, rate_hz: int) -> FloatArray:
    """A sentence by espeak-ng, at -24 dB."""
    command = ["espeak-ng", "-v", voice, "--stdout", SENTENCES[voice]]
    raw = subprocess.run(command, check=True, capture_output=True).stdout
    with wave.open(io.BytesIO(raw)) as file:
        rate, samples = file.getframerate(), file.readframes(1 << 24)  # a stream tells no length
    sound = signal.resample_poly(np.frombuffer(samples, "<i2").astype(float), rate_hz, rate)
    sound *= 0.06 / np.sqrt(np.mean(sound**2))
    packet = round(PACKET_S * rate_hz)
    return np.asarray(sound[: sound.size // packet * packet], dtype=np.float32)


def random_losses(share: float, count: int, seed: int) -> list[bool]:
    lost = np.random.default_rng(seed).random(count) < share
    return [bool(one) and number > 5 for number, one in enumerate(lost)]


def bursts(share: float, count: int, seed: int) -> list[bool]:
    """Gilbert's model: a burst lasts two and a half packets on average."""
    random = np.random.default_rng(seed)
    ends = 1 / 2.5
    begins = share * ends / (1 - share)
    lost = [False] * 6
    while len(lost) < count:
        lost.append(random.random() >= ends if lost[-1] else random.random() < begins)
    return lost


def silent(codec: Codec, packets: list[bytes], lost: list[bool]) -> FloatArray:
    decoder, size = codec.decoder(), round(PACKET_S * codec.rate_hz)
    parts = [
        np.zeros(size, dtype=np.float32) if gone else decoder.decode(packet)
        for packet, gone in zip(packets, lost, strict=True)
    ]
    return np.concatenate(parts)


def repeated(codec: Codec, packets: list[bytes], lost: list[bool]) -> FloatArray:
    decoder = codec.decoder()
    parts: list[FloatArray] = []
    for packet, gone in zip(packets, lost, strict=True):
        parts.append(parts[-1] if gone else decoder.decode(packet))
    return np.concatenate(parts)


def concealed(codec: Codec, packets: list[bytes], lost: list[bool]) -> FloatArray:
    """As with an empty buffer: of what comes after a gap nothing is known."""
    decoder, half = codec.decoder(), round(PACKET_S * codec.rate_hz / 2)
    parts = []
    for packet, gone in zip(packets, lost, strict=True):
        parts += (
            [decoder.conceal(half), decoder.conceal(half)] if gone else [decoder.decode(packet)]
        )
    return np.concatenate(parts)


@functools.cache
def score(codec: Codec, fill: Fill, losses: Losses, share: float) -> float:
    """Mean over the voices, each with two patterns of losses."""
    scores = []
    for seed, voice in enumerate([*SENTENCES] * 2):
        sound = speech(voice, codec.rate_hz)
        encoder, size = codec.encoder(""), round(PACKET_S * codec.rate_hz)
        packets = [encoder.encode(sound[at : at + size]) for at in range(0, sound.size, size)]
        heard = fill(codec, packets, losses(share, len(packets), seed))
        scores.append(pesq(codec.rate_hz, sound, heard, "nb" if codec.rate_hz == 8000 else "wb"))
    return float(np.mean(scores))


@pytest.mark.parametrize(
    ("codec", "losses", "share", "gain"),
    [
        (g711.PCMU, random_losses, 0.05, 0.3),
        (g711.PCMU, bursts, 0.05, 0.05),
        (g722.G722, random_losses, 0.05, 0.2),
    ],
)
def test_concealment_beats_silence_and_repetition(
    codec: Codec, losses: Losses, share: float, gain: float
) -> None:
    plain = max(score(codec, fill, losses, share) for fill in (silent, repeated))
    assert score(codec, concealed, losses, share) > plain + gain
