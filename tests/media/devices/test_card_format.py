"""Rates and channels of cards."""

from __future__ import annotations

import numpy as np
import pytest

from media.devices.card_format import CardFormat, FromCard, ToCard, formats
from media.frame import RATE_HZ, FloatArray
from tests.media.spectrum import gain_and_residue_db

FORMATS = [
    CardFormat(rate_hz, channels)
    for rate_hz in (8_000, 11_025, 16_000, 32_000, 44_100, 48_000, 96_000)
    for channels in (1, 2)
]
TONE_HZ = 1000.0


def tone(rate_hz: int, blocks: int) -> FloatArray:
    at = np.arange(blocks * CardFormat(rate_hz).block) / rate_hz
    return np.sin(2 * np.pi * TONE_HZ * at).astype(np.float32)


def test_48_khz_on_both_channels_is_asked_for_first_then_the_cards_own_rate() -> None:
    asked = list(formats(16_000, 8))
    assert asked[:4] == [
        CardFormat(48_000, 2), CardFormat(48_000, 1), CardFormat(16_000, 2), CardFormat(16_000, 1),
    ]  # fmt: skip
    assert {each.rate_hz for each in asked} >= {44_100, 32_000, 8_000}
    assert len(asked) == len(set(asked))


def test_a_card_with_one_channel_is_asked_for_one() -> None:
    assert {each.channels for each in formats(48_000, 1)} == {1}


@pytest.mark.parametrize("card_format", FORMATS)
def test_what_is_played_is_the_same_tone_at_the_cards_rate_on_every_channel(
    card_format: CardFormat,
) -> None:
    to_card, sound = ToCard(card_format), tone(RATE_HZ, 60)
    played, at = [], 0
    for _ in range(50):
        data = bytearray(4 * card_format.channels * card_format.block)
        size = to_card.lacking(card_format.block)
        to_card.turn(sound[at : at + size], data)
        at += size
        played.append(np.frombuffer(data, dtype=np.float32).reshape(-1, card_format.channels))
    frames = np.concatenate(played)
    assert np.array_equal(frames[:, 0], frames[:, -1])
    gain_db, residue_db = gain_and_residue_db(frames[:, 0], card_format.rate_hz, TONE_HZ)
    assert gain_db == pytest.approx(0.0, abs=0.05)
    assert residue_db < -70
    assert to_card.delay_s <= 0.002


@pytest.mark.parametrize("card_format", FORMATS)
def test_what_is_recorded_is_the_mean_of_the_channels_at_our_rate(card_format: CardFormat) -> None:
    from_card, sound = FromCard(card_format), tone(card_format.rate_hz, 50)
    frames = np.zeros((sound.size, card_format.channels), dtype=np.float32)
    frames[:, -1] = sound
    blocks = np.split(frames, 50)
    heard = np.concatenate([from_card.turn(block.tobytes(), 1.0) for block in blocks])
    gain_db, residue_db = gain_and_residue_db(heard, RATE_HZ, TONE_HZ)
    assert gain_db == pytest.approx(0.0 if card_format.channels == 1 else -6.02, abs=0.05)
    assert residue_db < -70
