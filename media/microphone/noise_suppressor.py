"""Takes steady noise (fans, traffic, hum) out of the microphone, by WebRTC's suppressor."""

from __future__ import annotations

import enum
from typing import Final

import pywebrtc_audio

from media.frame import RATE_HZ, FloatArray


class NoiseSuppression(enum.Enum):
    """How much noise is taken away, at most."""

    OFF = "off"
    LOW = "low"  # 6 dB
    MODERATE = "moderate"  # 12 dB
    HIGH = "high"  # 18 dB
    VERY_HIGH = "very_high"  # 21 dB


_LEVELS: Final = {
    NoiseSuppression.LOW: 0,
    NoiseSuppression.MODERATE: 1,
    NoiseSuppression.HIGH: 2,
    NoiseSuppression.VERY_HIGH: 3,
}


class NoiseSuppressor:
    """Learns within a second what is always there, and lowers it. 6 ms late."""

    def __init__(self, suppression: NoiseSuppression) -> None:
        """Take any suppression but `OFF`."""
        self._level = _LEVELS[suppression]
        self.reset()

    def suppress(self, microphone: FloatArray) -> FloatArray:
        """480 samples with less noise."""
        return self._suppressor.process(microphone)

    def reset(self) -> None:
        """Forget the noise."""
        # Its own `reset` keeps what is in its filters.
        self._suppressor = pywebrtc_audio.NoiseSuppressor(sample_rate=RATE_HZ, level=self._level)
