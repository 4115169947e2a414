"""Hands the sound of a stream of bytes to the engine, as fast as it is played.

A program sends a file as fast as TCP lets it: then it is made to wait. Or it sends what a
microphone hears: then its clock is not ours, and what a stall of the network has held up comes at
once. The first is told from the second by how far it was ever ahead of the time.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from media.engine.feed import FADE_SAMPLES, Feed
from media.frame import RATE_HZ, FloatArray
from media.resampling.variable import VariableResampler

FULL_S: Final = 1.0
"""So much waits at most: a second of a file that is sent too fast."""
_REFILL_S: Final = 0.5
"""Reading goes on when only so much waits."""

_AHEAD_S: Final = 0.7
"""Who was ever so far ahead of the time sends a file. Live senders begin with half a second at
most."""

_TROUGH_S: Final = 0.08
"""What shall wait of a live sound when the next of it comes: less breaks off, more is late."""
_LOOK_EVERY_S: Final = 2.0
_GAIN_PER_S: Final = 0.05
_FASTEST: Final = 0.005
"""A change of pitch that nobody hears."""

_LONGEST_START_S: Final = 0.5

_FADE: Final = np.linspace(0.0, 1.0, FADE_SAMPLES, endpoint=False, dtype=np.float32)


class FeedWriter:
    """The writing end of a feed. Reads no clock: `now` is monotonic seconds."""

    def __init__(self, feed: Feed, rate_hz: int, *, start_s: float) -> None:
        """Take sound of `rate_hz`; begin to play when `start_s` of it wait."""
        self._feed = feed
        self._start_s = start_s
        self._rate_hz = rate_hz
        self._resampler = VariableResampler(rate_hz, RATE_HZ)
        self._ratio = 1.0
        self._began_at: float | None = None
        self._received_s = self._ahead_s = 0.0
        self._trough = feed.ring.level
        self._look_at = 0.0
        self._gaps = 0
        self._drops = False
        self.dropped_s = 0.0
        """Of a live sound that came late all at once."""
        feed.start_samples = round(start_s * RATE_HZ)

    @property
    def is_live(self) -> bool:
        """Whether the sender keeps its own pace, as far as it is known."""
        return self._ahead_s < _AHEAD_S

    @property
    def pace(self) -> float:
        """How much faster than at its own rate the sound is played, to keep up with the sender."""
        return self._ratio

    def push(self, samples: FloatArray, now: float) -> float:
        """Take at most a quarter of a second of sound; for how many seconds to take no more."""
        if self._began_at is None:
            self._began_at, self._look_at = now, now + _LOOK_EVERY_S
        self._received_s += samples.size / self._rate_hz
        self._ahead_s = max(self._ahead_s, self._received_s - (now - self._began_at))
        waiting = self._feed.ring.level
        self._trough = min(self._trough, waiting) if self._look_at else waiting
        self._follow(now)
        sound = self._resampler.resample(samples, self._ratio)
        self._write(sound, waiting)
        waiting_s = self._feed.ring.level / RATE_HZ
        return waiting_s - _REFILL_S if waiting_s > FULL_S and not self.is_live else 0.0

    def end(self) -> None:
        """Nothing more comes; what waits is played."""
        delay = round(self._resampler.delay_s * self._rate_hz) + 1
        self._feed.ring.write(self._resampler.resample(np.zeros(delay, np.float32), self._ratio))
        self._feed.has_ended = True

    def _write(self, sound: FloatArray, waiting: int) -> None:
        """All of it, or, where a live sound has piled up, none until only as much as usual waits.

        What comes before the place where some is left out fades, as does what comes after it.
        """
        fading = min(sound.size, FADE_SAMPLES)
        if self._drops:
            if waiting > self._start_s * RATE_HZ:
                self.dropped_s += sound.size / RATE_HZ
                return
            self._drops = False
            sound[:fading] *= _FADE[:fading]
        elif self.is_live and waiting > FULL_S * RATE_HZ:
            self._drops = True
            sound[sound.size - fading :] *= _FADE[:fading][::-1]
        self._feed.ring.write(sound)

    def _follow(self, now: float) -> None:
        """Play faster or slower by as little as keeps what waits where it shall be."""
        if self._feed.gaps != self._gaps:
            # The sender or the network is more uneven than thought.
            self._gaps = self._feed.gaps
            self._start_s = min(1.5 * self._start_s, max(_LONGEST_START_S, self._start_s))
            self._feed.start_samples = round(self._start_s * RATE_HZ)
        if now < self._look_at:
            return
        self._look_at = now + _LOOK_EVERY_S
        beyond_s = self._trough / RATE_HZ - _TROUGH_S
        self._trough = self._feed.ring.level
        wanted = min(max(_GAIN_PER_S * beyond_s, -_FASTEST), _FASTEST)
        self._ratio = 1.0 + wanted if self.is_live else 1.0
