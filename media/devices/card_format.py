"""The forms in which a sound card takes and gives sound, and ours turned into them and back.

48 kHz and two channels are asked for first: a card that has two is asked for both, because a
loudspeaker on the right one shall be heard, and a microphone there too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from media.frame import RATE_HZ, TICK_S, FloatArray
from media.resampling.variable import VariableResampler

RATES_HZ: Final = (RATE_HZ, 96_000, 44_100, 32_000, 24_000, 22_050, 16_000, 11_025, 8_000)
"""In the order in which they are tried, after the card's own."""


@dataclass(frozen=True, slots=True)
class CardFormat:
    """A sample rate and a number of channels, 1 or 2; samples are 32-bit floats."""

    rate_hz: int = RATE_HZ
    channels: int = 1

    @property
    def block(self) -> int:
        """Samples of one channel in 10 ms."""
        return round(self.rate_hz * TICK_S)


def formats(own_rate_hz: int, most_channels: int) -> Iterator[CardFormat]:
    """What to try with a card that prefers one rate and has so many channels, the best first."""
    for rate_hz in dict.fromkeys((RATE_HZ, own_rate_hz, *RATES_HZ)):
        for channels in range(min(most_channels, 2), 0, -1):
            yield CardFormat(rate_hz, channels)


class ToCard:
    """Turns our sound into a card's, as much as it asks for."""

    def __init__(self, card_format: CardFormat) -> None:
        self._channels = card_format.channels
        self._resampler: VariableResampler | None = None
        if card_format.rate_hz != RATE_HZ:
            self._resampler = VariableResampler(RATE_HZ, card_format.rate_hz)

    @property
    def delay_s(self) -> float:
        """Seconds that the turning takes."""
        return 0.0 if self._resampler is None else self._resampler.delay_s

    def lacking(self, frames: int) -> int:
        """How many samples `turn` must be given for so many frames of the card's."""
        return frames if self._resampler is None else self._resampler.lacking(frames)

    def turn(self, sound: FloatArray, data: Any) -> None:
        """Fill `data`, a buffer of the card, with `sound`, the same on each channel."""
        frames = np.frombuffer(data, dtype=np.float32).reshape(-1, self._channels)
        if self._resampler is not None:
            self._resampler.put(sound)
            sound = self._resampler.take(len(frames))
        frames[:] = sound[:, np.newaxis]


class FromCard:
    """Turns a card's sound into ours, at the pace that is asked for."""

    def __init__(self, card_format: CardFormat) -> None:
        self._channels = card_format.channels
        self._resampler = VariableResampler(card_format.rate_hz, RATE_HZ)

    @property
    def delay_s(self) -> float:
        """Seconds that the turning takes."""
        return self._resampler.delay_s

    def turn(self, data: Any, ratio: float) -> FloatArray:
        """The mean of the channels of `data`, a buffer of the card, in a fresh array.

        `ratio` is that of `VariableResampler`: how much faster than ours the card's clock is.
        """
        frames = np.frombuffer(data, dtype=np.float32)
        if self._channels > 1:
            frames = frames.reshape(-1, self._channels).mean(axis=1)
        return self._resampler.resample(frames, ratio)
