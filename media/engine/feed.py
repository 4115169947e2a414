"""Sound that another thread hands to the engine as it comes, and a voice that plays it."""

from __future__ import annotations

from typing import Final

import numpy as np

from media.devices.ring import Ring
from media.engine.arbiter import Placement, Standing, Verdict
from media.engine.events import FeedId
from media.frame import FRAME_SAMPLES, RATE_HZ, FloatArray, linear, silence
from media.mixing.mixer import GainRamp

CAPACITY_S: Final = 1.5
"""Of the sound that waits. Who writes waits for room; nothing here grows."""

FADE_SAMPLES: Final = 240
"""5 ms: from silence where sound begins anew, to silence where it breaks off."""

_FADE_IN: Final = np.linspace(0.0, 1.0, FADE_SAMPLES, endpoint=False, dtype=np.float32)
_FADE_OUT: Final = _FADE_IN[::-1].copy()


class Feed:
    """Samples on their way from one thread, which writes, to the engine's, which reads.

    Both see how much waits. Nobody ever waits for the other.
    """

    def __init__(self) -> None:
        self.ring = Ring(round(CAPACITY_S * RATE_HZ))
        self.start_samples = 0
        """So many must wait before they are played, at the start and after each gap."""
        self.has_ended = False
        """Set by the writer after its last sample."""
        self.gaps = 0
        """How often the sound broke off because nothing waited; counted by the reader."""


class FeedVoice:
    """One feed, from the command to its end; knows what the arbiter said last."""

    def __init__(self, feed: FeedId, sound: Feed, placement: Placement, number: int) -> None:
        """`number` tells the order in which voices came."""
        self.feed = feed
        self.title = f"feed {feed}"
        self.has_failed = False
        self.number = number
        self.placement = placement
        self.ramp = GainRamp()
        self.begun = True  # it is live: there is nothing to queue
        self.is_over = False
        self._sound = sound
        self._was_ruled_on = self._plays = False
        self._last = np.float32(0.0)
        self._frame = silence()

    def obey(self, verdict: Verdict) -> None:
        """Head for what the arbiter says. A live feed that is paused is only not heard."""
        gain = linear(verdict.gain_db) if verdict.standing is Standing.PLAY else 0.0
        if self._was_ruled_on:
            self.ramp.aim(gain)
        else:
            self._was_ruled_on = True
            self.ramp.begin(gain)

    def render(self, now: float) -> FloatArray | None:  # noqa: ARG002  (streams need it)
        """The next 10 ms; None while nothing comes."""
        has_ended = self._sound.has_ended  # before the level is looked at: all is written by then
        waiting = self._sound.ring.level
        if not self._plays:
            if waiting < self._sound.start_samples and not has_ended:
                return None
            if not waiting:
                self.is_over = has_ended
                return None
        frame = self._frame
        count = self._sound.ring.read(frame)
        if not self._plays and count:
            fading = min(count, FADE_SAMPLES)
            frame[:fading] *= _FADE_IN[:fading]
        self._plays = count == FRAME_SAMPLES
        if not self._plays:
            self._break_off(count)
            self.is_over = has_ended
            self._sound.gaps += not has_ended
        self._last = frame[-1]
        return frame

    def _break_off(self, count: int) -> None:
        """Let the wave fall to zero: in the last of `count` samples, or behind them if few."""
        frame = self._frame
        frame[count:] = 0.0
        if count >= FADE_SAMPLES:
            frame[count - FADE_SAMPLES : count] *= _FADE_OUT
        else:
            last = frame[count - 1] if count else self._last
            frame[count : count + FADE_SAMPLES] = last * _FADE_OUT
