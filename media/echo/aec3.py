"""WebRTC's third echo canceller, as the package `pywebrtc-audio` brings it.

It finds the delay by itself and bears clocks that drift. What it cannot take out linearly it
suppresses, and with it some of what is said near the microphone at the same time.
"""

from __future__ import annotations

import numpy as np
import pywebrtc_audio

from media.frame import FRAME_SAMPLES, PAIR_SAMPLES, RATE_HZ, FloatArray, silence


class Aec3:
    """Cancels over the whole band of 48 kHz; 9 ms late."""

    def __init__(self) -> None:
        self._silence = silence(PAIR_SAMPLES)
        self.reset()

    def cancel(self, microphone: FloatArray, loudspeaker: FloatArray | None) -> FloatArray:
        """As `EchoCanceller.cancel`."""
        far = self._silence if loudspeaker is None else np.ascontiguousarray(loudspeaker)
        first, second = (
            self._aec3.process(microphone[frame], far[frame])
            for frame in (slice(FRAME_SAMPLES), slice(FRAME_SAMPLES, PAIR_SAMPLES))
        )
        return np.concatenate((first, second))

    def reset(self) -> None:
        """As `EchoCanceller.reset`. The engine's own keeps what is in its filters."""
        self._aec3 = pywebrtc_audio.EchoCanceller(sample_rate=RATE_HZ)
